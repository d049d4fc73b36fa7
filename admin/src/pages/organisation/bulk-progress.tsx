import { Alert, Button, Flex, Modal, Progress, Typography } from 'antd'
import { useErrorText } from '../../calls/error-text.ts'
import { useTimeLeft } from '../../components/use-time-left.ts'
import { useSignedIn } from '../../connection/connection-context.tsx'
import { NotConfirmedError } from '../../connection/second-factor.ts'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { bulkTexts } from './bulk-texts.ts'
import type { BulkUpdate } from './use-bulk-update.ts'

/** How far it is, whom it could not be done for and why, and how to go on after a halt. */
export const BulkProgress = ({ bulk }: { readonly bulk: BulkUpdate }) => {
  const t = useTexts(bulkTexts)
  const language = useLanguage()
  const textOf = useErrorText()
  const { isOnline } = useSignedIn()
  const { state } = bulk
  const decided = state === undefined ? 0 : state.run.changed.length + state.run.failures.length
  const timeLeft = useTimeLeft(decided, state?.run.total ?? 0, state?.phase === 'running')
  if (state === undefined) return null
  const { error, phase, run } = state
  const { changed, failures, title, total } = run
  const isBusy = phase === 'running' || phase === 'stopping'
  const isHalted = phase === 'stopped' || phase === 'failed'
  const isCutOff = phase !== 'done' && !isOnline
  const number = (value: number): string => formatNumber(value, language)
  return (
    <Modal
      open
      title={title}
      closable={!isBusy}
      mask={{ closable: false }}
      onCancel={bulk.clear}
      footer={
        <>
          {phase === 'running' && <Button onClick={bulk.stop}>{t('stop')}</Button>}
          {!isBusy && (
            <Button type={isHalted ? 'default' : 'primary'} onClick={bulk.clear}>
              {t('close')}
            </Button>
          )}
          {isHalted && (
            <Button type="primary" disabled={!isOnline} onClick={bulk.goOn}>
              {t('goOn')}
            </Button>
          )}
        </>
      }
    >
      <Flex vertical gap={12}>
        <Progress
          percent={Math.round((decided / Math.max(total, 1)) * 100)}
          status={phase === 'running' ? 'active' : failures.length > 0 ? 'exception' : 'normal'}
          aria-label={title}
        />
        <Typography.Text aria-live="polite">
          {phase === 'running'
            ? t('progress', { done: number(decided), total: number(total) })
            : t('done', { count: changed.length, number: number(changed.length) })}
          {timeLeft !== '' && ` ${timeLeft}`}
          {isHalted && ` ${t('left', { count: total - decided, number: number(total - decided) })}`}
          {phase === 'stopping' && ` ${t('stopping')}`}
          {isHalted && isOnline && ` ${t('stopped')}`}
        </Typography.Text>
        {isCutOff && <Alert type="warning" showIcon role="alert" title={t('cutOff')} description={t('cutOffAbout')} />}
        {phase === 'failed' && isOnline && !(error instanceof NotConfirmedError) && (
          <Alert type="error" showIcon role="alert" title={t('failed')} description={textOf(error)} />
        )}
        {failures.length > 0 && (
          <Alert
            type="error"
            role="alert"
            title={t('failures', { count: failures.length, number: number(failures.length) })}
            description={
              <ul style={{ margin: 0, paddingInlineStart: 18, maxHeight: 240, overflow: 'auto' }}>
                {failures.map((failure, i) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two people may have one name
                  <li key={i}>
                    {failure.name}: {textOf(failure.error)}
                  </li>
                ))}
              </ul>
            }
          />
        )}
      </Flex>
    </Modal>
  )
}
