import { departments } from '../../db/repositories/departments.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { cutPage, pageOf } from '../page.ts'
import { notFound } from '../rights.ts'

export default defineHandler('department.list', async ({ db }, input) => {
  const page = pageOf(input)
  const parentId = input.parent_id
  if (typeof parentId === 'string' && (await departments.find(db, parentId)) === undefined) {
    throw notFound('department_not_found', 'parent_id')
  }
  const found = await departments.list(db, { ...page, parentId })
  const { rows, next_cursor } = cutPage(found, page, (department) => department.department_id)
  return { departments: rows, next_cursor }
})
