import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { presentEmployee } from './present.ts'

export default defineHandler('employee.get', async ({ db, caller }, input) => {
  const employee = await employees.find(db, input.employee_id)
  if (employee === undefined) throw new MChatError('employee_not_found')
  return presentEmployee(employee, caller.employee)
})
