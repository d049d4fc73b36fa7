import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { cutPage, pageOf } from '../page.ts'
import { notFound } from '../rights.ts'
import { presentEmployee } from './present.ts'

export default defineHandler('employee.list', async ({ db, caller }, input) => {
  const page = pageOf(input)
  const departmentId = input.department_id
  if (departmentId !== undefined && (await departments.find(db, departmentId)) === undefined) {
    throw notFound('department_not_found', 'department_id')
  }
  const { include_disabled: includeDisabled = false, is_ai_agent: isAiAgent, query, role, status } = input
  const filter = { departmentId, query, role, isAiAgent, includeDisabled, status }
  const found = await employees.list(db, { ...page, ...filter })
  const { rows, next_cursor } = cutPage(found, page, (employee) => employee.employee_id)
  return { employees: rows.map((employee) => presentEmployee(employee, caller.employee)), next_cursor }
})
