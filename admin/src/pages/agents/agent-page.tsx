import { Alert, Flex, Tabs } from 'antd'
import { Navigate, useParams, useSearchParams } from 'react-router'
import { useAgentStats } from '../../calls/agent-stats.ts'
import { useEmployeeGet } from '../../calls/employee-get.ts'
import { BackLink, useCameFrom } from '../../components/back-link.tsx'
import { Page } from '../../components/page.tsx'
import { Asked, shownOf } from '../../components/page-states.tsx'
import { pathOfPerson } from '../../components/person-name.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { AgentActions } from './agent-actions.tsx'
import { AgentBench } from './agent-bench.tsx'
import { AgentProfileTab } from './agent-profile.tsx'
import { AgentRuns } from './agent-runs.tsx'
import { AgentSecrets } from './agent-secrets.tsx'
import { AgentState } from './agent-state.tsx'
import { AgentStatistics } from './agent-statistics.tsx'
import { agentTexts } from './texts.ts'

const TABS = ['profile', 'bench', 'statistics', 'runs', 'secrets'] as const

export const AgentPage = () => {
  const t = useTexts(agentTexts)
  const { agentId = '' } = useParams()
  const [params, setParams] = useSearchParams()
  const tab = TABS.find((known) => known === params.get('tab')) ?? 'profile'
  const cameFrom = useCameFrom()
  const mayManage = usePermissions().has('agent.manage')
  const input = mayManage ? { employee_id: agentId } : undefined
  const query = useEmployeeGet(input)
  const agent = shownOf(query)
  const isEnabled = useAgentStats(agent?.is_ai_agent === true ? input : undefined).data?.enabled
  // Of a person there is nothing to test or to set up here.
  if (agent?.is_ai_agent === false) return <Navigate replace to={pathOfPerson(agent)} />
  return (
    <Page
      title={agent?.name ?? (query.error === null ? t('one') : agentId)}
      permissions={['agent.manage']}
      about={
        <Flex gap={12} align="center" wrap>
          <BackLink to="/console/agents" text={t('back')} />
          {agent !== undefined && (
            <>
              <span>{agent.employee_id}</span>
              <AgentState agent={agent} isEnabled={isEnabled} />
            </>
          )}
        </Flex>
      }
      actions={agent !== undefined && <AgentActions agent={agent} isEnabled={isEnabled} />}
    >
      <Asked query={query}>
        {(shown) => (
          <>
            {shown.status === 'disabled' && <Alert type="warning" showIcon title={t('goneNote')} />}
            {shown.status === 'active' && isEnabled === false && <Alert type="info" showIcon title={t('pausedNote')} />}
            <Tabs
              activeKey={tab}
              onChange={(key) => setParams(key === 'profile' ? {} : { tab: key }, { replace: true, state: cameFrom })}
              destroyOnHidden
              items={[
                { key: 'profile', label: t('profile'), children: <AgentProfileTab agent={shown} /> },
                { key: 'bench', label: t('bench'), children: <AgentBench agent={shown} /> },
                {
                  key: 'statistics',
                  label: t('statistics'),
                  children: <AgentStatistics agent={shown} />,
                },
                { key: 'runs', label: t('runs'), children: <AgentRuns agent={shown} /> },
                { key: 'secrets', label: t('secrets'), children: <AgentSecrets agent={shown} /> },
              ]}
            />
          </>
        )}
      </Asked>
    </Page>
  )
}
