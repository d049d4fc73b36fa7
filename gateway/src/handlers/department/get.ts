import { MChatError } from '@mchat/schema'
import { departments } from '../../db/repositories/departments.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('department.get', async ({ db }, { department_id }) => {
  const department = await departments.find(db, department_id)
  if (department === undefined) throw new MChatError('department_not_found')
  return department
})
