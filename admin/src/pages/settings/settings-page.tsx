import { DownloadOutlined } from '@ant-design/icons'
import type { OutputOf } from '@mchat/sdk'
import { Button, Card, Col, Descriptions, Flex, Row, Tag, Typography } from 'antd'
import { useConfigServer } from '../../calls/config-server.ts'
import { useStatsOverview } from '../../calls/stats-overview.ts'
import { AttentionList } from '../../components/attention-list.tsx'
import { downloadText } from '../../components/download-text.ts'
import { GatewayList } from '../../components/gateway-list.tsx'
import { Page } from '../../components/page.tsx'
import { Asked } from '../../components/page-states.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { brokerAddress, deployment } from '../../deployment.ts'
import { formatTime, useLanguage, useTexts } from '../../language/language.ts'
import { LimitsTable } from './limits-table.tsx'
import { StorageCard } from './storage-card.tsx'
import { settingsTexts } from './texts.ts'

type Attention = OutputOf<'stats.overview'>['attention'][number]

/** What has to do with keys and credentials. */
const OF_KEYS: readonly Attention['kind'][] = [
  'keys_old',
  'rotation_unfinished',
  'agent_secrets_old',
  'credentials_ending',
  'certificate_ending',
]

export const SettingsPage = () => {
  const t = useTexts(settingsTexts)
  const mayLook = usePermissions().has('system.manage')
  const server = useConfigServer(mayLook ? {} : undefined)
  const overview = useStatsOverview(mayLook ? { resolution: 'hour' } : undefined)
  const download = (): void => {
    const facts = {
      server: server.data,
      overview: overview.data,
      page: { deployment, user_agent: navigator.userAgent },
    }
    downloadText('mchat-diagnostics.json', 'application/json', `${JSON.stringify(facts, null, 2)}\n`)
  }
  return (
    <Page
      title={t('title')}
      about={t('about')}
      permissions={['system.manage']}
      actions={
        <Button icon={<DownloadOutlined aria-hidden />} onClick={download} title={t('diagnosticsAbout')}>
          {t('diagnostics')}
        </Button>
      }
    >
      <Flex vertical gap={16}>
        <Row gutter={[16, 16]}>
          <Col xs={24} xl={12}>
            <Card title={t('deployment')} style={{ height: '100%' }}>
              <Asked query={server}>{(data) => <Deployment server={data} />}</Asked>
            </Card>
          </Col>
          <Col xs={24} xl={12}>
            <StorageCard />
          </Col>
          <Col xs={24} xl={12}>
            <Card title={t('health')} style={{ height: '100%' }}>
              <Asked query={overview}>{({ now }) => <GatewayList gateways={now.gateways} />}</Asked>
            </Card>
          </Col>
          <Col xs={24} xl={12}>
            <Card title={t('keys')} style={{ height: '100%' }}>
              <Asked query={overview}>
                {({ attention, now }) => (
                  <Keys attention={attention.filter(({ kind }) => OF_KEYS.includes(kind))} since={now.keys_since} />
                )}
              </Asked>
            </Card>
          </Col>
        </Row>
        <Asked query={server}>{({ limits }) => <LimitsTable limits={limits} />}</Asked>
      </Flex>
    </Page>
  )
}

const Deployment = ({ server }: { readonly server: OutputOf<'config.server'> }) => {
  const t = useTexts(settingsTexts)
  const language = useLanguage()
  return (
    <Descriptions
      column={1}
      size="small"
      items={[
        { key: 'version', label: t('version'), children: server.version },
        { key: 'contract', label: t('contract'), children: server.contract },
        { key: 'broker', label: t('broker'), children: deployment.isEmbedded ? t('embedded') : t('external') },
        { key: 'address', label: t('address'), children: brokerAddress() ?? '–' },
        {
          key: 'service',
          label: t('service'),
          children: server.service_id === null ? t('serviceNone') : <Tag>{server.service_id}</Tag>,
        },
        { key: 'delivery', label: t('groupDelivery'), children: t(server.group_delivery) },
        { key: 'language', label: t('language'), children: server.language },
        { key: 'clock', label: t('clock'), children: formatTime(server.server_time, language) },
      ]}
    />
  )
}

interface KeysProps {
  readonly attention: readonly Attention[]
  readonly since: string | null
}

const Keys = ({ attention, since }: KeysProps) => {
  const t = useTexts(settingsTexts)
  const language = useLanguage()
  return (
    <Flex vertical gap={12}>
      <AttentionList attention={attention} />
      {since !== null && <Typography.Text>{t('keysSince', { time: formatTime(since, language) })}</Typography.Text>}
      <Typography.Text type="secondary">{t('keysAbout')}</Typography.Text>
      <Flex vertical gap={6}>
        {(['keysList', 'keysRotate'] as const).map((command) => (
          <div key={command}>
            <Typography.Text code copyable>
              {t(command)}
            </Typography.Text>{' '}
            <Typography.Text type="secondary">{t(`${command}About`)}</Typography.Text>
          </div>
        ))}
      </Flex>
    </Flex>
  )
}
