import { isCallable } from '@mchat/schema/agent-callable'
import { LIMITS } from '@mchat/schema/limits'
import type { Employee, OutputOf } from '@mchat/sdk'
import { Card, Col, Flex, Row, Segmented, Statistic } from 'antd'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useAgentStats } from '../../calls/agent-stats.ts'
import { useCameFrom } from '../../components/back-link.tsx'
import { Chart } from '../../components/chart.tsx'
import { Asked, Nothing } from '../../components/page-states.tsx'
import { formatNumber, type Language, useLanguage, useTexts } from '../../language/language.ts'
import { operationTexts } from './operations-texts.ts'
import { eachDay, lastDays } from './statistic-days.ts'

type Stats = OutputOf<'agent.stats'>

/** A week as the gateway has it, or all that is kept. */
export const AgentStatistics = ({ agent }: { readonly agent: Employee }) => {
  const t = useTexts(operationTexts)
  const [params, setParams] = useSearchParams()
  const cameFrom = useCameFrom()
  const isMonth = params.get('days') === '30'
  const span = isMonth ? lastDays(LIMITS.agentRunDays, new Date()) : {}
  const query = useAgentStats({ employee_id: agent.employee_id, ...span })
  return (
    <Flex vertical gap={16}>
      <div>
        <Segmented
          aria-label={t('days')}
          value={isMonth ? '30' : '7'}
          onChange={(days) =>
            setParams(days === '30' ? { tab: 'statistics', days } : { tab: 'statistics' }, {
              replace: true,
              state: cameFrom,
            })
          }
          options={[
            { value: '7', label: t('days7') },
            { value: '30', label: t('days30') },
          ]}
        />
      </div>
      <Asked query={query}>
        {(stats) =>
          stats.total.calls === 0 ? (
            <Card>
              <Nothing text={t(isCallable(agent.agent_profile) ? 'noCalls' : 'noCallsOwn')} />
            </Card>
          ) : (
            <>
              <Totals total={stats.total} />
              <Charts stats={stats} />
            </>
          )
        }
      </Asked>
    </Flex>
  )
}

const Totals = ({ total }: { readonly total: Stats['total'] }) => {
  const t = useTexts(operationTexts)
  const language = useLanguage()
  const number = (value: number): string => formatNumber(value, language)
  const ms = (value: number | null): string => (value === null ? '–' : `${number(Math.round(value))} ms`)
  const tiles = [
    { title: t('calls'), value: number(total.calls) },
    { title: t('done'), value: number(total.done) },
    { title: t('failedCalls'), value: number(total.failed) },
    { title: t('timedOut'), value: number(total.timed_out) },
    { title: t('firstPiece'), value: ms(total.first_answer_ms.p50) },
    { title: t('whole'), value: ms(total.end_ms.p50) },
    { title: t('tokens'), value: `${number(total.input_tokens)} / ${number(total.output_tokens)}` },
  ]
  return (
    <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))' }}>
      {tiles.map(({ title, value }) => (
        <Card key={title} size="small">
          <Statistic title={title} value={value} styles={{ content: { fontSize: 22, fontWeight: 600 } }} />
        </Card>
      ))}
    </div>
  )
}

const dayName = (day: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(day))

const Charts = ({ stats }: { readonly stats: Stats }) => {
  const t = useTexts(operationTexts)
  const language = useLanguage()
  const charts = useMemo(() => {
    const days = eachDay(stats.from, stats.to)
    const byDay = new Map(stats.days.map((day) => [day.day, day]))
    type Counts = Stats['days'][number]
    const counted = (of: (counts: Counts) => number) =>
      days.map((day) => {
        const counts = byDay.get(day)
        return counts === undefined ? 0 : of(counts)
      })
    const measured = (of: (counts: Counts) => number | null) =>
      days.map((day) => {
        const counts = byDay.get(day)
        return counts === undefined ? null : of(counts)
      })
    const bar = { kind: 'bar', stack: 'all' } as const
    const latency = (of: 'first_answer_ms' | 'end_ms') => [
      { name: t('median'), kind: 'bar' as const, tone: 'primary' as const, values: measured((day) => day[of].p50) },
      { name: t('p95'), kind: 'bar' as const, tone: 'warning' as const, values: measured((day) => day[of].p95) },
    ]
    return {
      at: days.map((day) => dayName(day, language)),
      calls: [
        { ...bar, name: t('done'), tone: 'primary' as const, values: counted(({ done }) => done) },
        { ...bar, name: t('failedCalls'), tone: 'error' as const, values: counted(({ failed }) => failed) },
        { ...bar, name: t('timedOut'), tone: 'warning' as const, values: counted(({ timed_out }) => timed_out) },
        { ...bar, name: t('cancelled'), tone: 'neutral' as const, values: counted(({ cancelled }) => cancelled) },
      ],
      first: latency('first_answer_ms'),
      end: latency('end_ms'),
      tokens: [
        { ...bar, name: t('tokensIn'), tone: 'primary' as const, values: counted((day) => day.input_tokens) },
        { ...bar, name: t('tokensOut'), tone: 'success' as const, values: counted((day) => day.output_tokens) },
      ],
    }
  }, [language, stats, t])
  const cards = [
    { title: t('callsByDay'), series: charts.calls, unit: '' },
    { title: t('tokensByDay'), series: charts.tokens, unit: '' },
    { title: t('firstByDay'), series: charts.first, unit: ' ms' },
    { title: t('endByDay'), series: charts.end, unit: ' ms' },
  ]
  return (
    <Row gutter={[16, 16]}>
      {cards.map(({ series, title, unit }) => (
        <Col key={title} xs={24} lg={12}>
          <Card title={title}>
            <Chart label={title} at={charts.at} series={series} unit={unit} />
          </Card>
        </Col>
      ))}
    </Row>
  )
}
