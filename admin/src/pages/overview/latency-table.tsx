import type { OutputOf } from '@mchat/sdk'
import { Card } from 'antd'
import { WideTable } from '../../components/wide-table.tsx'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { overviewTexts } from './texts.ts'

type Latency = OutputOf<'stats.overview'>['latency']
const KINDS = [
  'messages',
  'requests',
  'agent_first_answer',
  'agent_answer',
] as const satisfies readonly (keyof Latency)[]

export const LatencyTable = ({ latency }: { readonly latency: Latency }) => {
  const t = useTexts(overviewTexts)
  const language = useLanguage()
  const ms = (value: number | null): string =>
    value === null
      ? '–'
      : `${formatNumber(value < 10 ? Math.round(value * 100) / 100 : Math.round(value), language)} ms`
  return (
    <Card title={t('latency')} style={{ height: '100%' }}>
      <WideTable
        label={t('latency')}
        width={460}
        size="small"
        pagination={false}
        rowKey="kind"
        dataSource={KINDS.map((kind) => ({ kind, ...latency[kind] }))}
        columns={[
          { title: t('kind'), dataIndex: 'kind', render: (kind: (typeof KINDS)[number]) => t(`latency_${kind}`) },
          {
            title: t('count'),
            dataIndex: 'count',
            align: 'right',
            render: (count: number) => formatNumber(count, language),
          },
          { title: t('p50'), dataIndex: 'p50_ms', align: 'right', render: ms },
          { title: t('p95'), dataIndex: 'p95_ms', align: 'right', render: ms },
          { title: t('p99'), dataIndex: 'p99_ms', align: 'right', render: ms },
        ]}
      />
    </Card>
  )
}
