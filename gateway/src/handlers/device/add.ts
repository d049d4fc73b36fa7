import { MChatError } from '@mchat/schema'
import { expiryOf, issueToken, newClientId } from '../../access/issue-token.ts'
import { isShutOut } from '../../access/shut-out.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('device.add', async (context, input) => {
  const { tx, caller, config, now } = context
  const employeeId = input.employee_id ?? caller.employeeId
  const employee = await employees.findForUpdate(tx, employeeId)
  if (employee?.status !== 'active') throw notFound('employee_not_found', 'employee_id')
  await context.judge({ employee })
  const devices = (await credentials.usableDevices(tx, employeeId, now)).filter((device) => !isShutOut(device, device))
  if (devices.length >= config.limits.devicesPerEmployee) throw new MChatError('too_many_devices')
  const mqtt_connection = await issueToken(context, tx, {
    employeeId,
    now,
    clientId: newClientId(employeeId, input.device_id),
    issuedBy: employeeId === caller.employeeId ? caller.session.credentialId : null,
    expiresAt: expiryOf(config, now, input.expires_in_days),
  })
  context.effects.push({ kind: 'access_changed', employee_ids: [employeeId] })
  return { employee_id: employeeId, mqtt_connection }
})
