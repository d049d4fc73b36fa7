import { members } from '../../db/repositories/members.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { cutPage, pageOf } from '../page.ts'

export default defineHandler('group.member_list', async ({ db }, input) => {
  const page = pageOf(input)
  const found = await members.page(db, { ...page, groupId: input.group_id })
  const { rows, next_cursor } = cutPage(found, page, (member) => member.employee_id)
  return { members: rows, next_cursor }
})
