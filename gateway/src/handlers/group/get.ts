import { groups } from '../../db/repositories/groups.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { absentGroup } from './locked-group.ts'

export default defineHandler('group.get', async ({ db, directory, caller }, { group_id }) => {
  const group = await groups.find(db, group_id)
  if (group === undefined) throw absentGroup(caller)
  const entry = await directory.groups.get(group_id)
  return { ...group, role: entry?.members.get(caller.employeeId) ?? null }
})
