import { FileUnknownOutlined } from '@ant-design/icons'
import { Result } from 'antd'
import { Link } from 'react-router'
import { defineTexts, useTexts } from '../../language/language.ts'

const texts = defineTexts('not-found', {
  en: { title: 'There is no such page', back: 'To the start' },
  'zh-CN': { title: '页面不存在', back: '返回首页' },
})

export const NotFoundPage = () => {
  const t = useTexts(texts)
  return (
    <Result icon={<FileUnknownOutlined aria-hidden />} title={t('title')} extra={<Link to="/">{t('back')}</Link>} />
  )
}
