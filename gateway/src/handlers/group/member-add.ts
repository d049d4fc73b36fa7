import { defineHandler } from '../../router/define-handler.ts'
import { join } from '../joiners.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.member_add', async (context, { group_id, member_ids }) => {
  const locked = await lockGroup(context, group_id)
  const { roles } = locked
  const fields = new Map<string, string>()
  member_ids.forEach((id, i) => {
    if (!roles.has(id)) fields.set(id, `member_ids[${i}]`)
  })
  if (fields.size === 0) return { group_id, added_ids: [], current_member_count: roles.size }
  const added_ids = await join(context, locked, fields)
  return { group_id, added_ids, current_member_count: roles.size + added_ids.length }
})
