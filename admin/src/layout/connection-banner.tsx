import { Alert } from 'antd'
import { useAnswersAreLate, useSignedIn } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('connection-banner', {
  en: {
    lost: 'The connection is lost. It comes back by itself; what you enter stays where it is.',
    late: 'MChat does not answer at present. What you asked for is asked again by itself.',
  },
  'zh-CN': { lost: '连接已断开，将自动恢复；您填写的内容不会丢失。', late: 'MChat 暂未应答，正在自动重试。' },
})

export const ConnectionBanner = () => {
  const t = useTexts(texts)
  const { isOnline } = useSignedIn()
  const areLate = useAnswersAreLate()
  if (isOnline && !areLate) return null
  return <Alert banner type="warning" showIcon title={t(isOnline ? 'late' : 'lost')} role="alert" />
}
