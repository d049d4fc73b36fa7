import type { Employee } from '@mchat/sdk'
import { Tag } from 'antd'
import { useTexts } from '../../language/language.ts'
import { agentTexts } from './texts.ts'

/** @param isEnabled undefined: not known yet */
export const AgentState = ({
  agent,
  isEnabled,
}: {
  readonly agent: Employee
  readonly isEnabled: boolean | undefined
}) => {
  const t = useTexts(agentTexts)
  if (agent.status === 'disabled') return <Tag>{t('gone')}</Tag>
  if (isEnabled === undefined) return null
  return isEnabled ? <Tag color="success">{t('enabled')}</Tag> : <Tag color="warning">{t('paused')}</Tag>
}
