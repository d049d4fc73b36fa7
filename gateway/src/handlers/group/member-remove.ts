import { MChatError } from '@mchat/schema'
import { defineHandler } from '../../router/define-handler.ts'
import { lockGroup } from './locked-group.ts'
import { removeMembers } from './removal.ts'

export default defineHandler('group.member_remove', async (context, { group_id, member_ids }) => {
  const { group, roles } = await lockGroup(context, group_id)
  const owner = member_ids.findIndex((id) => roles.get(id) === 'owner')
  if (owner >= 0) {
    const field = `member_ids[${owner}]`
    const fields = [{ field, rule: 'group_owner_must_transfer', message: 'is the owner' }]
    throw new MChatError('group_owner_must_transfer', { fields })
  }
  const removed_ids = await removeMembers(context, group, member_ids)
  return { group_id, removed_ids, current_member_count: roles.size - removed_ids.length }
})
