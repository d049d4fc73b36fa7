import type { OutputOf } from '@mchat/sdk'
import { Card, Col, Row } from 'antd'
import { useMemo } from 'react'
import { Chart } from '../../components/chart.tsx'
import { type Language, useLanguage, useTexts } from '../../language/language.ts'
import { overviewTexts } from './texts.ts'

type Overview = OutputOf<'stats.overview'>

const FORMATS: Readonly<Record<Overview['resolution'], Intl.DateTimeFormatOptions>> = {
  minute: { hour: '2-digit', minute: '2-digit' },
  hour: { weekday: 'short', hour: '2-digit' },
  // Days are those of UTC.
  day: { month: 'short', day: 'numeric', timeZone: 'UTC' },
}

const pointName = (at: string, resolution: Overview['resolution'], language: Language): string =>
  new Intl.DateTimeFormat(language, FORMATS[resolution]).format(new Date(at))

export const TimeCharts = ({ overview: { resolution, series } }: { readonly overview: Overview }) => {
  const t = useTexts(overviewTexts)
  const language = useLanguage()
  const at = useMemo(
    () => series.map((point) => pointName(point.at, resolution, language)),
    [language, resolution, series],
  )
  const messages = useMemo(
    () => [
      {
        name: t('private'),
        kind: 'bar' as const,
        stack: 'messages',
        tone: 'primary' as const,
        values: series.map((point) => point.messages - point.group_messages),
      },
      {
        name: t('toGroups'),
        kind: 'bar' as const,
        stack: 'messages',
        tone: 'success' as const,
        values: series.map((point) => point.group_messages),
      },
    ],
    [series, t],
  )
  const calls = useMemo(
    () => [
      {
        name: t('done'),
        kind: 'bar' as const,
        stack: 'calls',
        tone: 'primary' as const,
        values: series.map((point) => point.agent_calls - point.agent_failures),
      },
      {
        name: t('failed'),
        kind: 'bar' as const,
        stack: 'calls',
        tone: 'error' as const,
        values: series.map((point) => point.agent_failures),
      },
    ],
    [series, t],
  )
  const latency = useMemo(
    () => [
      {
        name: t('median'),
        kind: 'line' as const,
        tone: 'primary' as const,
        values: series.map((point) => point.p50_ms),
      },
      { name: t('p95'), kind: 'line' as const, tone: 'warning' as const, values: series.map((point) => point.p95_ms) },
    ],
    [series, t],
  )
  return (
    <Row gutter={[16, 16]}>
      <Col xs={24}>
        <Card title={t('messagesChart')}>
          <Chart label={t('messagesChart')} at={at} series={messages} height={260} />
        </Card>
      </Col>
      <Col xs={24} lg={12}>
        <Card title={t('callsChart')}>
          <Chart label={t('callsChart')} at={at} series={calls} />
        </Card>
      </Col>
      <Col xs={24} lg={12}>
        <Card title={t('latencyChart')}>
          <Chart label={t('latencyChart')} at={at} series={latency} unit=" ms" />
        </Card>
      </Col>
    </Row>
  )
}
