import type { OutputOf } from '@mchat/sdk'
import { Card, Flex, Typography } from 'antd'
import { formatNumber, useLanguage, useTexts } from '../../language/language.ts'
import { overviewTexts } from './texts.ts'

type Overview = OutputOf<'stats.overview'>
type Counted = Exclude<keyof Overview['series'][number], 'at' | 'p50_ms' | 'p95_ms'>

/** What is most asked for, as numbers. */
export const Tiles = ({ overview }: { readonly overview: Overview }) => {
  const t = useTexts(overviewTexts)
  const language = useLanguage()
  const { now, series } = overview
  const number = (value: number): string => formatNumber(value, language)
  const sum = (name: Counted): number => series.reduce((total, point) => total + point[name], 0)
  const tiles = [
    {
      name: t('online'),
      value: now.online.people === null ? t('unknown') : number(now.online.people),
      about: t('onlineOf', { total: number(now.people) }),
    },
    {
      name: t('agents'),
      value: number(now.agents),
      about: now.online.agents === null ? '' : t('agentsOnline', { number: number(now.online.agents) }),
    },
    { name: t('groups'), value: number(now.groups), about: '' },
    {
      name: t('messages'),
      value: number(sum('messages')),
      about: t('messagesAbout', { group: number(sum('group_messages')), agent: number(sum('agent_messages')) }),
    },
    {
      name: t('calls'),
      value: number(sum('agent_calls')),
      about: t('callsAbout', { failed: number(sum('agent_failures')) }),
    },
    { name: t('errors'), value: number(sum('errors')), about: t('errorsAbout', { requests: number(sum('requests')) }) },
  ]
  return (
    <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'repeat(auto-fit, minmax(150px, 1fr))' }}>
      {tiles.map(({ about, name, value }) => (
        <Card key={name} size="small">
          <Flex vertical gap={2}>
            <Typography.Text type="secondary">{name}</Typography.Text>
            <Typography.Text
              style={{ fontSize: 26, fontWeight: 600, lineHeight: 1.25, fontVariantNumeric: 'tabular-nums' }}
            >
              {value}
            </Typography.Text>
            <Typography.Text type="secondary" style={{ fontSize: 12, minHeight: 19 }}>
              {about}
            </Typography.Text>
          </Flex>
        </Card>
      ))}
    </div>
  )
}
