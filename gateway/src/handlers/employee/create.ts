import { type AgentProfile, type InputOf, isCallable, MChatError, RESERVED_EMPLOYEE_IDS } from '@mchat/schema'
import { expiryOf, issueToken } from '../../access/issue-token.ts'
import { storeSecret } from '../../agents/store-secret.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import { newId } from '../../platform/random.ts'
import type { Parents } from '../../policies/facts.ts'
import { normaliseGrants } from '../../policies/grants.ts'
import type { ChangeContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'
import { checkGrants } from '../role-grants.ts'
import { announcements } from './announcements.ts'
import { joinGroups, lockGroupsToJoin } from './auto-join.ts'
import { agentsOnly, checkEndpoint } from './profile.ts'

export default defineHandler('employee.create', async (context, input) => {
  const { tx, now, effects, config } = context
  const profile = input.is_ai_agent === true ? input.agent_profile : undefined
  const toJoin = await lockGroupsToJoin(context, profile, null, 'agent_profile')
  // Before all the rest, so that whatever changes the organisation waits here and judges what is really there.
  await counters.bump(tx, 'org')
  const parents = await departments.parents(tx)
  await context.judge({ parents })
  const roles = normaliseGrants(input.roles ?? [])
  if (input.agent_profile !== undefined && input.is_ai_agent !== true) throw agentsOnly('agent_profile')
  checkEndpoint(context.agents, input.agent_profile, 'agent_profile')
  checkGrants(input.roles ?? [], parents, 'roles')
  await requireReferences(context, input, parents)

  const employee_id = input.employee_id ?? newId('emp')
  const isTaken = RESERVED_EMPLOYEE_IDS.includes(employee_id) || (await employees.find(tx, employee_id)) !== undefined
  if (isTaken) throw new MChatError('id_taken')
  const inserted = await employees.insert(tx, {
    employee_id,
    name: input.name,
    department_id: input.department_id ?? null,
    manager_id: input.manager_id ?? null,
    is_ai_agent: input.is_ai_agent ?? false,
    agent_profile: input.is_ai_agent === true ? (input.agent_profile ?? {}) : null,
    skills_badge: input.skills_badge ?? [],
    now,
  })
  await employees.replaceRoles(tx, employee_id, roles)
  const employee = { ...inserted, roles }
  const mqtt_connection = await issueToken(context, tx, {
    employeeId: employee_id,
    now,
    expiresAt: expiryOf(config, now),
  })

  const employee_ids = [employee_id]
  effects.push(
    { kind: 'employees_changed', employee_ids },
    { kind: 'access_changed', employee_ids },
    ...(employee.is_ai_agent ? [{ kind: 'agents_changed' } as const] : []),
    ...announcements(undefined, employee, [], true),
  )
  await joinGroups(context, employee_id, toJoin)
  const created = { employee_id, name: employee.name, created_at: employee.created_at, mqtt_connection }
  if (!isSigned(employee.agent_profile)) return created
  return { ...created, webhook_secret: (await storeSecret(context, { agentId: employee_id, kind: 'webhook' })).secret }
})

/** Behind a webhook, whose calls are signed. */
const isSigned = (profile: AgentProfile | null): boolean =>
  isCallable(profile) && (profile.connector ?? 'webhook') === 'webhook'

type Input = InputOf<'employee.create'>

const requireReferences = async ({ tx }: ChangeContext, input: Input, parents: Parents): Promise<void> => {
  if (input.department_id !== undefined && !parents.has(input.department_id)) {
    throw notFound('department_not_found', 'department_id')
  }
  if (input.manager_id === undefined) return
  // A manager who is leaving hands over after this, or is not active any more.
  await counters.bump(tx, 'reporting')
  if ((await employees.find(tx, input.manager_id))?.status !== 'active') {
    throw notFound('employee_not_found', 'manager_id')
  }
}
