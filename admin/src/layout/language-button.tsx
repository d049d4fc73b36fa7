import { TranslationOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { defineTexts, setLanguage, useLanguage, useTexts } from '../language/language.ts'

const texts = defineTexts('language-button', { en: { language: 'Language' }, 'zh-CN': { language: '语言' } })

export const LanguageButton = () => {
  const t = useTexts(texts)
  const language = useLanguage()
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectedKeys: [language],
        items: [
          { key: 'en', label: <span lang="en">English</span>, onClick: () => setLanguage('en') },
          { key: 'zh-CN', label: <span lang="zh-CN">简体中文</span>, onClick: () => setLanguage('zh-CN') },
        ],
      }}
    >
      <Button type="text" icon={<TranslationOutlined aria-hidden />} aria-label={t('language')} />
    </Dropdown>
  )
}
