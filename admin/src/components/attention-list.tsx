import { CheckCircleOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { Alert, Card, Flex, Typography, theme } from 'antd'
import { Link } from 'react-router'
import { formatTime, useLanguage, useTexts } from '../language/language.ts'
import { healthTexts } from './health-texts.ts'

type Attention = OutputOf<'stats.overview'>['attention'][number]

/** What cannot wait; the rest is good to know. */
const URGENT: readonly Attention['kind'][] = [
  'gateway_lost',
  'gateway_not_ready',
  'certificate_ending',
  'storage_nearly_full',
  'audit_problem',
]

/** Where one can do something about it. */
const pageOf = ({ id, kind }: Attention): string | undefined => {
  switch (kind) {
    case 'agent_spared':
    case 'agent_failing':
      return `agents/${encodeURIComponent(id ?? '')}`
    case 'agents_without_manager':
    case 'agent_secrets_old':
      return 'agents'
    case 'people_without_manager':
    case 'credentials_ending':
      return 'organisation'
    case 'audit_problem':
      return 'audit'
    case 'keys_old':
    case 'rotation_unfinished':
      return 'settings'
    default:
      return undefined
  }
}

export const AttentionList = ({ attention }: { readonly attention: readonly Attention[] }) => {
  const t = useTexts(healthTexts)
  const language = useLanguage()
  const { token } = theme.useToken()
  if (attention.length === 0) {
    return (
      <Card size="small">
        <Flex gap={8} align="center">
          <CheckCircleOutlined aria-hidden style={{ color: token.colorSuccess }} />
          <Typography.Text>{t('allWell')}</Typography.Text>
        </Flex>
      </Card>
    )
  }
  return (
    <section aria-label={t('attention')}>
      <Flex vertical gap={8}>
        {attention.map((entry) => {
          const page = pageOf(entry)
          const { count = 0, id = '', kind, since } = entry
          return (
            <Alert
              key={`${kind} ${id}`}
              showIcon
              type={URGENT.includes(kind) ? 'error' : 'warning'}
              title={t(kind, { count, id })}
              description={since === undefined ? undefined : t('since', { time: formatTime(since, language) })}
              action={page !== undefined && <Link to={`/console/${page}`}>{t('look')}</Link>}
            />
          )
        })}
      </Flex>
    </section>
  )
}
