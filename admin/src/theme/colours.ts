import type { ThemeConfig } from 'antd'

/** Light enough to be read on a dark ground; what antd makes of the primary colour is not. */
const DARK_LINK = '#7aa5ff'
const DARK_LINK_HOVER = '#9cbcff'

/*
 * Every colour can be read on every ground that the console has, at rest and below a pointer: 4.5 to 1 (WCAG 1.4.3). What
 * antd derives from one colour is for its own shades, so that some of what it would derive is said here.
 */

const LIGHT: ThemeConfig = {
  token: {
    colorPrimary: '#1f5ae0',
    colorPrimaryHover: '#1a4dc7',
    colorPrimaryTextHover: '#1a4dc7',
    colorInfo: '#1f5ae0',
    colorLinkHover: '#1a4dc7',
    colorSuccess: '#237804',
    colorSuccessBg: '#f6ffed',
    colorSuccessBgHover: '#d9f7be',
    colorSuccessBorder: '#b7eb8f',
    colorWarning: '#9f5f00',
    colorWarningBg: '#fffbe6',
    colorWarningBgHover: '#fff1b8',
    colorWarningBorder: '#ffe58f',
    colorError: '#cf1322',
    colorErrorBg: '#fff1f0',
    colorErrorHover: '#b3101c',
    colorErrorTextHover: '#b3101c',
    colorBgLayout: '#f4f6fa',
    colorTextTertiary: 'rgba(0,0,0,0.58)',
    colorTextDescription: 'rgba(0,0,0,0.6)',
    colorTextPlaceholder: 'rgba(0,0,0,0.54)',
  },
  components: { Layout: { siderBg: '#ffffff', headerBg: '#ffffff' } },
}

const DARK: ThemeConfig = {
  token: {
    colorPrimary: '#1f5ae0',
    colorPrimaryHover: '#3868cf',
    colorInfo: '#1f5ae0',
    colorLink: DARK_LINK,
    colorLinkHover: DARK_LINK_HOVER,
    colorError: '#ff8583',
    colorErrorActive: '#dc7472',
    colorBgLayout: '#0d0f14',
    colorTextTertiary: 'rgba(255,255,255,0.6)',
    colorTextDescription: 'rgba(255,255,255,0.65)',
    colorTextPlaceholder: 'rgba(255,255,255,0.55)',
  },
  components: {
    Layout: { siderBg: '#14171f', headerBg: '#14171f' },
    Menu: { itemSelectedColor: '#a9c4ff' },
    Tabs: { itemSelectedColor: DARK_LINK, itemHoverColor: DARK_LINK_HOVER, itemActiveColor: DARK_LINK },
    Pagination: { itemActiveColor: DARK_LINK, itemActiveColorHover: DARK_LINK_HOVER },
    Button: {
      // On the light red of a dark page.
      dangerColor: '#141414',
      defaultHoverColor: DARK_LINK_HOVER,
      defaultHoverBorderColor: DARK_LINK,
      defaultActiveColor: DARK_LINK,
      defaultActiveBorderColor: DARK_LINK,
    },
    // White stands on it.
    Badge: { colorError: '#c93a38' },
  },
}

export const coloursOf = (isDark: boolean): ThemeConfig => (isDark ? DARK : LIGHT)
