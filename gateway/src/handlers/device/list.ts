import { isShutOut } from '../../access/shut-out.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('device.list', async ({ db, clock, caller }, input) => {
  const employeeId = input.employee_id ?? caller.employeeId
  if ((await employees.find(db, employeeId)) === undefined) throw notFound('employee_not_found', 'employee_id')
  const devices = await credentials.usableDevices(db, employeeId, clock.date())
  return {
    devices: devices
      .filter((device) => !isShutOut(device, device))
      .map((device) => ({
        client_id: device.client_id,
        created_at: device.created_at.toISOString(),
        expires_at: device.expires_at?.toISOString() ?? null,
        has_session: device.connected_at !== null && device.ended_at === null,
      })),
  }
})
