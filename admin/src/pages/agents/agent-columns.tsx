import { isCallable } from '@mchat/schema/agent-callable'
import type { Employee } from '@mchat/sdk'
import { Flex, Tag, Typography } from 'antd'
import { useAgentStatsToday } from '../../calls/agent-stats-today.ts'
import { PersonName } from '../../components/person-name.tsx'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import { usePerson } from '../../directory/use-person.ts'
import { formatNumber, type Translate, useLanguage, useTexts } from '../../language/language.ts'
import { AgentState } from './agent-state.tsx'
import { agentTexts } from './texts.ts'

/** Days are those of UTC. */
const today = (): string => new Date().toISOString().slice(0, 10)

const Today = ({ agentId }: { readonly agentId: string }) => {
  const t = useTexts(agentTexts)
  const language = useLanguage()
  const day = today()
  const { data } = useAgentStatsToday({ employee_id: agentId, from: day, to: day })
  if (data === undefined) return '–'
  const { calls, failed, timed_out } = data.total
  return (
    <Flex vertical style={{ lineHeight: 1.35 }}>
      <span>{t('todayAbout', { count: calls })}</span>
      {failed + timed_out > 0 && (
        <Typography.Text type="danger" style={{ fontSize: 12 }}>
          {t('todayFailed', { failed: formatNumber(failed + timed_out, language) })}
        </Typography.Text>
      )}
    </Flex>
  )
}

const Manager = ({ employeeId }: { readonly employeeId: string }) => usePerson(employeeId).name

/** @param enabled those that are not paused; undefined: not known yet */
export const agentColumns = (
  t: Translate<typeof agentTexts.en>,
  enabled: ReadonlySet<string> | undefined,
): readonly VirtualColumn<Employee>[] => [
  { title: t('name'), key: 'name', width: 260, render: (agent) => <PersonName person={agent} /> },
  {
    title: t('state'),
    key: 'state',
    width: 110,
    render: (agent) => <AgentState agent={agent} isEnabled={enabled?.has(agent.employee_id)} />,
  },
  {
    title: t('connector'),
    key: 'connector',
    width: 140,
    render: ({ agent_profile }) =>
      isCallable(agent_profile) ? (
        t(agent_profile.connector ?? 'webhook')
      ) : (
        <Typography.Text type="secondary">{t('notSet')}</Typography.Text>
      ),
  },
  {
    title: t('skills'),
    key: 'skills',
    render: ({ skills_badge }) => (
      <Flex gap={4} style={{ overflow: 'hidden' }}>
        {skills_badge.slice(0, 3).map((skill) => (
          <Tag key={skill} style={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }}>
            {skill}
          </Tag>
        ))}
        {skills_badge.length > 3 && <Tag>+{skills_badge.length - 3}</Tag>}
      </Flex>
    ),
  },
  {
    title: t('manager'),
    key: 'manager',
    width: 170,
    isCut: true,
    render: ({ manager_id }) => (manager_id === null ? '–' : <Manager employeeId={manager_id} />),
  },
  { title: t('today'), key: 'today', width: 120, render: ({ employee_id }) => <Today agentId={employee_id} /> },
]
