import type { OutputOf } from '@mchat/sdk'
import { Tag, Typography } from 'antd'
import type { ColumnsType } from 'antd/es/table'
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

export const auditColumns = (t: T, language: Language): ColumnsType<AuditEntry> => [
  { title: t('time'), dataIndex: 'at', width: 225, render: (at: string) => formatTime(at, language) },
  {
    title: t('operator'),
    dataIndex: 'operator_employee_id',
    width: 140,
    ellipsis: true,
    render: (id: string | null) => id ?? <Typography.Text type="secondary">{t('gateway')}</Typography.Text>,
  },
  {
    title: t('action'),
    dataIndex: 'action',
    width: 200,
    ellipsis: true,
    render: (action: string) => <Typography.Text code>{action}</Typography.Text>,
  },
  { title: t('target'), dataIndex: 'target', ellipsis: true, render: (target: string | null) => target ?? '–' },
  {
    title: t('result'),
    key: 'result',
    width: 200,
    render: (_, { code, reason }) => <AuditResult code={code} reason={reason} t={t} />,
  },
]
