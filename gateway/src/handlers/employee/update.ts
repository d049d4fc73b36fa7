import { type AgentProfile, type Employee, type InputOf, MChatError, PRIVATE_PROFILE_FIELDS } from '@mchat/schema'
import type { EmployeeEntry } from '../../db/directory.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import { normaliseGrants } from '../../policies/grants.ts'
import type { ChangeContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'
import { checkGrants } from '../role-grants.ts'
import { announcements } from './announcements.ts'
import { type GroupToJoin, joinGroups, lockGroupsToJoin } from './auto-join.ts'
import { type ChangeableField, changedFields, changesTree } from './differences.ts'
import { presentEmployee } from './present.ts'
import { agentsOnly, checkEndpoint, seesEndpoints } from './profile.ts'
import { requireRemainingOwner } from './remaining-owner.ts'
import { shutOut } from './shut-out.ts'

export default defineHandler('employee.update', async (context, input) => {
  const { tx, now, effects, caller } = context
  const toJoin = await groupsToJoin(context, input)
  const before = await employees.findForUpdate(tx, input.employee_id)
  if (before === undefined) throw new MChatError('employee_not_found')
  const parents = await departments.parents(tx)
  await context.judge({ employee: before, parents })
  const after = applyUpdates(caller.employee, before, input.updates)
  if (input.updates.agent_profile !== undefined && !before.is_ai_agent) throw agentsOnly('updates.agent_profile')
  checkEndpoint(context.agents, input.updates.agent_profile, 'updates.agent_profile')
  checkGrants(input.updates.roles ?? [], parents, 'updates.roles')
  if (input.if_version !== undefined && input.if_version !== before.version) throw new MChatError('version_conflict')

  const changed = changedFields(before, after)
  if (changed.size === 0) return presentEmployee(before, caller.employee)
  await requireRemainingOwner(tx, before, after)
  await requireManager(context, after, changed)
  const inTree = changesTree(after, changed)
  if (inTree) await counters.bump(tx, 'org')
  await requireDepartment(context, after, changed)

  if (changed.has('roles')) await employees.replaceRoles(tx, after.employee_id, after.roles)
  const { name, department_id, manager_id, agent_profile, skills_badge, status } = after
  const patch = { name, department_id, manager_id, agent_profile, skills_badge, status }
  const saved = await employees.update(tx, after.employee_id, patch, now)

  const employee_ids = [saved.employee_id]
  effects.push({ kind: 'employees_changed', employee_ids })
  if (saved.is_ai_agent) effects.push({ kind: 'agents_changed' })
  if (before.status === 'active' && saved.status === 'disabled') await shutOut(context, saved.employee_id, 'disabled')
  if (changed.has('status') || changed.has('roles')) effects.push({ kind: 'access_changed', employee_ids })
  effects.push(...announcements(before, saved, changed, inTree))
  await joinGroups(context, saved.employee_id, toJoin)
  return presentEmployee(saved, caller.employee)
})

type Updates = InputOf<'employee.update'>['updates']

const groupsToJoin = async (
  context: ChangeContext,
  { employee_id, updates }: InputOf<'employee.update'>,
): Promise<readonly GroupToJoin[]> => {
  if (updates.agent_profile?.auto_join_groups === undefined) return []
  const agent = await employees.find(context.tx, employee_id)
  if (agent?.is_ai_agent !== true) return []
  return await lockGroupsToJoin(context, updates.agent_profile, agent.agent_profile, 'updates.agent_profile')
}

/** How the employee looks afterwards. */
const applyUpdates = (caller: EmployeeEntry, before: Employee, updates: Updates): Employee => {
  const { name, department_id, manager_id, agent_profile, skills_badge, status, roles } = updates
  return {
    ...before,
    name: name ?? before.name,
    department_id: department_id === undefined ? before.department_id : department_id,
    manager_id: manager_id === undefined ? before.manager_id : manager_id,
    agent_profile: agent_profile === undefined ? before.agent_profile : replaceProfile(caller, before, agent_profile),
    skills_badge: skills_badge ?? before.skills_badge,
    status: status ?? before.status,
    roles: roles === undefined ? before.roles : normaliseGrants(roles),
  }
}

/** The profile is replaced as a whole; but whoever cannot see some of it cannot mean to remove that. */
const replaceProfile = (caller: EmployeeEntry, before: Employee, profile: AgentProfile): AgentProfile => {
  if (seesEndpoints(caller)) return profile
  const unseen = Object.entries(before.agent_profile ?? {}).filter(([field]) => PRIVATE_PROFILE_FIELDS.includes(field))
  return { ...Object.fromEntries(unseen), ...profile }
}

type Changed = ReadonlySet<ChangeableField>

const requireManager = async ({ tx }: ChangeContext, after: Employee, changed: Changed): Promise<void> => {
  if (!changed.has('manager_id') || after.manager_id === null) return
  // Locks the row, so that two changes that would close a circle together come one after the other, and a manager who
  // leaves hands over whoever has come to report to them (hand-over-reports.ts).
  await counters.bump(tx, 'reporting')
  if ((await employees.find(tx, after.manager_id))?.status !== 'active') {
    throw notFound('employee_not_found', 'updates.manager_id')
  }
  if (await employees.reportsTo(tx, after.employee_id, after.manager_id)) throw new MChatError('manager_cycle')
}

/** Asked after the counter of the organisation was bumped: from then on no department goes away. */
const requireDepartment = async ({ tx }: ChangeContext, after: Employee, changed: Changed): Promise<void> => {
  if (!changed.has('department_id') || after.department_id === null) return
  if (!(await departments.parents(tx)).has(after.department_id))
    throw notFound('department_not_found', 'updates.department_id')
}
