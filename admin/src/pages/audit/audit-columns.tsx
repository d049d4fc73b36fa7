import type { OutputOf } from '@mchat/sdk'
import { Flex, Tag, Typography } from 'antd'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { formatTime, type Language, type Translate } from '../../language/language.ts'
import type { auditTexts } from './texts.ts'

type AuditRow = OutputOf<'audit.list'>['rows'][number]
/** Those that came by themselves are without what was asked for. */
export type AuditEntry = Omit<AuditRow, 'params'> & Partial<Pick<AuditRow, 'params'>>
type T = Translate<typeof auditTexts.en>

export const AuditResult = ({
  code,
  reason,
  t,
}: {
  readonly code: number
  readonly reason: string | null
  readonly t: T
}) =>
  code === 0 ? (
    <Tag color="success">{t('done')}</Tag>
  ) : (
    <Tag color={code >= 500 ? 'error' : 'warning'}>
      {code} {reason}
    </Tag>
  )

/** For a phone: everything that a row says in one column. */
export const narrowAuditColumns = (t: T, language: Language): readonly VirtualColumn<AuditEntry>[] => [
  {
    key: 'row',
    title: t('entry'),
    render: ({ action, at, code, operator_employee_id: id, reason, target }) => (
      <Flex vertical gap={2} style={{ minWidth: 0, lineHeight: 1.35 }}>
        <Flex justify="space-between" gap={8}>
          <Typography.Text code ellipsis>
            {action}
          </Typography.Text>
          <AuditResult code={code} reason={reason} t={t} />
        </Flex>
        <Typography.Text ellipsis>
          {id ?? t('gateway')}
          {target !== null && ` → ${target}`}
        </Typography.Text>
        <Typography.Text type="secondary" style={{ fontSize: 12 }}>
          {formatTime(at, language)}
        </Typography.Text>
      </Flex>
    ),
  },
]

export const auditColumns = (t: T, language: Language): readonly VirtualColumn<AuditEntry>[] => [
  { key: 'time', title: t('time'), width: 225, isCut: true, render: ({ at }) => formatTime(at, language) },
  {
    key: 'operator',
    title: t('operator'),
    width: 140,
    isCut: true,
    render: ({ operator_employee_id: id }) => id ?? <Typography.Text type="secondary">{t('gateway')}</Typography.Text>,
  },
  {
    key: 'action',
    title: t('action'),
    width: 200,
    isCut: true,
    render: ({ action }) => <Typography.Text code>{action}</Typography.Text>,
  },
  { key: 'target', title: t('target'), isCut: true, render: ({ target }) => target ?? '–' },
  {
    key: 'result',
    title: t('result'),
    width: 200,
    isCut: true,
    render: ({ code, reason }) => <AuditResult code={code} reason={reason} t={t} />,
  },
]
