import { groups } from '../../db/repositories/groups.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { cutPage, pageOf } from '../page.ts'

export default defineHandler('group.list', async ({ db, caller }, input) => {
  const page = pageOf(input)
  const found = await groups.list(db, {
    ...page,
    viewerId: caller.employeeId,
    all: input.all ?? false,
    query: input.query,
    memberId: input.member_id,
  })
  const { rows, next_cursor } = cutPage(found, page, (group) => group.group_id)
  return { groups: rows, next_cursor }
})
