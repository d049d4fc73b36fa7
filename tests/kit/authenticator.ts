import { generate } from 'otplib'
import type { Device } from './device.ts'

/** The secret that an authenticator app reads from the QR code. */
export const secretIn = (enrolment: { readonly otpauth_url?: string }): string => {
  const secret = new URL(enrolment.otpauth_url ?? '').searchParams.get('secret')
  if (secret === null) throw new Error('There is no secret in the URL.')
  return secret
}

/** @param secondsAhead the code of a later step: none is good twice */
export const codeOf = (secret: string, secondsAhead = 0): Promise<string> =>
  generate({ secret, epoch: Math.floor(Date.now() / 1000) + secondsAhead })

export const currentCode = (enrolment: { readonly otpauth_url?: string }): Promise<string> =>
  codeOf(secretIn(enrolment))

/** Gives a device's employee an authenticator. */
export const enrolled = async (
  device: Device,
): Promise<{ readonly secret: string; readonly recoveryCodes: string[] }> => {
  const secret = secretIn(await device.call('auth.totp_enroll', {}))
  const { recovery_codes = [] } = await device.call('auth.totp_confirm', { code: await codeOf(secret) })
  device.recoveryCodes.push(...recovery_codes)
  return { secret, recoveryCodes: recovery_codes }
}
