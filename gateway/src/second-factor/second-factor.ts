import { createHash } from 'node:crypto'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { type ChallengePurpose, challenges } from '../db/repositories/challenges.ts'
import { totp } from '../db/repositories/totp.ts'
import { isSameSecret } from '../platform/same-secret.ts'
import type { Authenticator, UsedCode } from './authenticator.ts'
import type { CodeOf } from './challenge-code.ts'

/** Who is to be asked, over which device. */
export interface Asked {
  readonly employeeId: string
  readonly clientId: string
  /** What the session of the device was opened with. */
  readonly credentialId: string | null
}

export type Method = { readonly method: 'totp' } | { readonly method: 'inbox'; readonly clientIds: readonly string[] }

/** A code that was found right, to be used up in the transaction of what it is for. */
export interface ProvedChallenge {
  readonly challengeId: string
  readonly employeeId: string
  readonly used: UsedCode | undefined
}

export interface SecondFactor {
  /**
   * How somebody can be asked: by their authenticator, else by a code to their other devices.
   * @returns undefined when there is neither
   */
  methodOf(db: Db, asked: Asked): Promise<Method | undefined>
  /** As `methodOf`, and what the deployment allows where there is nothing: to ask the very device. */
  methodOrFallback(db: Db, asked: Asked): Promise<Method | undefined>
  /** A wrong code takes one of the tries. @returns undefined when the challenge is not good for this, or the code is wrong */
  prove(db: Db, purpose: ChallengePurpose, token: string): Promise<ProvedChallenge | undefined>
  /** false when the challenge, or the code, was used by another request meanwhile. */
  use(tx: Db, proved: ProvedChallenge, now: Date): Promise<boolean>
}

/** What a challenge is bound to beside who asks. */
export const targetHash = (action: string, target: string): string =>
  createHash('sha256').update(`${action}\n${target}`).digest('base64url')

export const createSecondFactor = (config: Config, authenticator: Authenticator, codeOf: CodeOf): SecondFactor => {
  const fallback = config.challengeFallback ?? (config.broker.kind === 'embedded' ? 'self' : 'deny')

  const methodOf: SecondFactor['methodOf'] = async (db, asked) => {
    const row = await totp.find(db, asked.employeeId)
    if (row !== undefined && row.confirmed_at !== null) return { method: 'totp' }
    const clientIds = await challenges.confirmingDevices(db, asked)
    return clientIds.length > 0 ? { method: 'inbox', clientIds } : undefined
  }

  return {
    methodOf,
    async methodOrFallback(db, asked) {
      const method = await methodOf(db, asked)
      if (method !== undefined || fallback === 'deny') return method
      return { method: 'inbox', clientIds: [asked.clientId] }
    },
    async prove(db, purpose, token) {
      const row = await challenges.takeTry(db, purpose)
      if (row === undefined) return undefined
      const isInbox = row.method === 'inbox'
      const used = isInbox ? undefined : await authenticator.check(db, row.employee_id, token)
      const isRight = isInbox ? isSameSecret(token, codeOf(row.challenge_id)) : used !== undefined
      if (!isRight) return undefined
      await challenges.giveBackTry(db, row.challenge_id)
      return { challengeId: row.challenge_id, employeeId: row.employee_id, used }
    },
    async use(tx, { challengeId, employeeId, used }, now) {
      if (!(await challenges.use(tx, challengeId))) return false
      return used === undefined || (await authenticator.use(tx, employeeId, used, now))
    },
  }
}
