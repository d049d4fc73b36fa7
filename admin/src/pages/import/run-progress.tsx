import { Alert, Button, Flex, Progress, Typography } from 'antd'
import { useErrorText } from '../../calls/error-text.ts'
import type { RunControl } from '../../components/use-run.ts'
import { useTimeLeft } from '../../components/use-time-left.ts'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import type { ImportRun } from './import-run.ts'
import { importTexts } from './texts.ts'

interface RunProgressProps {
  readonly control: RunControl<ImportRun>
  readonly text: 'checking' | 'importing'
}

/** How far it is; how to stop it, and to go on after that or after a failure. Nothing once it is done. */
export const RunProgress = ({ control, text }: RunProgressProps) => {
  const t = useTexts(importTexts)
  const language = useLanguage()
  const textOf = useErrorText()
  const { isOnline } = useSignedIn()
  const { state } = control
  const timeLeft = useTimeLeft(state?.run.results.size ?? 0, state?.run.total ?? 0, state?.phase === 'running')
  if (state === undefined || state.phase === 'done') return null
  const { error, phase, run } = state
  const { results } = run
  const values = { done: formatNumber(results.size, language), total: formatNumber(run.total, language) }
  const goOn = (
    <Button type="primary" disabled={!isOnline} onClick={control.goOn}>
      {t('goOn')}
    </Button>
  )
  return (
    <Flex vertical gap={12}>
      {phase === 'failed' && (
        <Alert
          type="error"
          showIcon
          role="alert"
          title={t('failed')}
          description={`${textOf(error)} ${t('failedAbout')}`}
          action={goOn}
        />
      )}
      {phase === 'stopped' && (
        <Alert type="warning" showIcon role="status" title={t('stopped', values)} action={goOn} />
      )}
      <Flex align="center" gap={16} wrap>
        <Progress
          percent={Math.floor((results.size / Math.max(run.total, 1)) * 100)}
          status={phase === 'running' || phase === 'stopping' ? 'active' : 'normal'}
          aria-label={t(text, values)}
          style={{ flex: 1, minWidth: 200 }}
        />
        {(phase === 'running' || phase === 'stopping') && (
          <Button onClick={control.stop} disabled={phase === 'stopping'}>
            {t('stop')}
          </Button>
        )}
      </Flex>
      <Typography.Text type="secondary" aria-live="polite">
        {phase === 'stopping' ? t('stopping') : t(text, values)} {timeLeft}
      </Typography.Text>
      {text === 'importing' && phase === 'running' && (
        <Typography.Text type="secondary">{t('importingAbout')}</Typography.Text>
      )}
    </Flex>
  )
}
