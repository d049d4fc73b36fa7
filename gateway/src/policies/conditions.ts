import { type ConditionName, ownerOf, type Permission, placeOf, ROLES, type RoleGrant } from '@mchat/schema'
import { type EmployeeEntry, holds } from '../db/directory.ts'
import type { Facts, KnownEmployee, Parents } from './facts.ts'
import { differingGrants, type Grants, normaliseGrants } from './grants.ts'

export interface RuleContext {
  readonly employee: EmployeeEntry
  readonly facts: Facts
  readonly membersMayCreateGroups: boolean
}

export type Fields = Readonly<Record<string, unknown>>

/** Whether it is so; of a field with several values, those (by their path) for which it is not. */
export type Verdict = boolean | readonly string[]
type Condition = (context: RuleContext, input: Fields) => Verdict | Promise<Verdict>

const NOWHERE: Parents = new Map()

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const textOrNull = (value: unknown): string | null => text(value) ?? null
const updates = (input: Fields): Fields => (typeof input.updates === 'object' ? (input.updates as Fields) : {})

const holdsAnywhere =
  (permission: Permission): Condition =>
  ({ employee }) =>
    holds(employee, permission, undefined, undefined)

/** Does the caller manage the people of this department? null: those in none, which only an unlimited grant covers. */
const managesPlace = async ({ employee, facts }: RuleContext, departmentId: string | null): Promise<boolean> =>
  holds(employee, 'org.manage', (await facts.parents()) ?? NOWHERE, departmentId)

/** Does the caller hold whatever these grants allow, at least as widely? */
const covers = async ({ employee, facts }: RuleContext, grants: readonly RoleGrant[]): Promise<boolean> => {
  if (grants.length === 0) return true
  const parents = (await facts.parents()) ?? NOWHERE
  return grants.every((grant) => {
    const permissions: readonly Permission[] = ROLES[grant.role]
    return permissions.every((permission) => holds(employee, permission, parents, grant.department_id ?? null))
  })
}

/** Of somebody who is not there nothing can be told apart: whoever manages anybody hears that they are not there. */
const managesEmployee = async (context: RuleContext, target: KnownEmployee | undefined): Promise<boolean> =>
  target === undefined
    ? holds(context.employee, 'org.manage', undefined, undefined)
    : await managesPlace(context, target.departmentId)

const managesAgent = (context: RuleContext, target: KnownEmployee | undefined): boolean =>
  target?.isAgent === true && holds(context.employee, 'agent.manage', undefined, undefined)

/** Whoever gets the credential of somebody more powerful, or shuts them out, would have more power than was granted. */
const coversEmployee = async (context: RuleContext, target: KnownEmployee | undefined): Promise<boolean> =>
  target === undefined || target.employeeId === context.employee.employeeId || (await covers(context, target.roles))

/** The employee a request is about: the caller, unless it names one. */
const targetId = ({ employee }: RuleContext, input: Fields): string => text(input.employee_id) ?? employee.employeeId

const targetOf = (context: RuleContext, input: Fields) => context.facts.employee(targetId(context, input))

/** Also of a device that has a credential and no session. */
const sessionOwnerId = (input: Fields): string => ownerOf(text(input.client_id) ?? '')

const sessionOwner = ({ facts }: RuleContext, input: Fields) => facts.employee(sessionOwnerId(input))

const roleInGroup = (context: RuleContext, input: Fields) => {
  const group = context.facts.group(text(input.group_id) ?? '')
  const roleIn = (found: Awaited<typeof group>) => found?.members.get(context.employee.employeeId)
  return group instanceof Promise ? group.then(roleIn) : roleIn(group)
}

const roleIs = (isEnough: (role: string | undefined) => boolean): Condition => {
  return (context, input) => {
    const role = roleInGroup(context, input)
    return role instanceof Promise ? role.then(isEnough) : isEnough(role)
  }
}

