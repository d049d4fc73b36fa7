import { MChatError } from '@mchat/schema'
import { members } from '../../db/repositories/members.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireJoiners } from './joiners.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.member_add', async (context, { group_id, member_ids }) => {
  const { tx, now, effects, caller } = context
  const { group, roles } = await lockGroup(context, group_id)
  const fields = new Map<string, string>()
  member_ids.forEach((id, i) => {
    if (!roles.has(id)) fields.set(id, `member_ids[${i}]`)
  })
  if (fields.size === 0) return { group_id, added_ids: [], current_member_count: roles.size }
  if (roles.size + fields.size > context.config.limits.groupMembers) throw new MChatError('group_full')
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
  return { group_id, added_ids, current_member_count: roles.size + added_ids.length }
})
