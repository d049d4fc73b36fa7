import { issueToken } from '../../access/issue-token.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'
import { shutOut } from './shut-out.ts'

export default defineHandler('employee.reset_credentials', async (context, input) => {
  const { tx, caller } = context
  const employee_id = input.employee_id ?? caller.employeeId
  const employee = await employees.findForUpdate(tx, employee_id)
  if (employee?.status !== 'active') throw notFound('employee_not_found', 'employee_id')
  await context.judge({ employee })
  await shutOut(context, employee_id, 'revoked')
  const mqtt_connection = await issueToken(context, tx, employee_id, context.now)
  context.effects.push({ kind: 'access_changed', employee_ids: [employee_id] })
  return { employee_id, mqtt_connection }
})
