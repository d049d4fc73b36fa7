import { type Group, type GroupRole, MChatError } from '@mchat/schema'
import { employees } from '../db/repositories/employees.ts'
import { members } from '../db/repositories/members.ts'
import type { ChangeContext } from '../router/context.ts'
import { notFound } from './rights.ts'

/**
 * Whoever is to join a group must be there, active, and not in too many groups already; none of them can be disabled
 * before the transaction ends.
 * @param fields the field that names each of them, by employee_id
 * @throws MChatError `employee_not_found`, `too_many_groups`, naming the fields
 */
export const requireJoiners = async (context: ChangeContext, fields: ReadonlyMap<string, string>): Promise<void> => {
  const { tx, config } = context
  const ids = [...fields.keys()]
  const found = await employees.findManyForShare(tx, ids)
  const absent = ids.filter((id) => found.get(id)?.status !== 'active')
  if (absent.length > 0) throw notFound('employee_not_found', ...absent.map((id) => fields.get(id) ?? ''))

  const limit = config.limits.groupsPerEmployee
  const counts = await members.countGroupsOf(tx, ids)
  const busy = ids.filter((id) => (counts.get(id) ?? 0) >= limit)
  if (busy.length === 0) return
  throw new MChatError('too_many_groups', {
    fields: busy.map((id) => ({
      field: fields.get(id) ?? '',
      rule: 'groupsPerEmployee',
      message: `is in ${limit} groups already`,
    })),
  })
}

/** A group and its members, locked until the transaction ends. */
export interface LockedGroup {
  readonly group: Group
  readonly roles: ReadonlyMap<string, GroupRole>
}

/**
 * Makes them members, and queues what that has to be followed by. Who may is judged before.
 * @param fields the field that names each of those who join, none of whom is in yet
 * @returns who has joined
 * @throws MChatError `group_full`, and as `requireJoiners`
 */
export const join = async (
  context: ChangeContext,
  { group, roles }: LockedGroup,
  fields: ReadonlyMap<string, string>,
): Promise<string[]> => {
  const { caller, config, effects, now, tx } = context
  const { group_id } = group
  if (roles.size + fields.size > config.limits.groupMembers) throw new MChatError('group_full')
  await requireJoiners(context, fields)
  const joining = [...fields.keys()].map((employee_id) => ({ employee_id, role: 'member' as const }))
  const added_ids = await members.add(tx, group_id, joining, now)

  const message = { action: 'member_added', group_id, name: group.name, inviter_id: caller.employeeId } as const
  effects.push(
    { kind: 'group_changed', group_id },
    { kind: 'access_changed', employee_ids: added_ids },
    { kind: 'group_joined', group_id, employee_ids: added_ids },
    { kind: 'system_to_inboxes', employee_ids: added_ids, message },
    { kind: 'system_to_group', group_id, message: { ...message, employee_ids: added_ids } },
  )
  return added_ids
}
