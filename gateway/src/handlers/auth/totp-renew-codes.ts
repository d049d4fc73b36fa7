import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { totp } from '../../db/repositories/totp.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('auth.totp_renew_codes', async ({ authenticator, caller, tx }) => {
  const { employeeId } = caller
  await employees.findForUpdate(tx, employeeId)
  const row = await totp.find(tx, employeeId)
  if (row === undefined || row.confirmed_at === null) throw new MChatError('totp_not_enrolled')
  const { codes, hashes } = authenticator.newRecoveryCodes()
  await totp.replaceRecoveryCodes(tx, employeeId, hashes)
  return { recovery_codes: codes }
})
