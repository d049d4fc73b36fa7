import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { totp } from '../../db/repositories/totp.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('auth.totp_remove', async (context, input) => {
  const { caller, tx } = context
  const employee_id = input.employee_id ?? caller.employeeId
  const employee = await employees.findForUpdate(tx, employee_id)
  if (employee === undefined) throw notFound('employee_not_found', 'employee_id')
  await context.judge({ employee })
  if (!(await totp.remove(tx, employee_id))) throw new MChatError('totp_not_enrolled')
  return { employee_id }
})
