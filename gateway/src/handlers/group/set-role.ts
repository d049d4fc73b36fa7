import { MChatError } from '@mchat/schema'
import { members } from '../../db/repositories/members.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.set_role', async (context, { group_id, employee_id, role }) => {
  const { tx, effects, caller } = context
  const { group, roles } = await lockGroup(context, group_id)
  const before = roles.get(employee_id)
  if (before === undefined) throw new MChatError('member_not_found')
  if (before === 'owner') throw new MChatError('group_owner_must_transfer')
  if (before === role) return { group_id, employee_id, role }

  await members.setRole(tx, group_id, employee_id, role)
  const message = {
    action: 'role_changed',
    group_id,
    name: group.name,
    operator_id: caller.employeeId,
    employee_ids: [employee_id],
    role,
  } as const
  effects.push(
    { kind: 'group_changed', group_id },
    { kind: 'system_to_inboxes', employee_ids: [employee_id], message },
    { kind: 'system_to_group', group_id, message },
  )
  return { group_id, employee_id, role }
})
