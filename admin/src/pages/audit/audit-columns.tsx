import type { OutputOf } from '@mchat/sdk'
import { Flex } from 'antd'
import { reasonOfOthers } from '../../calls/reason-text.ts'
import { actionTextOf } from '../../components/action-texts.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { formatTime, type Language, type Translate } from '../../language/language.ts'
import styles from './audit-words.module.css'
import { AuditAction, AuditResult, AuditTarget, Operator } from './audit-words.tsx'
import type { auditTexts } from './texts.ts'

type AuditRow = OutputOf<'audit.list'>['rows'][number]
/** Those that came by themselves are without what was asked for. */
export type AuditEntry = Omit<AuditRow, 'params'> & Partial<Pick<AuditRow, 'params'>>
type T = Translate<typeof auditTexts.en>

/** For a phone: everything that a row says in one column. */
export const narrowAuditColumns = (t: T, language: Language): readonly VirtualColumn<AuditEntry>[] => [
  {
    key: 'row',
    title: t('entry'),
    render: ({ action, at, code, operator_employee_id: id, reason, target }) => (
      <Flex vertical gap={2} style={{ minWidth: 0, lineHeight: 1.35 }}>
        <span className={styles.ends}>
          <span className={styles.cut} title={action}>
            {actionTextOf(action, language)}
          </span>
          <AuditResult code={code} reason={reason} isShort />
        </span>
        <span className={styles.line}>
          <Operator id={id} isShort />
          {target !== null && (
            <>
              {' → '}
              <AuditTarget action={action} target={target} isShort />
            </>
          )}
        </span>
        <span className={`${styles.line} ${styles.secondary}`}>
          {[formatTime(at, language), code === 0 ? undefined : reasonOfOthers(reason ?? undefined, language)]
            .filter((part) => part !== undefined)
            .join(' · ')}
        </span>
      </Flex>
    ),
  },
]

export const auditColumns = (t: T, language: Language): readonly VirtualColumn<AuditEntry>[] => [
  { key: 'time', title: t('time'), width: 205, isCut: true, render: ({ at }) => formatTime(at, language) },
  {
    key: 'operator',
    title: t('operator'),
    width: 140,
    isCut: true,
    render: ({ operator_employee_id: id }) => <Operator id={id} />,
  },
  {
    key: 'action',
    title: t('action'),
    width: 205,
    isCut: true,
    render: ({ action }) => <AuditAction action={action} />,
  },
  {
    key: 'target',
    title: t('target'),
    width: 165,
    isCut: true,
    render: ({ action, target }) => (target === null ? '–' : <AuditTarget action={action} target={target} />),
  },
  {
    key: 'result',
    title: t('result'),
    isCut: true,
    render: ({ code, reason }) => <AuditResult code={code} reason={reason} />,
  },
]
