import { MoonOutlined, SunOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { defineTexts, useTexts } from '../language/language.ts'
import { setThemeMode, THEME_MODES, useIsDark, useThemeMode } from '../theme/theme-mode.ts'

const texts = defineTexts('theme-button', {
  en: { theme: 'Appearance', system: 'As the system', light: 'Light', dark: 'Dark' },
  'zh-CN': { theme: '外观', system: '跟随系统', light: '浅色', dark: '深色' },
})

export const ThemeButton = () => {
  const t = useTexts(texts)
  const mode = useThemeMode()
  const isDark = useIsDark()
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        selectedKeys: [mode],
        items: THEME_MODES.map((key) => ({ key, label: t(key), onClick: () => setThemeMode(key) })),
      }}
    >
      <Button
        type="text"
        icon={isDark ? <MoonOutlined aria-hidden /> : <SunOutlined aria-hidden />}
        aria-label={t('theme')}
      />
    </Dropdown>
  )
}
