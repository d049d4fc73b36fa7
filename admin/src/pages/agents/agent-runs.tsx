import { StopOutlined } from '@ant-design/icons'
import { LIMITS } from '@mchat/schema/limits'
import { Button, Card, Flex, Select, Tag, Tooltip, Typography } from 'antd'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useAgentCancel } from '../../calls/agent-cancel.ts'
import { useAgentRuns } from '../../calls/agent-runs.ts'
import { useCameFrom } from '../../components/back-link.tsx'
import { NamedGroup, NamedPerson } from '../../components/named.tsx'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { useAttempt } from '../../components/use-attempt.ts'
import type { VirtualColumn } from '../../components/virtual-columns.ts'
import {
  formatNumber,
  formatTime,
  type Language,
  type Translate,
  useLanguage,
  useTexts,
} from '../../language/language.ts'
import { failureTexts } from './failure-texts.ts'
import { operationTexts } from './operations-texts.ts'
import { type AgentRunInfo, RUN_STATES, STATE_COLOURS, UNDER_WAY } from './run-info.ts'

interface Agent {
  readonly employee_id: string
  readonly agent_profile: { readonly response_timeout?: number } | null
}

/** The calls of an agent, as they go on. */
export const AgentRuns = ({ agent }: { readonly agent: Agent }) => {
  const t = useTexts(operationTexts)
  const failure = useTexts(failureTexts)
  const language = useLanguage()
  const [params, setParams] = useSearchParams()
  const cameFrom = useCameFrom()
  const state = RUN_STATES.find((known) => known === params.get('state'))
  const runs = useAgentRuns({ employee_id: agent.employee_id, limit: 50, ...(state === undefined ? {} : { state }) })
  const seconds = agent.agent_profile?.response_timeout ?? LIMITS.agentTimeoutSeconds
  const shownColumns = useMemo(() => columns(t, failure, language, seconds), [t, failure, language, seconds])
  return (
    <Card>
      <Flex style={{ marginBottom: 16 }}>
        <Select
          aria-label={t('filterState')}
          value={state ?? ''}
          onChange={(next: string) =>
            setParams(next === '' ? { tab: 'runs' } : { tab: 'runs', state: next }, { replace: true, state: cameFrom })
          }
          options={[
            { value: '', label: t('everyState') },
            ...RUN_STATES.map((value) => ({ value, label: t(`state_${value}`) })),
          ]}
          style={{ minWidth: 180 }}
        />
      </Flex>
      <PagedTable<AgentRunInfo>
        label={t('calls')}
        query={runs}
        rowKey="run_id"
        width={980}
        rowHeight={46}
        isMeasured
        view={state ?? ''}
        empty={
          <Nothing text={state === undefined ? t('noRuns', { count: LIMITS.agentRunDays }) : t('noRunsInState')} />
        }
        columns={shownColumns}
      />
    </Card>
  )
}

const StopRun = ({ runId }: { readonly runId: string }) => {
  const t = useTexts(operationTexts)
  const attempt = useAttempt()
  const cancel = useAgentCancel()
  return (
    <Tooltip title={t('stopRun')}>
      <Button
        type="text"
        icon={<StopOutlined aria-hidden />}
        aria-label={t('stopRun')}
        loading={cancel.isPending}
        onClick={() => void attempt(() => cancel.mutateAsync({ run_id: runId }), t('runStopped'))}
      />
    </Tooltip>
  )
}

const columns = (
  t: Translate<typeof operationTexts.en>,
  failure: Translate<typeof failureTexts.en>,
  language: Language,
  seconds: number,
): readonly VirtualColumn<AgentRunInfo>[] => {
  const ms = (from: string, to: string | null): string =>
    to === null ? '–' : `${formatNumber(Math.max(0, Date.parse(to) - Date.parse(from)), language)} ms`
  return [
    { key: 'at', title: t('at'), width: 200, render: ({ created_at }) => formatTime(created_at, language) },
    {
      title: t('filterState'),
      key: 'state',
      width: 240,
      render: ({ reason, state }) => (
        <Flex vertical gap={2} align="start">
          <Tag color={STATE_COLOURS[state]}>{t(`state_${state}`)}</Tag>
          {reason !== null && (
            <Typography.Text type="secondary" style={{ fontSize: 12, whiteSpace: 'normal' }}>
              {failure(reason)}
              {reason === 'timeout' && ` ${t('limitNow', { seconds: formatNumber(seconds, language) })}`}
            </Typography.Text>
          )}
        </Flex>
      ),
    },
    {
      title: t('asker'),
      key: 'asker',
      width: 140,
      isCut: true,
      render: ({ asker_id: id }) => <NamedPerson id={id} isShort />,
    },
    {
      title: t('group'),
      key: 'group',
      width: 140,
      isCut: true,
      render: ({ group_id: id }) =>
        id === null ? (
          <Typography.Text type="secondary">{t('private')}</Typography.Text>
        ) : (
          <NamedGroup id={id} isShort />
        ),
    },
    {
      title: t('firstPiece'),
      key: 'first',
      width: 110,
      align: 'right',
      render: ({ created_at, first_answer_at }) => ms(created_at, first_answer_at),
    },
    {
      title: t('whole'),
      key: 'whole',
      width: 120,
      align: 'right',
      render: ({ created_at, ended_at }) => ms(created_at, ended_at),
    },
    {
      title: t('tokens'),
      key: 'tokens',
      width: 130,
      align: 'right',
      render: ({ input_tokens, output_tokens }) =>
        input_tokens === null && output_tokens === null
          ? '–'
          : `${formatNumber(input_tokens ?? 0, language)} / ${formatNumber(output_tokens ?? 0, language)}`,
    },
    {
      title: '',
      key: 'stop',
      width: 56,
      render: ({ run_id, state }) => UNDER_WAY.includes(state) && <StopRun runId={run_id} />,
    },
  ]
}
