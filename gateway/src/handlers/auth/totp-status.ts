import { employees } from '../../db/repositories/employees.ts'
import { totp } from '../../db/repositories/totp.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('auth.totp_status', async ({ caller, db }, input) => {
  const employee_id = input.employee_id ?? caller.employeeId
  if ((await employees.find(db, employee_id)) === undefined) throw notFound('employee_not_found', 'employee_id')
  const confirmedAt = (await totp.find(db, employee_id))?.confirmed_at ?? null
  return {
    employee_id,
    enrolled: confirmedAt !== null,
    enrolled_at: confirmedAt?.toISOString() ?? null,
    codes_left: confirmedAt === null ? 0 : await totp.recoveryCodesLeft(db, employee_id),
  }
})
