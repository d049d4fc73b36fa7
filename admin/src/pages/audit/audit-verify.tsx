import type { OutputOf } from '@mchat/sdk'
import { Alert, Button, Flex, Modal, Spin } from 'antd'
import { useEffect, useState } from 'react'
import { useErrorText } from '../../calls/error-text.ts'
import { useClient } from '../../connection/connection-context.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { auditTexts } from './texts.ts'

type Problem = OutputOf<'audit.verify'>['problems'][number]

interface Verification {
  readonly checked: number
  readonly heads: number
  readonly toSeq: number
  readonly problems: readonly Problem[]
  readonly isDone: boolean
}

const NOTHING: Verification = { checked: 0, heads: 0, toSeq: 0, problems: [], isDone: false }

/** Goes through the whole log, part by part; stops when it is closed. */
export const AuditVerify = ({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) => {
  const t = useTexts(auditTexts)
  const language = useLanguage()
  const textOf = useErrorText()
  const client = useClient()
  const [state, setState] = useState(NOTHING)
  const [error, setError] = useState<unknown>()

  useEffect(() => {
    if (!isOpen) return undefined
    const controller = new AbortController()
    const { signal } = controller
    const verify = async (): Promise<void> => {
      setState(NOTHING)
      setError(undefined)
      let so = NOTHING
      for (let from: number | null | undefined; from !== null; ) {
        const input = from === undefined ? {} : { from_seq: from }
        const part: OutputOf<'audit.verify'> = await client.request('audit.verify', input, { signal })
        from = part.next_seq
        so = {
          checked: so.checked + part.checked,
          heads: so.heads + part.heads,
          toSeq: part.to_seq ?? so.toSeq,
          problems: [...so.problems, ...part.problems],
          isDone: from === null,
        }
        setState(so)
      }
    }
    verify().catch((reason: unknown) => {
      if (!signal.aborted) setError(reason)
    })
    return () => controller.abort()
  }, [client, isOpen])

  const rows = t('rows', { count: state.checked, number: formatNumber(state.checked, language) })
  const ends = t('ends', { count: state.heads, number: formatNumber(state.heads, language) })
  return (
    <Modal
      open={isOpen}
      title={t('verifyTitle')}
      onCancel={onClose}
      footer={<Button onClick={onClose}>{state.isDone || error !== undefined ? t('close') : t('stop')}</Button>}
    >
      <Flex vertical gap={12} aria-live="polite">
        {error !== undefined && <Alert type="error" showIcon role="alert" title={textOf(error)} />}
        {!state.isDone && error === undefined && (
          <Flex gap={12} align="center">
            <Spin />
            {t('verifying', { rows, seq: formatNumber(state.toSeq, language) })}
          </Flex>
        )}
        {state.isDone && state.problems.length === 0 && (
          <Alert
            type="success"
            showIcon
            title={state.heads === 0 ? t('verifiedRows', { rows }) : t('verified', { rows, ends })}
          />
        )}
        {state.problems.length > 0 && (
          <>
            <Alert type="error" showIcon role="alert" title={t('problems', { count: state.problems.length })} />
            <ul style={{ maxHeight: 320, overflow: 'auto', margin: 0, paddingInlineStart: 20 }}>
              {state.problems.map(({ day, problem, seq, to_seq }) => (
                <li key={`${problem} ${seq} ${day ?? ''}`}>{t(problem, { seq, to: to_seq ?? seq, day: day ?? '' })}</li>
              ))}
            </ul>
          </>
        )}
      </Flex>
    </Modal>
  )
}
