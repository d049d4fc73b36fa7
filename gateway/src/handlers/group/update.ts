import { groups } from '../../db/repositories/groups.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.update', async (context, input) => {
  const { tx, now, effects, caller } = context
  const { group_id, ...patch } = input
  const { group: before } = await lockGroup(context, group_id)
  const isSame =
    (patch.name ?? before.name) === before.name &&
    (patch.description === undefined || patch.description === before.description) &&
    (patch.avatar === undefined || patch.avatar === before.avatar)
  if (isSame) return before

  const { name, description, avatar } = patch
  const group = await groups.update(tx, group_id, { name, description, avatar }, now)
  effects.push(
    { kind: 'group_changed', group_id },
    {
      kind: 'system_to_group',
      group_id,
      message: { action: 'group_updated', group_id, name: group.name, operator_id: caller.employeeId },
    },
  )
  return group
})
