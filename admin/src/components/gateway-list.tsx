import type { OutputOf } from '@mchat/sdk'
import { Alert, Flex, Tag, Typography } from 'antd'
import { formatNumber, formatTime, useLanguage, useTexts } from '../language/language.ts'
import { healthTexts } from './health-texts.ts'

type Gateway = OutputOf<'stats.overview'>['now']['gateways'][number]
const COLOURS: Readonly<Record<Gateway['state'], string>> = { ready: 'success', not_ready: 'warning', lost: 'error' }

export const GatewayList = ({ gateways }: { readonly gateways: readonly Gateway[] }) => {
  const t = useTexts(healthTexts)
  const language = useLanguage()
  return (
    <Flex vertical gap={12}>
      {gateways.map(({ connections, instance, problems, started_at, state, version }) => (
        <div key={instance}>
          <Flex gap={12} wrap align="center">
            <Tag color={COLOURS[state]}>{t(state)}</Tag>
            <Typography.Text strong>{instance}</Typography.Text>
            <Typography.Text type="secondary">{version}</Typography.Text>
            <Typography.Text type="secondary">{t('since', { time: formatTime(started_at, language) })}</Typography.Text>
            {connections !== null && (
              <Typography.Text type="secondary">
                {t('connections', { count: connections, number: formatNumber(connections, language) })}
              </Typography.Text>
            )}
          </Flex>
          {problems.map((problem) => (
            <Alert key={problem} type="warning" title={problem} style={{ marginTop: 8 }} />
          ))}
        </div>
      ))}
    </Flex>
  )
}
