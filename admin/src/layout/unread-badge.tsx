import { Badge } from 'antd'
import type { ReactNode } from 'react'
import { defineTexts, useTexts } from '../language/language.ts'
import { useUnreadCount } from '../pages/playground/chat-context.tsx'

const texts = defineTexts('unread-badge', {
  en: { unread_one: '{{count}} unread message', unread_other: '{{count}} unread messages' },
  'zh-CN': { unread_other: '{{count}} 条未读消息' },
})

/** On a button that hides the badge: a dot, and `unread` in words for its name; empty where there is nothing. */
export const UnreadMark = ({ children }: { readonly children: (unread: string) => ReactNode }) => {
  const t = useTexts(texts)
  const count = useUnreadCount()
  return (
    <Badge dot={count > 0} offset={[-6, 6]}>
      {children(count > 0 ? t('unread', { count }) : '')}
    </Badge>
  )
}

/** Messages that arrived while another page was open. */
export const UnreadBadge = () => {
  const t = useTexts(texts)
  const count = useUnreadCount()
  if (count === 0) return null
  return <Badge count={count} size="small" title={t('unread', { count })} style={{ marginInlineStart: 8 }} />
}
