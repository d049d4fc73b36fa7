import { Alert, Descriptions, Drawer, Typography } from 'antd'
import type { ReactNode } from 'react'
import { useAuditList } from '../../calls/audit-list.ts'
import { COPYABLE } from '../../components/copyable.ts'
import { Asked } from '../../components/page-states.tsx'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import type { AuditEntry } from './audit-columns.tsx'
import { AuditAction, AuditResult, AuditTarget, Operator } from './audit-words.tsx'
import { auditTexts } from './texts.ts'

/** Everything that is recorded of one request. */
export const AuditDetail = ({
  onClose,
  row,
}: {
  readonly row: AuditEntry | undefined
  readonly onClose: () => void
}) => {
  const t = useTexts(auditTexts)
  const language = useLanguage()
  return (
    <Drawer
      open={row !== undefined}
      onClose={onClose}
      size={560}
      title={t('row', { seq: row?.seq ?? '' })}
      destroyOnHidden
    >
      {row !== undefined && (
        <Descriptions column={1} layout="vertical" size="small">
          <Descriptions.Item label={t('time')}>
            {formatTime(row.at, language)} ({row.at})
          </Descriptions.Item>
          <Descriptions.Item label={t('operator')}>
            <Operator id={row.operator_employee_id} />
          </Descriptions.Item>
          <Descriptions.Item label={t('action')}>
            <AuditAction action={row.action} />
          </Descriptions.Item>
          <Descriptions.Item label={t('target')}>
            {row.target === null ? '–' : <AuditTarget action={row.action} target={row.target} />}
          </Descriptions.Item>
          <Descriptions.Item label={t('result')}>
            <AuditResult code={row.code} reason={row.reason} />
          </Descriptions.Item>
          <Descriptions.Item label={t('params')}>
            {row.params === undefined ? <FetchedParams row={row} /> : <Params params={row.params} />}
          </Descriptions.Item>
          <Descriptions.Item label={t('device')}>{row.client_id}</Descriptions.Item>
          <Descriptions.Item label={t('seqId')}>{row.seq_id}</Descriptions.Item>
          <Descriptions.Item label={t('instance')}>{row.instance}</Descriptions.Item>
          <Descriptions.Item label={t('hash')}>
            <span>
              <Typography.Text code copyable={COPYABLE} style={{ wordBreak: 'break-all' }}>
                {row.hash}
              </Typography.Text>
              <Typography.Paragraph type="secondary" style={{ margin: '4px 0 0' }}>
                {t('hashAbout')}
              </Typography.Paragraph>
            </span>
          </Descriptions.Item>
        </Descriptions>
      )}
    </Drawer>
  )
}

const Params = ({ params }: { readonly params: NonNullable<AuditEntry['params']> | null }): ReactNode => {
  const t = useTexts(auditTexts)
  if (params === null) return <Typography.Text type="secondary">{t('paramsNone')}</Typography.Text>
  return (
    <pre style={{ margin: 0, whiteSpace: 'pre-wrap', wordBreak: 'break-word', width: '100%' }}>
      {JSON.stringify(params, null, 2)}
    </pre>
  )
}

/** Of a row that came by itself. */
const FetchedParams = ({ row }: { readonly row: AuditEntry }) => {
  const t = useTexts(auditTexts)
  const after = new Date(new Date(row.at).getTime() + 1).toISOString()
  const query = useAuditList({
    from: row.at,
    to: after,
    for_action: row.action,
    ...(row.operator_employee_id === null ? {} : { operator: row.operator_employee_id }),
    limit: 100,
  })
  return (
    <Asked query={query}>
      {() => {
        const found = query.entries.find(({ seq }) => seq === row.seq)
        return found === undefined ? (
          <Alert type="warning" showIcon title={t('notFound', { seq: row.seq })} style={{ width: '100%' }} />
        ) : (
          <Params params={found.params ?? null} />
        )
      }}
    </Asked>
  )
}
