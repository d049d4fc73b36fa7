import { Alert } from 'antd'
import { useSignedIn } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('connection-banner', {
  en: {
    lost: 'The connection is lost. It comes back by itself; what you enter stays where it is.',
    unanswered: 'MChat has not answered for some seconds. It is asked again by itself for a while.',
  },
  'zh-CN': {
    lost: '连接已断开，将自动恢复；您填写的内容不会丢失。',
    unanswered: 'MChat 已有数秒未应答，正在自动重试。',
  },
})

export const ConnectionBanner = () => {
  const t = useTexts(texts)
  const { isOnline, isUnanswered } = useSignedIn()
  if (isOnline && !isUnanswered) return null
  return <Alert banner type="warning" showIcon title={t(isOnline ? 'unanswered' : 'lost')} role="alert" />
}
