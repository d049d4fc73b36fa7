import { PlusOutlined } from '@ant-design/icons'
import type { Employee } from '@mchat/sdk'
import { Button, Card, Flex } from 'antd'
import { useMemo, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useAgentCapabilityList } from '../../calls/agent-capability-list.ts'
import { useEmployeeList } from '../../calls/employee-list.ts'
import { Page } from '../../components/page.tsx'
import { Nothing } from '../../components/page-states.tsx'
import { PagedTable } from '../../components/paged-table.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { usePermissions } from '../../connection/connection-context.tsx'
import { useTexts } from '../../language/language.ts'
import { agentColumns } from './agent-columns.tsx'
import { CreateAgent } from './create-agent.tsx'
import { type CreatedAgent, CreatedAgentDialog } from './created-agent.tsx'
import { agentTexts } from './texts.ts'

export const AgentsPage = () => {
  const t = useTexts(agentTexts)
  const navigate = useNavigate()
  const [params, setParams] = useSearchParams()
  const [created, setCreated] = useState<CreatedAgent>()
  const change = (name: string, value: string): void =>
    setParams(
      (before) => {
        if (value === '') before.delete(name)
        else before.set(name, value)
        return before
      },
      { replace: true },
    )
  const typed = params.get('q') ?? ''
  const search = (text: string): void => change('q', text)
  const query = typed.trim()
  // Whoever may not manage agents is told so by the page; nothing is asked for them.
  const mayManage = usePermissions().has('agent.manage')
  const agents = useEmployeeList(
    mayManage ? { is_ai_agent: true, limit: 100, ...(query === '' ? {} : { query }) } : undefined,
  )
  const listed = useAgentCapabilityList(mayManage ? {} : undefined).data
  const enabled = useMemo(() => (listed === undefined ? undefined : new Set(listed.agent_ids)), [listed])
  const columns = useMemo(() => agentColumns(t, enabled), [t, enabled])
  const open = (agentId: string, tab = ''): void =>
    void navigate(`/console/agents/${encodeURIComponent(agentId)}${tab}`)
  const create = (
    <Button
      type="primary"
      icon={<PlusOutlined aria-hidden />}
      aria-haspopup="dialog"
      onClick={() => change('create', '1')}
    >
      {t('create')}
    </Button>
  )
  return (
    <Page title={t('title')} about={t('about')} permissions={['agent.manage']} actions={create}>
      <Card>
        <Flex style={{ marginBottom: 16 }}>
          <SearchField label={t('search')} query={typed} onQuery={search} />
        </Flex>
        <PagedTable<Employee>
          label={t('title')}
          query={agents}
          rowKey="employee_id"
          width={920}
          rowHeight={60}
          view={query}
          empty={
            <Nothing text={query === '' ? t('none') : t('nothingFound', { query })} action={query === '' && create} />
          }
          columns={columns}
        />
      </Card>
      <CreateAgent
        isOpen={params.has('create')}
        onClose={() => change('create', '')}
        onCreated={(made) => {
          change('create', '')
          setCreated(made)
        }}
      />
      {created !== undefined && (
        <CreatedAgentDialog
          created={created}
          onClose={() => open(created.employee_id)}
          onTest={() => open(created.employee_id, '?tab=bench')}
        />
      )}
    </Page>
  )
}
