import { EllipsisOutlined, MessageOutlined, PauseCircleOutlined, PlayCircleOutlined } from '@ant-design/icons'
import type { Employee } from '@mchat/sdk'
import { App, Button, Dropdown } from 'antd'
import { useNavigate } from 'react-router'
import { useAgentDisable } from '../../calls/agent-disable.ts'
import { useAgentEnable } from '../../calls/agent-enable.ts'
import { useEmployeeDelete } from '../../calls/employee-delete.ts'
import { useAttempt } from '../../components/use-attempt.ts'
import { useTexts } from '../../language/language.ts'
import { agentTexts } from './texts.ts'

interface AgentActionsProps {
  readonly agent: Employee
  readonly isEnabled: boolean | undefined
}

/** What can be done with an agent as a whole. One that was deleted can only be looked at. */
export const AgentActions = ({ agent, isEnabled }: AgentActionsProps) => {
  const t = useTexts(agentTexts)
  const { modal } = App.useApp()
  const attempt = useAttempt()
  const navigate = useNavigate()
  const disable = useAgentDisable()
  const enable = useAgentEnable()
  const remove = useEmployeeDelete()
  const { employee_id, name } = agent
  if (agent.status === 'disabled') return null
  const pause = (): void => {
    void modal.confirm({
      title: t('pauseTitle', { name }),
      content: t('pauseAbout'),
      okText: t('pause'),
      cancelText: t('cancel'),
      onOk: () => attempt(() => disable.mutateAsync({ employee_id }), t('pausedDone', { name })),
    })
  }
  const deleteIt = (): void => {
    void modal.confirm({
      title: t('removeTitle', { name }),
      content: t('removeAbout'),
      okText: t('remove'),
      cancelText: t('cancel'),
      okButtonProps: { danger: true },
      // The second factor is asked in a dialogue of its own, above a page and not above this one.
      onOk: () => {
        const work = () => remove.mutateAsync({ employee_id })
        void attempt(work, t('removed', { name })).then((done) => done !== undefined && navigate('/console/agents'))
      },
    })
  }
  return (
    <>
      <Button
        icon={<MessageOutlined aria-hidden />}
        onClick={() => void navigate(`/console/playground/private/${encodeURIComponent(employee_id)}`)}
      >
        {t('chat')}
      </Button>
      {isEnabled === true && (
        <Button icon={<PauseCircleOutlined aria-hidden />} onClick={pause}>
          {t('pause')}
        </Button>
      )}
      {isEnabled === false && (
        <Button
          type="primary"
          icon={<PlayCircleOutlined aria-hidden />}
          loading={enable.isPending}
          onClick={() => void attempt(() => enable.mutateAsync({ employee_id }), t('enabledDone', { name }))}
        >
          {t('enable')}
        </Button>
      )}
      <Dropdown
        menu={{ items: [{ key: 'remove', danger: true, label: t('remove'), onClick: deleteIt }] }}
        trigger={['click']}
      >
        <Button icon={<EllipsisOutlined aria-hidden />} aria-label={t('more')} />
      </Dropdown>
    </>
  )
}
