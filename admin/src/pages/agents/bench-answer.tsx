import type { OutputOf } from '@mchat/sdk'
import { Alert, Flex, Spin, Statistic, Typography, theme } from 'antd'
import type { AgentTesting } from '../../calls/agent-test.ts'
import { useErrorText } from '../../calls/error-text.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { failureTexts } from './failure-texts.ts'
import { operationTexts } from './operations-texts.ts'

type Tested = OutputOf<'agent.test'>

/** The answer as it comes, and then how it was. */
export const BenchAnswer = ({ testing }: { readonly testing: AgentTesting }) => {
  const t = useTexts(operationTexts)
  const textOf = useErrorText()
  const { error, isRunning, result, text } = testing
  if (error !== undefined) return <Alert type="error" showIcon role="alert" title={textOf(error)} />
  if (result !== undefined)
    return (
      <Flex vertical gap={16}>
        <Verdict result={result} />
        <Said messages={result.messages ?? (text === '' ? [] : [text])} />
        <Measured result={result} />
      </Flex>
    )
  if (!isRunning) return <Typography.Text type="secondary">{t('answerNone')}</Typography.Text>
  return (
    <Flex vertical gap={16} aria-live="polite" aria-busy>
      {text !== '' && <Said messages={[text]} />}
      <Flex gap={8} align="center">
        <Spin size="small" />
        <Typography.Text type="secondary">{text === '' ? t('waiting') : t('writing')}</Typography.Text>
      </Flex>
    </Flex>
  )
}

const Verdict = ({ result }: { readonly result: Tested }) => {
  const t = useTexts(operationTexts)
  const failure = useTexts(failureTexts)
  if (!result.ok)
    return (
      <Alert
        type="error"
        showIcon
        role="alert"
        title={result.reason === undefined ? t('failed') : failure(result.reason)}
        {...(result.detail === undefined ? {} : { description: result.detail })}
      />
    )
  const isSilent = result.messages === undefined || result.messages.length === 0
  return (
    <Alert
      type="success"
      showIcon
      role="status"
      title={t('succeeded')}
      {...(isSilent ? { description: t('silent') } : {})}
    />
  )
}

const Said = ({ messages }: { readonly messages: NonNullable<Tested['messages']> }) => {
  const { token } = theme.useToken()
  return (
    <Flex vertical gap={8}>
      {messages.map((content, i) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: they have no id, and none is moved
          key={i}
          style={{
            padding: '10px 14px',
            borderRadius: 12,
            background: token.colorPrimaryBg,
            whiteSpace: 'pre-wrap',
            overflowWrap: 'anywhere',
          }}
        >
          {typeof content === 'string' ? content : JSON.stringify(content, null, 2)}
        </div>
      ))}
    </Flex>
  )
}

const Measured = ({ result }: { readonly result: Tested }) => {
  const t = useTexts(operationTexts)
  const language = useLanguage()
  const number = (value: number | undefined): string => (value === undefined ? '–' : formatNumber(value, language))
  const { first_answer_ms, ms, status, usage } = result
  const measured = [
    ...(first_answer_ms === undefined ? [] : [{ title: t('firstPiece'), value: `${number(first_answer_ms)} ms` }]),
    { title: t('whole'), value: `${number(ms)} ms` },
    ...(status === undefined ? [] : [{ title: t('status'), value: String(status) }]),
    ...(usage?.input_tokens === undefined && usage?.output_tokens === undefined
      ? []
      : [{ title: t('tokens'), value: `${number(usage?.input_tokens)} / ${number(usage?.output_tokens)}` }]),
  ]
  return (
    <Flex gap={24} wrap>
      {measured.map(({ title, value }) => (
        <Statistic key={title} title={title} value={value} styles={{ content: { fontSize: 18 } }} />
      ))}
    </Flex>
  )
}