/** How each condition of the schema is found out; complete by type. */
export const conditions: Record<ConditionName, Condition> = {
  'group.manage': holdsAnywhere('group.manage'),
  'group.create': holdsAnywhere('group.create'),
  'agent.manage': holdsAnywhere('agent.manage'),
  'audit.read': holdsAnywhere('audit.read'),
  'system.manage': holdsAnywhere('system.manage'),
  'org.manage': holdsAnywhere('org.manage'),

  is_self: (context, input) => targetId(context, input) === context.employee.employeeId,
  manages_employee: async (context, input) => await managesEmployee(context, await targetOf(context, input)),
  manages_agent: async (context, input) => managesAgent(context, await targetOf(context, input)),
  covers_employee: async (context, input) => await coversEmployee(context, await targetOf(context, input)),
  manages_place: (context, input) => managesPlace(context, textOrNull(input.department_id)),
  creates_agent: (_context, input) => input.is_ai_agent === true,
  manages_new_department: (context, input) => managesPlace(context, textOrNull(updates(input).department_id)),
  covers_roles_given: (context, input) => covers(context, normaliseGrants((input.roles ?? []) as Grants)),
  async covers_roles_changed(context, input) {
    const before = (await targetOf(context, input))?.roles ?? []
    return await covers(context, differingGrants(before, normaliseGrants((updates(input).roles ?? []) as Grants)))
  },

  owns_session: (context, input) => sessionOwnerId(input) === context.employee.employeeId,
  async manages_session_owner(context, input) {
    const owner = await sessionOwner(context, input)
    if (owner === undefined) return false
    return managesAgent(context, owner) || (await managesEmployee(context, owner))
  },
  async covers_session_owner(context, input) {
    return await coversEmployee(context, await sessionOwner(context, input))
  },

  async manages_department(context, input) {
    const target = text(input.department_id) ?? ''
    const parents = (await context.facts.parents()) ?? NOWHERE
    // What is not there can only be judged without a limit.
    return await managesPlace(context, parents.has(target) ? target : null)
  },
  async manages_parent(context, input) {
    const parentId = textOrNull(input.parent_id)
    const current = (await context.facts.parents())?.get(text(input.department_id) ?? '')
    // To leave it where it is takes no right over what is above.
    return (current !== undefined && current === parentId) || (await managesPlace(context, parentId))
  },

  members_may_create_groups: ({ membersMayCreateGroups }) => membersMayCreateGroups,
  own_groups_only: (_context, input) => input.all !== true,
  own_conversation: ({ employee }, input) =>
    input.group_id === undefined && (input.peer_employee_id ?? employee.employeeId) === employee.employeeId,
  in_private: (_context, input) => input.conversation_type !== 'group',
  in_group: roleIs((role) => role !== undefined),
  is_group_admin: roleIs((role) => role === 'admin' || role === 'owner'),
  is_group_owner: roleIs((role) => role === 'owner'),
  async outranks_members(context, input) {
    const members = (await context.facts.group(text(input.group_id) ?? ''))?.members
    if (members?.get(context.employee.employeeId) === 'owner') return true
    const isOtherAdmin = (id: unknown): boolean =>
      id !== context.employee.employeeId && members?.get(String(id)) === 'admin'
    if (!Array.isArray(input.member_ids)) return !isOtherAdmin(input.employee_id)
    const refused = input.member_ids.flatMap((id, i) => (isOtherAdmin(id) ? [`member_ids[${i}]`] : []))
    return refused.length === 0 || refused
  },
  async sees_group_named(context, input) {
    const fields = input.fields as Fields | undefined
    if (fields?.group_id === undefined) return true
    if (holds(context.employee, 'group.manage', undefined, undefined)) return true
    return (await roleInGroup(context, fields)) !== undefined
  },
  names_no_department: (_context, input) => input.department_id === undefined,
  names_no_group: (_context, input) => input.group_id === undefined,
  async sees_file(context, input) {
    const { employeeId } = context.employee
    const place = placeOf(text(input.key) ?? '')
    switch (place?.kind) {
      case 'employee':
        return place.employeeId === employeeId
      case 'private':
        return place.employeeIds.includes(employeeId)
      case 'group':
        return (await roleInGroup(context, { group_id: place.groupId })) !== undefined
      default:
        return false
    }
  },
  async group_exists(context, input) {
    return (await context.facts.group(text(input.group_id) ?? '')) !== undefined
  },
}
