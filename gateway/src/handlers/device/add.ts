import { issueToken, newClientId } from '../../access/issue-token.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('device.add', async (context, input) => {
  const { tx, caller } = context
  const employee_id = input.employee_id ?? caller.employeeId
  const employee = await employees.findForUpdate(tx, employee_id)
  if (employee?.status !== 'active') throw notFound('employee_not_found', 'employee_id')
  await context.judge({ employee })
  const clientId = newClientId(employee_id, input.device_id)
  const issuedBy = employee_id === caller.employeeId ? caller.session.credentialId : null
  const mqtt_connection = await issueToken(context, tx, employee_id, context.now, clientId, issuedBy)
  context.effects.push({ kind: 'access_changed', employee_ids: [employee_id] })
  return { employee_id, mqtt_connection }
})
