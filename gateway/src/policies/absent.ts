import { type ActionDefinition, type ConditionName, type ErrorKey, ownerOf } from '@mchat/schema'
import { valueAt } from './authorise.ts'
import type { Fields, RuleContext } from './conditions.ts'

type Kind = 'employee' | 'department' | 'group' | 'session_owner'

/** The fields of requests that name something, by their path. What a list names is left to the handlers. */
const NAMING: Readonly<Record<string, Kind>> = {
  employee_id: 'employee',
  hand_over_to: 'employee',
  to_employee_id: 'employee',
  peer_employee_id: 'employee',
  manager_id: 'employee',
  'updates.manager_id': 'employee',
  department_id: 'department',
  parent_id: 'department',
  'updates.department_id': 'department',
  group_id: 'group',
  client_id: 'session_owner',
}

const NOT_FOUND: Readonly<Record<Kind, ErrorKey>> = {
  employee: 'employee_not_found',
  department: 'department_not_found',
  group: 'group_not_found',
  session_owner: 'session_not_found',
}

/** What a condition says something about: of nothing it says nothing, however it is judged. */
const ABOUT: Partial<Record<ConditionName, string>> = {
  manages_employee: 'employee_id',
  covers_employee: 'employee_id',
  covers_roles_changed: 'employee_id',
  manages_place: 'department_id',
  manages_department: 'department_id',
  manages_parent: 'parent_id',
  manages_new_department: 'updates.department_id',
  covers_session_owner: 'client_id',
  outranks_members: 'group_id',
}

/** The fields that name what is not there, by their path. */
export type Absent = ReadonlySet<string>

export const absentIn = async ({ facts }: RuleContext, input: Fields): Promise<Absent> => {
  const isThere: Readonly<Record<Kind, (id: string) => Promise<boolean>>> = {
    employee: async (id) => (await facts.employee(id)) !== undefined,
    department: async (id) => (await facts.parents())?.has(id) === true,
    group: async (id) => (await facts.group(id)) !== undefined,
    session_owner: async (id) => (await facts.employee(ownerOf(id))) !== undefined,
  }
  const absent = new Set<string>()
  for (const [path, kind] of Object.entries(NAMING)) {
    const id = valueAt(input, path)
    if (typeof id === 'string' && !(await isThere[kind](id))) absent.add(path)
  }
  return absent
}

export const isAboutAbsent = (condition: ConditionName, absent: Absent): boolean => absent.has(ABOUT[condition] ?? '')

type Answers = Pick<ActionDefinition, 'errors' | 'target'>

/** What the handler of an action answers whoever may call it, because of what is not there; null: nothing. */
export const absentReason = async (
  { errors, target }: Answers,
  { facts }: RuleContext,
  input: Fields,
  absent: Absent,
): Promise<ErrorKey | null> => {
  for (const path of absent) {
    // The id of something that is to be made.
    if (path === target && errors.includes('id_taken')) continue
    const reason = NOT_FOUND[NAMING[path] ?? 'employee']
    if (errors.includes(reason)) return reason
  }
  if (!errors.includes('member_not_found') || typeof input.employee_id !== 'string') return null
  const group = await facts.group(String(input.group_id ?? ''))
  return group === undefined || group.members.has(input.employee_id) ? null : 'member_not_found'
}
