import { LIMITS } from '@mchat/schema'
import { generateSecret, generateURI, verify } from 'otplib'
import type { Db } from '../db/database.ts'
import { totp } from '../db/repositories/totp.ts'
import type { Keys } from '../platform/keys.ts'
import { newSalt } from '../platform/random.ts'
import type { Sealing } from '../platform/sealing.ts'
import { createRecoveryHashes } from './recovery-hashes.ts'

/** What a code that was accepted uses up, in the transaction of what it is for. */
export type UsedCode =
  | { readonly kind: 'step'; readonly step: number }
  | { readonly kind: 'recovery'; readonly hashes: readonly string[] }

/** Time-based one-time passwords (RFC 6238: SHA-1, six digits, 30 s) and the recovery codes that stand in for them. */
export interface Authenticator {
  /** @returns the URL for the QR code, and the secret as it may be stored */
  enroll(employeeId: string): { readonly otpauthUrl: string; readonly sealedSecret: string }
  /**
   * @param unconfirmed whether one counts that was not confirmed yet
   * @returns what the code uses up; undefined when it is wrong, or there is no authenticator
   */
  check(db: Db, employeeId: string, code: string, unconfirmed?: 'unconfirmed'): Promise<UsedCode | undefined>
  /** false when it was used by somebody else meanwhile. */
  use(tx: Db, employeeId: string, used: UsedCode, now: Date): Promise<boolean>
  newRecoveryCodes(): { readonly codes: string[]; readonly hashes: string[] }
}

const ISSUER = 'MChat'
/** The step before and the one after, for clocks that are a little off (RFC 6238, 5.2). */
const TOLERANCE_SECONDS = 30
/** Base32 of Douglas Crockford: without letters that are taken for digits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** As somebody may have copied it by hand. */
const asMeant = (code: string): string =>
  code.toLowerCase().replaceAll(/[\s-]/g, '').replaceAll('o', '0').replaceAll(/[il]/g, '1')

/** What the secret of somebody's authenticator is sealed for. */
export const placeOf = (employeeId: string): string => `totp ${employeeId}`

export const createAuthenticator = (keys: Keys, sealing: Sealing): Authenticator => {
  const recoveryHashes = createRecoveryHashes(keys)

  return {
    enroll(employeeId) {
      const secret = generateSecret()
      return {
        otpauthUrl: generateURI({ issuer: ISSUER, label: employeeId, secret }),
        sealedSecret: sealing.seal(secret, placeOf(employeeId)),
      }
    },

    async check(db, employeeId, code, unconfirmed) {
      const row = await totp.find(db, employeeId)
      if (row === undefined || (row.confirmed_at === null && unconfirmed === undefined)) return undefined
      if (!/^\d{6}$/.test(code)) {
        const hashes = recoveryHashes.all(asMeant(code))
        return (await totp.hasRecoveryCode(db, employeeId, hashes)) ? { kind: 'recovery', hashes } : undefined
      }
      const result = await verify({
        secret: sealing.open(row.sealed_secret, placeOf(employeeId)),
        token: code,
        epochTolerance: TOLERANCE_SECONDS,
        ...(row.last_step > 0 ? { afterTimeStep: row.last_step } : {}),
      })
      return result.valid && 'timeStep' in result ? { kind: 'step', step: result.timeStep } : undefined
    },

    use: (tx, employeeId, used, now) =>
      used.kind === 'step'
        ? totp.useStep(tx, employeeId, used.step)
        : totp.useRecoveryCode(tx, employeeId, used.hashes, now),

    newRecoveryCodes() {
      const codes = Array.from({ length: LIMITS.recoveryCodes }, () => {
        const letters = [...newSalt(10)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
        return `${letters.slice(0, 5)}-${letters.slice(5)}`
      })
      return { codes, hashes: codes.map((code) => recoveryHashes.current(asMeant(code))) }
    },
  }
}
