import type { Group } from '@mchat/schema'
import { agentSilences } from '../../db/repositories/agent-silences.ts'
import { groups } from '../../db/repositories/groups.ts'
import { groupConversation } from '../../delivery/message-ids.ts'
import type { ChangeContext } from '../../router/context.ts'

/** Dissolves a group and tells everybody who was in it. */
export const dismissGroup = async (
  context: ChangeContext,
  group: Group,
  memberIds: readonly string[],
): Promise<void> => {
  const { tx, now, effects, caller } = context
  const { group_id, name } = group
  await groups.dismiss(tx, group_id, now)
  await agentSilences.removeIn(tx, groupConversation(group_id))
  effects.push(
    { kind: 'group_changed', group_id },
    { kind: 'access_changed', employee_ids: memberIds },
    {
      kind: 'system_to_inboxes',
      employee_ids: memberIds,
      message: { action: 'group_dismissed', group_id, name, operator_id: caller.employeeId },
    },
  )
}
