import { Badge } from 'antd'
import type { ReactNode } from 'react'
import { defineTexts, useTexts } from '../language/language.ts'
import { useUnreadCount } from '../pages/playground/chat-context.tsx'

const texts = defineTexts('unread-badge', {
  en: { unread_one: '{{count}} unread message', unread_other: '{{count}} unread messages' },
  'zh-CN': { unread_other: '{{count}} 条未读消息' },
})

/** On what hides the badge: that there is one. */
export const UnreadMark = ({ children }: { readonly children: ReactNode }) => {
  const t = useTexts(texts)
  const count = useUnreadCount()
  return (
    <Badge dot={count > 0} offset={[-6, 6]} {...(count > 0 ? { title: t('unread', { count }) } : {})}>
      {children}
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
