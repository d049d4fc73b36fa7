import type { Employee } from '@mchat/sdk'
import { Alert } from 'antd'
import { useEffect } from 'react'
import { useAgentCapabilityList } from '../../calls/agent-capability-list.ts'
import { useTexts } from '../../language/language.ts'
import { playgroundTexts } from './texts.ts'

interface PeerNoticeProps {
  readonly person: Employee
  /** How much the reader has written to them. */
  readonly written: number
}

/** Why whoever is written to does not answer. */
export const PeerNotice = ({ person, written }: PeerNoticeProps) => {
  const t = useTexts(playgroundTexts)
  const { employee_id, is_ai_agent, name, status } = person
  const isActive = status === 'active'
  const isAsked = is_ai_agent && isActive
  // Who is paused is not listed there.
  const { data: listed, refetch } = useAgentCapabilityList(isAsked ? {} : undefined)
  // Not everybody is told when an agent is paused or resumed.
  useEffect(() => {
    if (isAsked && written > 0) void refetch()
  }, [isAsked, refetch, written])
  const isPaused = listed !== undefined && !listed.agent_ids.includes(employee_id)
  if (isActive && !isPaused) return null
  return (
    <Alert
      type="warning"
      showIcon
      role="status"
      title={isActive ? t('paused', { name }) : t('disabled', { name })}
      description={isActive ? t('pausedAbout') : t('disabledAbout')}
      style={{ margin: '0 12px 8px' }}
    />
  )
}
