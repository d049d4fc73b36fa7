import { isClientId, ownerOf } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import { credentials } from '../db/repositories/credentials.ts'
import type { Clock } from '../platform/clock.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { createPasswordCheck } from './password-check.ts'
import { isShutOut } from './shut-out.ts'
import { hashToken, TOKEN_PATTERN } from './tokens.ts'

export interface Login {
  readonly username: string
  readonly secret: string
  readonly clientId: string
  /** Where the connection comes from, where that is known. */
  readonly address?: string | undefined
}

export interface VerifiedLogin {
  readonly employeeId: string
  readonly credentialId: string
  /** When the credential ends by itself; null: never. */
  readonly expiresAt: Date | null
}

/**
 * Says who a connection is.
 * Answers undefined for everything that does not fit, without telling what: unknown employee, wrong secret, a client_id
 * owned by or bound to somebody else, a disabled employee, a session that was revoked after the credential was made.
 * @throws MChatError `rate_limited` when there was too much guessing; nothing was looked at then
 */
export type Authenticate = (login: Login) => Promise<VerifiedLogin | undefined>

/** The hash of a secret nobody has: compared when there is no such employee, so that both cases take the same time. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo'

/** One query, for the credential: when a broker restarts everybody comes at once. */
export const createAuthenticate = (
  database: Database,
  directory: Directory,
  clock: Clock,
  throttle: LoginThrottle,
): Authenticate => {
  const db = database.kysely
  const checkPassword = createPasswordCheck()

  const findCredential = async (login: Login) => {
    const byToken = await credentials.findByTokenHash(db, hashToken(login.secret))
    if (byToken !== undefined) return byToken.employee_id === login.username ? byToken : undefined
    // Only what people choose is worth the slow comparison.
    if (TOKEN_PATTERN.test(login.secret)) return undefined
    const chosen = await credentials.passwordsOf(db, login.username)
    if (chosen.length === 0) await checkPassword(NOBODY, login.secret)
    for (const candidate of chosen) {
      if (await checkPassword(candidate.secret_hash, login.secret)) return candidate
    }
    return undefined
  }

  const verify = async (login: Login): Promise<VerifiedLogin | undefined> => {
    if (!isClientId(login.clientId) || ownerOf(login.clientId) !== login.username) return undefined
    const credential = await findCredential(login)
    if (credential === undefined) return undefined
    if (credential.client_id !== null && credential.client_id !== login.clientId) return undefined
    if (credential.expires_at !== null && credential.expires_at.getTime() <= clock.now()) return undefined
    const employee = await directory.employees.get(login.username)
    if (employee?.active !== true) return undefined
    const session = await directory.sessions.get(login.clientId)
    const end = session && { end_reason: session.endReason, ended_at: dateOf(session.endedAt) }
    if (isShutOut(credential, end)) return undefined
    return { employeeId: login.username, credentialId: credential.credential_id, expiresAt: credential.expires_at }
  }

  return async (login) => {
    const admitted = await throttle.admit(login)
    try {
      const verified = await verify(login)
      if (verified === undefined) admitted.failed()
      else admitted.passed()
      return verified
    } catch (error) {
      admitted.passed()
      throw error
    }
  }
}

const dateOf = (milliseconds: number | null): Date | null => (milliseconds === null ? null : new Date(milliseconds))
