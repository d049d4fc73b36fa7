import type { Group } from '@mchat/schema'
import { members } from '../../db/repositories/members.ts'
import type { ChangeContext } from '../../router/context.ts'

/** Takes members out and tells them and those who stay. The caller of this has ruled out the owner. */
export const removeMembers = async (
  context: ChangeContext,
  group: Group,
  ids: readonly string[],
): Promise<string[]> => {
  const { tx, effects, caller } = context
  const { group_id, name } = group
  const removed = await members.remove(tx, group_id, ids)
  if (removed.length === 0) return removed
  const message = { action: 'member_removed', group_id, name, operator_id: caller.employeeId } as const
  effects.push(
    { kind: 'group_changed', group_id },
    { kind: 'access_changed', employee_ids: removed },
    { kind: 'system_to_inboxes', employee_ids: removed, message },
    { kind: 'system_to_group', group_id, message: { ...message, employee_ids: removed } },
  )
  return removed
}
