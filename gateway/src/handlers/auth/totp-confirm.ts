import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { totp } from '../../db/repositories/totp.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('auth.totp_confirm', async ({ authenticator, caller, now, tx }, { code }) => {
  const { employeeId } = caller
  await employees.findForUpdate(tx, employeeId)
  const row = await totp.find(tx, employeeId)
  if (row === undefined) throw new MChatError('totp_not_enrolled')
  if (row.confirmed_at !== null) throw new MChatError('totp_enrolled')
  const used = await authenticator.check(tx, employeeId, code, 'unconfirmed')
  if (used?.kind !== 'step') throw new MChatError('challenge_failed')
  const { codes, hashes } = authenticator.newRecoveryCodes()
  await totp.confirm(tx, employeeId, used.step, hashes, now)
  return { recovery_codes: codes }
})
