import { defineHandler } from '../../router/define-handler.ts'
import { dismissGroup } from './dismissal.ts'
import { lockGroup } from './locked-group.ts'

export default defineHandler('group.dismiss', async (context, { group_id }) => {
  const { group, roles } = await lockGroup(context, group_id)
  await dismissGroup(context, group, [...roles.keys()])
  return { group_id, dismissed_at: context.now.toISOString() }
})
