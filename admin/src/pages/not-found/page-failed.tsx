import { Button, Result } from 'antd'
import { useRouteError } from 'react-router'
import { defineTexts, useTexts } from '../../language/language.ts'

const texts = defineTexts('page-failed', {
  en: { title: 'This page has failed', reload: 'Load it again' },
  'zh-CN': { title: '页面出错了', reload: '重新加载' },
})

/** A fault of the console itself, or a part of it that could not be fetched, e.g. after an upgrade. */
export const PageFailed = () => {
  const t = useTexts(texts)
  const error = useRouteError()
  return (
    <Result
      status="error"
      title={t('title')}
      subTitle={error instanceof Error ? error.message : undefined}
      extra={<Button onClick={() => window.location.reload()}>{t('reload')}</Button>}
    />
  )
}
