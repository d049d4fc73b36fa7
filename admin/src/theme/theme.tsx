import { App, ConfigProvider, type ThemeConfig, theme } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { type ReactNode, useEffect } from 'react'
import { useLanguage } from '../language/language.ts'
import { useIsDark } from './theme-mode.ts'

const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"

const DARK_LINK = '#7aa5ff'

const themeOf = (isDark: boolean): ThemeConfig => ({
  algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    // Dark enough to be read on every ground that the console has, and to have white on it (WCAG 1.4.3); so are the others.
    colorPrimary: '#1f5ae0',
    colorInfo: '#1f5ae0',
    ...(isDark ? {} : { colorSuccess: '#237804', colorWarning: '#ad6800', colorError: '#cf1322' }),
    // What antd makes of the primary colour is too dark to be read on a dark ground (WCAG 1.4.3).
    ...(isDark ? { colorLink: DARK_LINK, colorLinkHover: '#9cbcff' } : {}),
    borderRadius: 8,
    fontFamily: FONT,
    colorBgLayout: isDark ? '#0d0f14' : '#f4f6fa',
    // What antd has for texts of minor importance is too pale to be read by everybody (WCAG 1.4.3).
    colorTextTertiary: isDark ? 'rgba(255,255,255,0.6)' : 'rgba(0,0,0,0.58)',
    colorTextDescription: isDark ? 'rgba(255,255,255,0.65)' : 'rgba(0,0,0,0.6)',
    colorTextPlaceholder: isDark ? 'rgba(255,255,255,0.55)' : 'rgba(0,0,0,0.54)',
  },
  components: {
    Layout: {
      siderBg: isDark ? '#14171f' : '#ffffff',
      headerBg: isDark ? '#14171f' : '#ffffff',
      headerHeight: 56,
      headerPadding: '0 20px',
    },
    Menu: { itemBorderRadius: 8, activeBarBorderWidth: 0, ...(isDark ? { itemSelectedColor: '#a9c4ff' } : {}) },
    ...(isDark ? { Tabs: { itemSelectedColor: DARK_LINK, itemHoverColor: '#9cbcff' } } : {}),
    Table: { headerBorderRadius: 8 },
  },
})

const Ground = ({ children }: { readonly children: ReactNode }) => {
  const { token } = theme.useToken()
  return <App style={{ minHeight: '100dvh', background: token.colorBgLayout }}>{children}</App>
}

/** Language, colours and messages of antd's components. */
export const Theme = ({ children }: { readonly children: ReactNode }) => {
  const language = useLanguage()
  const isDark = useIsDark()
  useEffect(() => {
    document.documentElement.lang = language
    dayjs.locale(language === 'zh-CN' ? 'zh-cn' : 'en')
  }, [language])
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light'
  }, [isDark])
  return (
    <ConfigProvider
      locale={language === 'zh-CN' ? zhCN : enUS}
      theme={themeOf(isDark)}
      button={{ autoInsertSpace: false }}
    >
      <Ground>{children}</Ground>
    </ConfigProvider>
  )
}
