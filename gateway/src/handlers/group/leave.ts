import { MChatError } from '@mchat/schema'
import { defineHandler } from '../../router/define-handler.ts'
import { dismissGroup } from './dismissal.ts'
import { lockGroup } from './locked-group.ts'
import { removeMembers } from './removal.ts'

export default defineHandler('group.leave', async (context, { group_id }) => {
  const self = context.caller.employeeId
  const { group, roles } = await lockGroup(context, group_id)
  if (roles.size === 1) await dismissGroup(context, group, [self])
  else if (roles.get(self) === 'owner') throw new MChatError('group_owner_must_transfer')
  else await removeMembers(context, group, [self])
  return { group_id }
})
