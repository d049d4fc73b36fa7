import type { OutputOf } from '@mchat/sdk'
import { Card, Col, Flex, Row, Segmented } from 'antd'
import { useSearchParams } from 'react-router'
import { useStatsOverview } from '../../calls/stats-overview.ts'
import { AttentionList } from '../../components/attention-list.tsx'
import { GatewayList } from '../../components/gateway-list.tsx'
import { Page } from '../../components/page.tsx'
import { Asked } from '../../components/page-states.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { ErrorKinds } from './error-kinds.tsx'
import { LatencyTable } from './latency-table.tsx'
import { overviewTexts } from './texts.ts'
import { Tiles } from './tiles.tsx'
import { TimeCharts } from './time-charts.tsx'
import { TopGroups } from './top-groups.tsx'

type Overview = OutputOf<'stats.overview'>
const RESOLUTIONS: readonly Overview['resolution'][] = ['minute', 'hour', 'day']

export const OverviewPage = () => {
  const t = useTexts(overviewTexts)
  const [params, setParams] = useSearchParams()
  const resolution = RESOLUTIONS.find((known) => known === params.get('by')) ?? 'minute'
  // Whoever may not see the numbers is told so by the page; nothing is asked for them.
  const mayLook = usePermissions().has('system.manage')
  const query = useStatsOverview(mayLook ? { resolution } : undefined)
  return (
    <Page
      title={t('title')}
      about={t('about')}
      permissions={['system.manage']}
      actions={
        <Segmented
          aria-label={t('span')}
          value={resolution}
          onChange={(by) => setParams({ by }, { replace: true })}
          options={RESOLUTIONS.map((value) => ({ value, label: t(value) }))}
        />
      }
    >
      <Asked query={query}>
        {(overview) => (
          <Flex vertical gap={16}>
            <Tiles overview={overview} />
            <AttentionList attention={overview.attention} />
            <TimeCharts overview={overview} />
            <Row gutter={[16, 16]}>
              <Col xs={24} xxl={12}>
                <LatencyTable latency={overview.latency} />
              </Col>
              <Col xs={24} md={12} xxl={6}>
                <TopGroups groups={overview.top_groups} />
              </Col>
              <Col xs={24} md={12} xxl={6}>
                <ErrorKinds agentErrors={overview.agent_errors} errors={overview.errors} />
              </Col>
            </Row>
            <Card title={t('gateways')}>
              <GatewayList gateways={overview.now.gateways} />
            </Card>
          </Flex>
        )}
      </Asked>
    </Page>
  )
}
