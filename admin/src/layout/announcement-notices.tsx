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
    // Asked before it is shown: what is shown is outside of the page that could ask.
    const show = async ({
      body,
      created_at,
      from_employee_id: from,
      notify_id,
      title,
    }: SystemNotify): Promise<void> => {
      const time = formatTime(created_at, language)
      // Without an answer the id says who it is; an earlier gateway says nothing of it.
      const said = from === undefined ? time : t('from', { name: await nameOf(from).catch(() => from), time })
      notification.info({
        key: notify_id,
        title: title ?? t('announcement'),
        description: <Announcement body={body} said={said} />,
        duration: 0,
      })
    }
    return client.on('notify', (notify) => void show(notify))
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
