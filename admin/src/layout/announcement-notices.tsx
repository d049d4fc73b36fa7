import { App } from 'antd'
import { useEffect } from 'react'
import { useClient } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('announcement-notices', {
  en: { announcement: 'Announcement' },
  'zh-CN': { announcement: '公告' },
})

/** Shows announcements to whoever is signed in, until they are closed. */
export const AnnouncementNotices = () => {
  const client = useClient()
  const t = useTexts(texts)
  const { notification } = App.useApp()
  useEffect(
    () =>
      client.on('notify', ({ body, notify_id, title }) => {
        notification.info({
          key: notify_id,
          title: title ?? t('announcement'),
          description: <span style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{body}</span>,
          duration: 0,
        })
      }),
    [client, notification, t],
  )
  return null
}
