import type { Employee, InputOf } from '@mchat/sdk'

export type AgentProfile = NonNullable<Employee['agent_profile']>

export type Connector = NonNullable<AgentProfile['connector']>
export const CONNECTORS = ['webhook', 'openai', 'mqtt'] as const satisfies readonly Connector[]
export const POLICIES = ['mention', 'keyword', 'all', 'none'] as const satisfies readonly AgentProfile['group_policy'][]
export const CONTEXTS = ['provided', 'quoted', 'none'] as const satisfies readonly AgentProfile['context'][]

/** What the form holds: of a number that is not said nothing, or null where it was taken away. */
export interface ProfileValues {
  readonly name: string
  readonly manager_id?: string | null
  readonly department_id?: string | null
  readonly skills_badge?: string[]
  readonly capabilities?: string[]
  readonly connector: Connector
  readonly webhook_endpoint?: string
  readonly model_type?: string
  readonly system_prompt?: string
  readonly stream: boolean
  readonly trigger_keywords?: string[]
  readonly group_policy: NonNullable<AgentProfile['group_policy']>
  readonly group_policies?: NonNullable<AgentProfile['group_policies']>
  readonly auto_join_groups?: string[]
  readonly allowed_users?: string[]
  readonly allowed_departments?: string[]
  readonly allowed_groups?: string[]
  readonly response_timeout?: number | null
  readonly qps_limit?: number | null
  readonly max_concurrency?: number | null
  readonly daily_call_limit?: number | null
  readonly handoff_to?: string[]
  readonly context: NonNullable<AgentProfile['context']>
}

export const valuesOf = ({ agent_profile, ...agent }: Employee): ProfileValues => ({
  ...agent_profile,
  name: agent.name,
  manager_id: agent.manager_id,
  department_id: agent.department_id,
  skills_badge: agent.skills_badge,
  connector: agent_profile?.connector ?? 'webhook',
  stream: agent_profile?.stream ?? true,
  group_policy: agent_profile?.group_policy ?? 'keyword',
  context: agent_profile?.context ?? 'provided',
})

const isSaid = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)

/** A profile is replaced as a whole: what is not said is left out, and what the connector has no use for stays. */
export const profileOf = (values: ProfileValues, before: AgentProfile | null = null): AgentProfile => {
  const { department_id, manager_id, name, skills_badge, ...fields } = values
  const { connector, model_type, system_prompt, webhook_endpoint } = fields
  const all = {
    ...before,
    ...fields,
    webhook_endpoint: connector === 'mqtt' ? before?.webhook_endpoint : webhook_endpoint?.trim(),
    model_type: model_type?.trim(),
    system_prompt: connector === 'openai' ? system_prompt : before?.system_prompt,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => isSaid(value)))
}

export const updatesOf = (values: ProfileValues, agent: Employee): InputOf<'employee.update'>['updates'] => ({
  name: values.name.trim(),
  manager_id: values.manager_id ?? null,
  department_id: values.department_id ?? null,
  skills_badge: values.skills_badge ?? [],
  agent_profile: profileOf(values, agent.agent_profile),
})

/** The form's name of a field of the request, e.g. of `updates.agent_profile.allowed_users[0]`. */
export const fieldNameOf = (field: string): string =>
  field
    .replace(/^updates\./, '')
    .replace(/^agent_profile\./, '')
    .split(/[.[]/)[0] ?? field
