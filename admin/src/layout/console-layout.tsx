import { MenuOutlined } from '@ant-design/icons'
import { Button, Drawer, Flex, Grid, Layout, Menu, Typography } from 'antd'
import { Suspense, useState } from 'react'
import { Link, Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router'
import { Waiting } from '../components/page-states.tsx'
import { usePermissions } from '../connection/connection-context.tsx'
import { defineTexts, useTexts } from '../language/language.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import { LanguageButton } from './language-button.tsx'
import { NAVIGATION, navigationTexts } from './navigation.tsx'
import { ThemeButton } from './theme-button.tsx'
import { UnreadBadge, UnreadMark } from './unread-badge.tsx'
import { UserMenu } from './user-menu.tsx'

const texts = defineTexts('console-layout', {
  en: { menu: 'Menu', pages: 'Pages', skip: 'To the content' },
  'zh-CN': { menu: '菜单', pages: '页面', skip: '跳到内容' },
})

const Brand = () => (
  <Flex align="center" gap={10} style={{ height: 56, padding: '0 20px' }}>
    <img src="/icon.svg" width={26} height={26} alt="" />
    <Typography.Text strong style={{ fontSize: 17 }}>
      MChat
    </Typography.Text>
  </Flex>
)

/** Which entry a page belongs to: that of a person and the import, to the organisation. */
const keyOf = (pathname: string): string => {
  const page = pathname.split('/')[2] ?? ''
  return ['people', 'import'].includes(page) ? 'organisation' : page
}

const PagesMenu = ({ onChosen }: { readonly onChosen?: () => void }) => {
  const t = useTexts(navigationTexts)
  const label = useTexts(texts)
  const permissions = usePermissions()
  const { pathname } = useLocation()
  return (
    <nav aria-label={label('pages')}>
      <Menu
        mode="inline"
        selectedKeys={[keyOf(pathname)]}
        style={{ borderInlineEnd: 0, padding: '4px 8px', background: 'transparent' }}
        items={NAVIGATION.filter(
          (entry) =>
            entry.permissions.length === 0 || entry.permissions.some((permission) => permissions.has(permission)),
        ).map(({ icon, key }) => ({
          key,
          icon,
          label: (
            <Link to={`/console/${key}`} onClick={onChosen}>
              {t(key)}
              {key === 'playground' && <UnreadBadge />}
            </Link>
          ),
        }))}
      />
    </nav>
  )
}

const CONTENT_ID = 'page-content'

/** For those who go through the page by keyboard: past the menu, which comes first on every page. Seen while it has the focus. */
const SkipLink = () => {
  const t = useTexts(texts)
  const [hasFocus, setFocus] = useState(false)
  return (
    <Button
      type="primary"
      style={{ position: 'fixed', insetInlineStart: 12, top: hasFocus ? 12 : -60, zIndex: 30 }}
      onFocus={() => setFocus(true)}
      onBlur={() => setFocus(false)}
      onClick={() => document.getElementById(CONTENT_ID)?.focus()}
    >
      {t('skip')}
    </Button>
  )
}

/** What every page stands in. On a phone the menu is behind a button. */
export const ConsoleLayout = () => {
  const t = useTexts(texts)
  const isWide = Grid.useBreakpoint().lg === true
  const [isMenuOpen, setMenuOpen] = useState(false)
  const { pathname } = useLocation()
  const isLoading = useNavigation().state === 'loading'
  return (
    <Layout style={{ minHeight: '100dvh' }}>
      <SkipLink />
      <ScrollRestoration />
      {isWide ? (
        <Layout.Sider width={220} style={{ position: 'sticky', top: 0, height: '100dvh', overflow: 'auto' }}>
          <Brand />
          <PagesMenu />
        </Layout.Sider>
      ) : (
        <Drawer
          open={isMenuOpen}
          onClose={() => setMenuOpen(false)}
          placement="left"
          size={260}
          styles={{ body: { padding: 0 } }}
          title="MChat"
        >
          <PagesMenu onChosen={() => setMenuOpen(false)} />
        </Drawer>
      )}
      <Layout>
        <Layout.Header style={{ position: 'sticky', top: 0, zIndex: 20 }}>
          <Flex align="center" justify="space-between" gap={8} style={{ height: '100%' }}>
            {isWide ? (
              <span />
            ) : (
              <UnreadMark>
                {(unread) => (
                  <Button
                    type="text"
                    icon={<MenuOutlined aria-hidden />}
                    aria-label={[t('menu'), unread].filter(Boolean).join(', ')}
                    aria-haspopup="dialog"
                    onClick={() => setMenuOpen(true)}
                  />
                )}
              </UnreadMark>
            )}
            <Flex align="center" gap={4}>
              <LanguageButton />
              <ThemeButton />
              <UserMenu />
            </Flex>
          </Flex>
        </Layout.Header>
        <ConnectionBanner />
        {/* Of which page the content is: until the code of the next one is there, the one before stays. */}
        <Layout.Content
          id={CONTENT_ID}
          tabIndex={-1}
          aria-busy={isLoading}
          data-path={pathname}
          style={{ padding: isWide ? 24 : 12, outline: 'none' }}
        >
          <div style={{ height: '100%' }}>
            <Suspense fallback={<Waiting />}>
              <Outlet />
            </Suspense>
          </div>
        </Layout.Content>
      </Layout>
    </Layout>
  )
}
