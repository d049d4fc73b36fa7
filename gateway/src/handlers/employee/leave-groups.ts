import type { Employee, Group, GroupMember } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { groups } from '../../db/repositories/groups.ts'
import { members } from '../../db/repositories/members.ts'
import type { ChangeContext } from '../../router/context.ts'
import type { Effect } from '../../router/effects.ts'

export interface LeftGroups {
  readonly groupIds: readonly string[]
  /** What is to be forgotten, and what the members of each group that goes on are told. */
  readonly changes: readonly Effect[]
  readonly notices: readonly Effect[]
}

/** For before the employee is locked: everybody who needs both locks takes the groups first, in the order of their ids. */
export const lockGroupsOf = async ({ tx }: ChangeContext, employeeId: string): Promise<void> => {
  for (const { group_id } of await members.groupsOf(tx, employeeId)) await groups.findForUpdate(tx, group_id)
}

/**
 * Takes an employee out of every group. One they own goes to the heir, if that one is in it, or to its longest-serving
 * admin, otherwise to its longest-serving member; with nobody left in it, it is dismissed. An heir who is not in it does not
 * come in by that: whoever may dismiss people may not read what they write.
 */
export const leaveGroups = async (
  context: ChangeContext,
  employeeId: string,
  heirId: string | undefined,
): Promise<LeftGroups> => {
  const { tx, now, caller } = context
  const left = { groupIds: [] as string[], changes: [] as Effect[], notices: [] as Effect[] }
  for (const { group_id, name, role } of await members.groupsOf(tx, employeeId)) {
    // Again, for one that was joined after lockGroupsOf.
    const group = await groups.findForUpdate(tx, group_id)
    if (group === undefined) continue
    await members.remove(tx, group_id, [employeeId])
    left.groupIds.push(group_id)
    left.changes.push({ kind: 'group_changed', group_id })
    if (group.member_count === 1) {
      await groups.dismiss(tx, group_id, now)
      continue
    }
    const notice = { group_id, name, operator_id: caller.employeeId }
    const removed = { ...notice, action: 'member_removed', employee_ids: [employeeId] } as const
    left.notices.push({ kind: 'system_to_group', group_id, message: removed })
    const heir = role === 'owner' ? await chooseHeir(context, group, heirId) : undefined
    if (heir === undefined) continue
    await members.setRole(tx, group_id, heir, 'owner')
    const handedOver = { ...notice, action: 'owner_changed', employee_ids: [heir], role: 'owner' } as const
    left.notices.push({ kind: 'system_to_group', group_id, message: handedOver })
  }
  return left
}

const chooseHeir = async (
  { tx }: ChangeContext,
  group: Group,
  heirId: string | undefined,
): Promise<string | undefined> => {
  const rest = await members.page(tx, { groupId: group.group_id, limit: group.member_count })
  if (heirId !== undefined && rest.some((member) => member.employee_id === heirId)) return heirId
  const ids = rest.map((member) => member.employee_id)
  const people = await employees.findMany(tx, ids)
  const order = (a: GroupMember, b: GroupMember): number =>
    rank(a, people) - rank(b, people) || Date.parse(a.joined_at) - Date.parse(b.joined_at)
  return rest.sort(order)[0]?.employee_id
}

/** Disabled employees come last: they cannot look after a group, but may come back to it. */
const rank = (member: GroupMember, people: ReadonlyMap<string, Employee>): number =>
  (people.get(member.employee_id)?.status === 'active' ? 0 : 2) + (member.role === 'admin' ? 0 : 1)
