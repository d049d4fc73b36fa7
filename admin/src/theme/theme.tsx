import { App, ConfigProvider, type ThemeConfig, theme } from 'antd'
import enUS from 'antd/locale/en_US'
import zhCN from 'antd/locale/zh_CN'
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { type ReactNode, useEffect } from 'react'
import { useLanguage } from '../language/language.ts'
import styles from './antd.module.css'
import { coloursOf } from './colours.ts'
import { useIsStill } from './motion.ts'
import { useIsDark } from './theme-mode.ts'

const FONT =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"

const themeOf = (isDark: boolean, isStill: boolean): ThemeConfig => {
  const { components, token } = coloursOf(isDark)
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: { ...token, borderRadius: 8, fontFamily: FONT, motion: !isStill },
    components: {
      ...components,
      Layout: { ...components?.Layout, headerHeight: 56, headerPadding: '0 20px' },
      Menu: { ...components?.Menu, itemBorderRadius: 8, activeBarBorderWidth: 0 },
      Table: { headerBorderRadius: 8 },
    },
  }
}

/** Never wider than its place: a long one is broken. */
const TAG = { flexShrink: 0, maxWidth: '100%', overflowWrap: 'anywhere', whiteSpace: 'normal' } as const

/** Of pages and of drawers; in pixels. */
const BELOW_TITLES = 64

const Ground = ({ children }: { readonly children: ReactNode }) => {
  const { token } = theme.useToken()
  return (
    <App
      style={{ minHeight: '100dvh', background: token.colorBgLayout }}
      // What a drawer is called stands at the top right, and its buttons below it.
      message={{ top: BELOW_TITLES }}
      notification={{ placement: 'bottomLeft' }}
    >
      {children}
    </App>
  )
}

/** Language, colours and messages of antd's components. */
export const Theme = ({ children }: { readonly children: ReactNode }) => {
  const language = useLanguage()
  const isDark = useIsDark()
  const isStill = useIsStill()
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
      theme={themeOf(isDark, isStill)}
      button={{ autoInsertSpace: false }}
      descriptions={{ className: styles.descriptions ?? '' }}
      inputPassword={{ className: styles.password ?? '' }}
      tag={{ style: TAG }}
    >
      <Ground>{children}</Ground>
    </ConfigProvider>
  )
}
