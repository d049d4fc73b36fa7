import type { SystemNotify } from '@mchat/sdk'
import { useQueryClient } from '@tanstack/react-query'
import { App, Typography } from 'antd'
import { useEffect } from 'react'
import { useClient } from '../connection/connection-context.tsx'
import { defineTexts, formatTime, useLanguage, useTexts } from '../language/language.ts'

const texts = defineTexts('announcement-notices', {
  en: { announcement: 'Announcement', from: 'From {{name}}, {{time}}' },
  'zh-CN': { announcement: '公告', from: '{{name}}，{{time}}' },
})

/** Shows announcements to whoever is signed in, until they are closed. */
export const AnnouncementNotices = () => {
  const client = useClient()
  const queries = useQueryClient()
  const t = useTexts(texts)
  const language = useLanguage()
  const { notification } = App.useApp()
  useEffect(() => {
    const nameOf = async (employee_id: string): Promise<string> => {
      const queryKey = ['employee.get', { employee_id }]
      const queryFn = () => client.request('employee.get', { employee_id })
      const person = await queries.fetchQuery({ queryKey, queryFn, staleTime: Number.POSITIVE_INFINITY })
      return person.name
    }
    let isOver = false
    const closed = new Set<string>()
    const show = ({ body, created_at, notify_id, title }: SystemNotify, name: string | undefined): void => {
      const time = formatTime(created_at, language)
      notification.info({
        key: notify_id,
        title: title ?? t('announcement'),
        description: <Announcement body={body} said={name === undefined ? time : t('from', { name, time })} />,
        duration: 0,
        onClose: () => void closed.add(notify_id),
      })
    }
    const stop = client.on('notify', (notify) => {
      const { from_employee_id: from, notify_id } = notify
      // At once, with the id: whoever cannot be asked for now must not hold up what may be urgent.
      show(notify, from)
      if (from === undefined) return
      nameOf(from).then(
        (name) => {
          if (!isOver && !closed.has(notify_id)) show(notify, name)
        },
        // The id says who it is.
        () => undefined,
      )
    })
    return () => {
      isOver = true
      stop()
    }
  }, [client, language, notification, queries, t])
  return null
}

const Announcement = ({ body, said }: { readonly body: string; readonly said: string }) => (
  <>
    <div style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{body}</div>
    <Typography.Text type="secondary" style={{ display: 'block', marginTop: 8, fontSize: 12 }}>
      {said}
    </Typography.Text>
  </>
)
