import type { OutputOf } from '@mchat/sdk'
import { Card } from 'antd'
import { reasonText } from '../../calls/error-text.ts'
import { Nothing } from '../../components/page-states.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import { CountedList } from './counted-list.tsx'
import { overviewTexts } from './texts.ts'

type Overview = OutputOf<'stats.overview'>

interface ErrorKindsProps {
  readonly errors: Overview['errors']
  readonly agentErrors: Overview['agent_errors']
}

export const ErrorKinds = ({ agentErrors, errors }: ErrorKindsProps) => {
  const t = useTexts(overviewTexts)
  const language = useLanguage()
  const entries = [
    ...errors.map(({ count, key }) => ({ key, count, name: <span title={reasonText(key, language)}>{key}</span> })),
    ...agentErrors.map(({ count, key }) => ({ key: `agent ${key}`, count, name: t('ofAgents', { reason: key }) })),
  ]
  return (
    <Card title={t('errorKinds')} style={{ height: '100%' }}>
      {entries.length === 0 ? <Nothing text={t('noErrors')} /> : <CountedList entries={entries.slice(0, 12)} />}
    </Card>
  )
}
