import { LogoutOutlined, PoweroffOutlined, UserOutlined } from '@ant-design/icons'
import { App, Button, Dropdown } from 'antd'
import { useNavigate } from 'react-router'
import { connection, useSignedIn } from '../connection/connection-context.tsx'
import { usePerson } from '../directory/use-person.ts'
import { defineTexts, useTexts } from '../language/language.ts'

const texts = defineTexts('user-menu', {
  en: {
    account: 'My account',
    signOut: 'Sign out',
    everywhere: 'Sign out everywhere',
    everywhereAbout:
      'All your devices are signed out, and their credentials stop working. The one you signed in with goes on working unless it is bound to one of them.',
    cancel: 'Cancel',
    losesTitle: 'Sign out, and lose what is not saved?',
    losesAbout: 'What this page has begun or has not handed out yet is gone then, such as credentials of new people.',
  },
  'zh-CN': {
    account: '我的账号',
    signOut: '退出登录',
    everywhere: '退出所有设备',
    everywhereAbout: '您的所有设备都将退出登录，其凭证随即失效。您登录所用的凭证仍然有效，除非它绑定于其中一台设备。',
    cancel: '取消',
    losesTitle: '有内容尚未保存，确定退出？',
    losesAbout: '退出后，此页面正在进行或尚未取出的内容（例如新员工的凭证）将会丢失。',
  },
})

/** Whether the page would be asked about before it is closed; it is the same that would be lost by signing out. */
const wouldLose = (): boolean => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))

export const UserMenu = () => {
  const t = useTexts(texts)
  const { employeeId } = useSignedIn()
  const { name } = usePerson(employeeId)
  const { modal } = App.useApp()
  const navigate = useNavigate()
  const signOut = (): void => {
    if (!wouldLose()) return void connection.signOut()
    void modal.confirm({
      title: t('losesTitle'),
      content: t('losesAbout'),
      okText: t('signOut'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      onOk: () => connection.signOut(),
    })
  }
  const signOutEverywhere = (): void => {
    void modal.confirm({
      title: t('everywhere'),
      content: wouldLose() ? `${t('losesAbout')} ${t('everywhereAbout')}` : t('everywhereAbout'),
      okText: t('everywhere'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      onOk: () => connection.signOut({ everywhere: true }),
    })
  }
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          {
            key: 'account',
            icon: <UserOutlined aria-hidden />,
            label: t('account'),
            onClick: () => void navigate('/console/account'),
          },
          { type: 'divider' },
          { key: 'out', icon: <LogoutOutlined aria-hidden />, label: t('signOut'), onClick: signOut },
          {
            key: 'everywhere',
            icon: <PoweroffOutlined aria-hidden />,
            danger: true,
            label: t('everywhere'),
            onClick: signOutEverywhere,
          },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined aria-hidden />} aria-label={`${name} (${employeeId})`}>
        <span style={{ maxWidth: 160, overflow: 'hidden', textOverflow: 'ellipsis' }}>{name}</span>
      </Button>
    </Dropdown>
  )
}
