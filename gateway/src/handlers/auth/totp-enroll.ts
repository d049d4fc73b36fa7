import { MChatError } from '@mchat/schema'
import { totp } from '../../db/repositories/totp.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('auth.totp_enroll', async ({ authenticator, caller, now, tx }) => {
  const { otpauthUrl, sealedSecret } = authenticator.enroll(caller.employeeId)
  if (!(await totp.enroll(tx, caller.employeeId, sealedSecret, now))) throw new MChatError('totp_enrolled')
  return { otpauth_url: otpauthUrl }
})
