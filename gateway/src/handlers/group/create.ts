import { MChatError } from '@mchat/schema'
import { toDatabaseError } from '../../db/database-error.ts'
import { groups } from '../../db/repositories/groups.ts'
import { members } from '../../db/repositories/members.ts'
import { newId } from '../../platform/random.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireJoiners } from '../joiners.ts'

export default defineHandler('group.create', async (context, input) => {
  const { tx, now, effects, caller } = context
  const fields = new Map(input.member_ids.map((id, i) => [id, `member_ids[${i}]`]))
  if (!fields.has(caller.employeeId)) fields.set(caller.employeeId, 'member_ids')
  if (fields.size > context.config.limits.groupMembers) throw new MChatError('group_full')
  const group = await groups
    .insert(tx, {
      group_id: input.group_id ?? newId('grp'),
      name: input.name,
      description: input.opts?.description ?? null,
      avatar: input.opts?.avatar ?? null,
      creator_employee_id: caller.employeeId,
      now,
    })
    .catch((error: unknown) => {
      throw toDatabaseError(error) === 'unique_violation' ? new MChatError('id_taken', { cause: error }) : error
    })
  await requireJoiners(context, fields)
  const joining = [...fields.keys()].map((employee_id) => ({
    employee_id,
    role: employee_id === caller.employeeId ? ('owner' as const) : ('member' as const),
  }))
  const { group_id, name, created_at } = group
  const member_ids = await members.add(tx, group_id, joining, now)

  effects.push(
    { kind: 'group_changed', group_id },
    { kind: 'access_changed', employee_ids: member_ids },
    { kind: 'group_joined', group_id, employee_ids: member_ids },
    {
      kind: 'system_to_inboxes',
      employee_ids: member_ids,
      message: { action: 'group_created', group_id, name, inviter_id: caller.employeeId },
    },
  )
  return { group_id, name, member_ids, created_at }
})
