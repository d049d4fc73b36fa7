import { type ErrorKey, type GroupRole, MChatError, type Permission, type RuleName } from '@mchat/schema'
import { ALL_DEPARTMENTS, type Directory, type EmployeeEntry, holds } from '../db/directory.ts'

/** What a rule may look at. Rules read the directory (memory), never the database, and change nothing. */
export interface RuleContext {
  readonly employee: EmployeeEntry
  readonly directory: Directory
  readonly membersMayCreateGroups: boolean
}

type Fields = Readonly<Record<string, unknown>>
/** Answers why not, or undefined when allowed. */
type Rule = (context: RuleContext, input: Fields) => Promise<ErrorKey | undefined> | ErrorKey | undefined

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Does the caller hold the permission for things in this department (undefined: anywhere will do)? */
export const allowed = async (
  context: RuleContext,
  permission: Permission,
  departmentId?: string | null,
): Promise<boolean> => {
  const limited = context.employee.roles.some((grant) => grant.department_id !== undefined)
  const parents = limited ? await context.directory.departments.get(ALL_DEPARTMENTS) : undefined
  return holds(context.employee, permission, parents, departmentId)
}

const managesEmployee = async (context: RuleContext, employeeId: string): Promise<boolean> => {
  const target = await context.directory.employees.get(employeeId)
  if (target === undefined) return await allowed(context, 'org.manage')
  if (target.isAgent && (await allowed(context, 'agent.manage'))) return true
  return await allowed(context, 'org.manage', target.departmentId)
}

const orManageGroups = async (
  context: RuleContext,
  groupId: string,
  denied: ErrorKey,
): Promise<ErrorKey | undefined> => {
  if (!(await allowed(context, 'group.manage'))) return denied
  return (await context.directory.groups.get(groupId)) === undefined ? 'group_not_found' : undefined
}

/** The same answer for a group that is not there and one the caller is not in, so that ids cannot be tried out. */
const inGroup = async (
  context: RuleContext,
  input: Fields,
  roles: readonly GroupRole[],
  denied: ErrorKey,
  otherwise: 'group.manage' | undefined,
): Promise<ErrorKey | undefined> => {
  const groupId = text(input.group_id) ?? ''
  const group = context.directory.groups.peek(groupId) ?? (await context.directory.groups.get(groupId))
  const role = group?.members.get(context.employee.employeeId)
  if (role !== undefined && roles.includes(role)) return undefined
  const reason = role === undefined ? 'not_group_member' : denied
  return otherwise === undefined ? reason : await orManageGroups(context, groupId, reason)
}

const EVERY_ROLE: readonly GroupRole[] = ['owner', 'admin', 'member']

/** One rule per line of RULES in the schema; complete by type. */
const rules: Record<RuleName, Rule> = {
  connection: () => undefined,
  everyone: () => undefined,
  async self_or_org_manage(context, input) {
    const target = text(input.employee_id) ?? context.employee.employeeId
    if (target === context.employee.employeeId) return undefined
    return (await managesEmployee(context, target)) ? undefined : 'forbidden'
  },
  async session_owner_or_org_manage(context, input) {
    const session = await context.directory.sessions.get(text(input.client_id) ?? '')
    if (session?.employeeId === context.employee.employeeId) return undefined
    // Whoever manages nobody cannot tell a session of somebody else from none.
    if (session === undefined) return 'session_not_found'
    return (await managesEmployee(context, session.employeeId)) ? undefined : 'session_not_found'
  },
  async employee_create(context, input) {
    if (input.is_ai_agent === true && (await allowed(context, 'agent.manage'))) return undefined
    return (await allowed(context, 'org.manage', text(input.department_id) ?? null)) ? undefined : 'forbidden'
  },
  async employee_update(context, input) {
    const target = text(input.employee_id) ?? ''
    if (target === context.employee.employeeId) return undefined
    return (await managesEmployee(context, target)) ? undefined : 'forbidden'
  },
  employee_manage: async (context, input) =>
    (await managesEmployee(context, text(input.employee_id) ?? '')) ? undefined : 'forbidden',
  async department_manage(context, input) {
    const target = text(input.department_id)
    const isNew = target === undefined || !(await context.directory.departments.get(ALL_DEPARTMENTS))?.has(target)
    // What is created belongs to its parent; what is not there can only be judged without a limit.
    const where = isNew ? (text(input.parent_id) ?? null) : target
    return (await allowed(context, 'org.manage', where)) ? undefined : 'forbidden'
  },
  async group_create(context) {
    if (context.membersMayCreateGroups) return undefined
    return (await allowed(context, 'group.create')) ? undefined : 'forbidden'
  },
  group_list: async (context, input) =>
    input.all !== true || (await allowed(context, 'group.manage')) ? undefined : 'forbidden',
  group_view: (context, input) => inGroup(context, input, EVERY_ROLE, 'not_group_member', 'group.manage'),
  group_admin: (context, input) => inGroup(context, input, ['owner', 'admin'], 'not_group_admin', 'group.manage'),
  group_owner: (context, input) => inGroup(context, input, ['owner'], 'not_group_owner', 'group.manage'),
  group_member: (context, input) => inGroup(context, input, EVERY_ROLE, 'not_group_member', undefined),
  conversation: (context, input) =>
    input.conversation_type === 'group'
      ? inGroup(context, input, EVERY_ROLE, 'not_group_member', undefined)
      : undefined,
}

/**
 * The one place where a request is allowed or refused.
 * @throws MChatError with the reason, code 403 (404 where a caller who may see everything asks for what is not there)
 */
export const authorise = async (rule: RuleName, context: RuleContext, input: Fields): Promise<void> => {
  const denied = await rules[rule](context, input)
  if (denied !== undefined) throw new MChatError(denied)
}
