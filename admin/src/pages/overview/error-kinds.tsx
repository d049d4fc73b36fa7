import type { OutputOf } from '@mchat/sdk'
import { Card, Flex, Typography } from 'antd'
import { reasonOfOthers } from '../../calls/reason-text.ts'
import { Nothing } from '../../components/page-states.tsx'
import { useLanguage, useTexts } from '../../language/language.ts'
import { failureTexts } from '../agents/failure-texts.ts'
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
  const failure = useTexts(failureTexts)
  const entries = [
    ...errors.map(({ count, key }) => ({ key, count, name: <Kind code={key} text={reasonOfOthers(key, language)} /> })),
    ...agentErrors.map(({ count, key }) => ({
      key: `agent ${key}`,
      count,
      name: <Kind code={t('ofAgents', { reason: key })} text={isFailure(key) ? failure(key) : undefined} />,
    })),
  ]
  return (
    <Card title={t('errorKinds')} style={{ height: '100%' }}>
      {entries.length === 0 ? <Nothing text={t('noErrors')} /> : <CountedList entries={entries.slice(0, 12)} isBad />}
    </Card>
  )
}

const isFailure = (key: string): key is keyof typeof failureTexts.en => Object.hasOwn(failureTexts.en, key)

/** What it means, and the word for it that is in answers and logs. */
const Kind = ({ code, text }: { readonly code: string; readonly text: string | undefined }) =>
  text === undefined ? (
    <Typography.Text>{code}</Typography.Text>
  ) : (
    <Flex vertical style={{ lineHeight: 1.4 }}>
      <Typography.Text>{text}</Typography.Text>
      <Typography.Text type="secondary" style={{ fontSize: 12, overflowWrap: 'anywhere' }}>
        {code}
      </Typography.Text>
    </Flex>
  )
