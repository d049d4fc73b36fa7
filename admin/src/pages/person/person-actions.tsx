import { DownOutlined, EditOutlined } from '@ant-design/icons'
import type { Credentials, Employee } from '@mchat/sdk'
import { App, Button, Dropdown, type MenuProps } from 'antd'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useEmployeeUpdate } from '../../calls/employee-update.ts'
import { CredentialsDialog } from '../../components/credentials-dialog.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import type { Directory } from '../../directory/directory.ts'
import type { Reach } from '../../directory/use-reach.ts'
import { useTexts } from '../../language/language.ts'
import { EditPerson } from './edit-person.tsx'
import { LeaveDialog } from './leave-dialog.tsx'
import type { PersonRights } from './person-rights.ts'
import { ResetCredentials } from './reset-credentials.tsx'
import { personTexts } from './texts.ts'

interface PersonActionsProps {
  readonly person: Employee
  readonly rights: PersonRights
  /** undefined: not known yet. */
  readonly directory: Directory | undefined
  readonly reach: Reach
}

/** What the reader may do with somebody; what they may not is not there. */
export const PersonActions = ({ directory, person, reach, rights }: PersonActionsProps) => {
  const t = useTexts(personTexts)
  const { modal } = App.useApp()
  const navigate = useNavigate()
  const attempt = useAttempt()
  const update = useEmployeeUpdate()
  const [task, setTask] = useState<'edit' | 'reset' | 'leave'>()
  const [credentials, setCredentials] = useState<Credentials>()
  const { employee_id, name, status } = person
  const isActive = status === 'active'
  const close = (): void => setTask(undefined)
  const askStatus = (): void => {
    void modal.confirm({
      title: t(isActive ? 'disableAsk' : 'enableAsk', { name }),
      content: t(isActive ? 'disableAbout' : 'enableAbout'),
      okText: t(isActive ? 'disable' : 'enable'),
      cancelText: t('cancel'),
      okButtonProps: { danger: isActive },
      // The second factor is asked for when this has closed.
      onOk: () =>
        void attempt(
          () => update.mutateAsync({ employee_id, updates: { status: isActive ? 'disabled' : 'active' } }),
          t(isActive ? 'disabledDone' : 'enabledDone', { name }),
        ),
    })
  }
  const items: MenuProps['items'] = [
    ...(rights.managesDevices ? [{ key: 'reset', label: t('reset'), onClick: () => setTask('reset') }] : []),
    ...(rights.disables
      ? [
          { key: 'status', label: t(isActive ? 'disable' : 'enable'), onClick: askStatus },
          ...(isActive
            ? [
                { type: 'divider' as const },
                { key: 'leave', danger: true, label: t('leave'), onClick: () => setTask('leave') },
              ]
            : []),
        ]
      : []),
  ]
  return (
    <>
      {rights.isSelf && <Button onClick={() => void navigate('/console/account')}>{t('account')}</Button>}
      {person.is_ai_agent && reach.managesAgents && (
        <Button onClick={() => void navigate(`/console/agents/${encodeURIComponent(employee_id)}`)}>
          {t('agentSettings')}
        </Button>
      )}
      {items.length > 0 && (
        <Dropdown trigger={['click']} menu={{ items }}>
          <Button aria-label={t('actionsOf')}>
            {t('more_actions')} <DownOutlined aria-hidden />
          </Button>
        </Dropdown>
      )}
      {rights.edits && (
        <Button
          type="primary"
          icon={<EditOutlined aria-hidden />}
          aria-haspopup="dialog"
          onClick={() => setTask('edit')}
        >
          {t('edit')}
        </Button>
      )}
      {task === 'edit' && (
        <EditPerson person={person} rights={rights} directory={directory} reach={reach} onClose={close} />
      )}
      <ResetCredentials
        person={person}
        isOpen={task === 'reset'}
        onClose={close}
        onReset={(made) => {
          close()
          setCredentials(made)
        }}
      />
      {directory !== undefined && (
        <LeaveDialog person={person} directory={directory} isOpen={task === 'leave'} onClose={close} />
      )}
      <CredentialsDialog credentials={credentials} onClose={() => setCredentials(undefined)} />
    </>
  )
}
