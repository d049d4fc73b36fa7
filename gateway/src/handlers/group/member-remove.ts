import { type ErrorKey, MChatError } from '@mchat/schema'
import { defineHandler } from '../../router/define-handler.ts'
import { lockGroup } from './locked-group.ts'
import { removeMembers } from './removal.ts'

export default defineHandler('group.member_remove', async (context, { group_id, member_ids }) => {
  const { group, roles, ownRole, managesGroups } = await lockGroup(context, group_id, 'admin')
  const refused = (key: ErrorKey, isRefused: (id: string) => boolean): void => {
    const fields = member_ids.flatMap((id, i) =>
      isRefused(id) ? [{ field: `member_ids[${i}]`, rule: key, message: `is ${roles.get(id)}` }] : [],
    )
    if (fields.length > 0) throw new MChatError(key, { fields })
  }
  refused('group_owner_must_transfer', (id) => roles.get(id) === 'owner')
  if (ownRole !== 'owner' && !managesGroups) {
    refused('not_group_owner', (id) => roles.get(id) === 'admin' && id !== context.caller.employeeId)
  }
  const removed_ids = await removeMembers(context, group, member_ids)
  return { group_id, removed_ids, current_member_count: roles.size - removed_ids.length }
})
