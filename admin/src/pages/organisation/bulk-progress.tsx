import { Alert, Button, Modal, Progress, Typography } from 'antd'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { bulkTexts } from './bulk-texts.ts'
import type { BulkUpdate } from './use-bulk-update.ts'

/** How far it is, and whom it could not be done for and why. */
export const BulkProgress = ({ bulk, title }: { readonly bulk: BulkUpdate; readonly title: string }) => {
  const t = useTexts(bulkTexts)
  const language = useLanguage()
  const { state } = bulk
  if (state === undefined) return null
  const { done, failures, isRunning, isStopped, total } = state
  const number = (value: number): string => formatNumber(value, language)
  return (
    <Modal
      open
      title={title}
      closable={!isRunning}
      mask={{ closable: false }}
      onCancel={bulk.close}
      footer={
        isRunning ? (
          <Button onClick={bulk.stop}>{t('stop')}</Button>
        ) : (
          <Button type="primary" onClick={bulk.close}>
            {t('close')}
          </Button>
        )
      }
    >
      <Progress
        percent={Math.round(((done + failures.length) / Math.max(total, 1)) * 100)}
        status={isRunning ? 'active' : failures.length > 0 ? 'exception' : 'normal'}
        aria-label={title}
      />
      <Typography.Paragraph aria-live="polite">
        {isRunning
          ? t('progress', { done: number(done + failures.length), total: number(total) })
          : t('done', { count: done, number: number(done) })}
        {isStopped && !isRunning && ` ${t('stopped')}`}
      </Typography.Paragraph>
      {failures.length > 0 && (
        <Alert
          type="error"
          role="alert"
          title={t('failures', { count: failures.length, number: number(failures.length) })}
          description={
            <ul style={{ margin: 0, paddingInlineStart: 18, maxHeight: 240, overflow: 'auto' }}>
              {failures.map(({ name, text }, i) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: two people may have one name
                <li key={i}>
                  {name}: {text}
                </li>
              ))}
            </ul>
          }
        />
      )}
    </Modal>
  )
}
