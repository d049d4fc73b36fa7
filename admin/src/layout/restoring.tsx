import { Button, Result, Spin } from 'antd'
import { Waiting } from '../components/page-states.tsx'
import { connection } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('restoring', {
  en: {
    late: 'The broker cannot be reached',
    about: 'You are still signed in here. It is tried again by itself, and goes on where you were.',
    signOut: 'Sign out',
  },
  'zh-CN': {
    late: '无法连接消息服务器',
    about: '您在此处仍保持登录。系统会自动重试，连接后继续之前的页面。',
    signOut: '退出登录',
  },
})

/** A tab that was loaded again, until it is connected again. */
export const Restoring = ({ isLate }: { readonly isLate: boolean }) => {
  const t = useTexts(texts)
  if (!isLate) return <Waiting fullPage />
  return (
    <main role="status" style={{ paddingTop: '15dvh' }}>
      <Result
        icon={<Spin size="large" />}
        title={t('late')}
        subTitle={t('about')}
        extra={<Button onClick={() => void connection.signOut()}>{t('signOut')}</Button>}
      />
    </main>
  )
}
