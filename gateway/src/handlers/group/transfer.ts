import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { members } from '../../db/repositories/members.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.transfer', async (context, { group_id, employee_id }) => {
  const { tx, effects, caller } = context
  const { group, roles } = await lockGroup(context, group_id)
  const ownRole = roles.get(employee_id)
  if (ownRole === undefined) throw new MChatError('member_not_found')
  const previous_owner_id = [...roles].find(([, role]) => role === 'owner')?.[0] ?? employee_id
  const answer = { group_id, owner_id: employee_id, previous_owner_id }
  if (ownRole === 'owner') return answer
  const heirs = await employees.findManyForShare(tx, [employee_id])
  if (heirs.get(employee_id)?.status !== 'active') throw new MChatError('member_not_found')

  await members.setRole(tx, group_id, previous_owner_id, 'admin')
  await members.setRole(tx, group_id, employee_id, 'owner')
  effects.push(
    { kind: 'group_changed', group_id },
    {
      kind: 'system_to_group',
      group_id,
      message: {
        action: 'owner_changed',
        group_id,
        name: group.name,
        operator_id: caller.employeeId,
        employee_ids: [employee_id],
        role: 'owner',
      },
    },
  )
  return answer
})
