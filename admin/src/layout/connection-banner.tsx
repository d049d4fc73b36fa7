import { Alert } from 'antd'
import { useSignedIn } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('connection-banner', {
  en: { lost: 'The connection is lost. It comes back by itself; what you enter stays where it is.' },
  'zh-CN': { lost: '连接已断开，将自动恢复；您填写的内容不会丢失。' },
})

export const ConnectionBanner = () => {
  const t = useTexts(texts)
  const { isOnline } = useSignedIn()
  return isOnline ? null : <Alert banner type="warning" showIcon title={t('lost')} role="alert" />
}
