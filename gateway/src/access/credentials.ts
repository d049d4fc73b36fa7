import { createHash } from 'node:crypto'
import { isClientId, ownerOf } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import { credentials } from '../db/repositories/credentials.ts'
import type { Clock } from '../platform/clock.ts'
import { createPasswordCheck } from './password-check.ts'

/** How a generated token is stored: it has 256 random bits, so a plain hash tells nothing and costs nothing. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** What `newToken` makes: 256 bits as base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

export interface Login {
  readonly username: string
  readonly secret: string
  readonly clientId: string
}

export interface VerifiedLogin {
  readonly employeeId: string
  readonly credentialId: string
}

/**
 * Says who a connection is.
 * Answers undefined for everything that does not fit, without telling what: unknown employee, wrong secret, a client_id
 * owned by or bound to somebody else, a disabled employee, a session that was revoked after the credential was made.
 */
export type Authenticate = (login: Login) => Promise<VerifiedLogin | undefined>

/** The hash of a secret nobody has: compared when there is no such employee, so that both cases take the same time. */
const NOBODY = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo'

/** One query, for the credential: when a broker restarts everybody comes at once. */
export const createAuthenticate = (database: Database, directory: Directory, clock: Clock): Authenticate => {
  const db = database.kysely
  const checkPassword = createPasswordCheck()

  const findCredential = async (login: Login) => {
    const byToken = await credentials.findByTokenHash(db, hashToken(login.secret))
    if (byToken !== undefined) return byToken.employee_id === login.username ? byToken : undefined
    // Only what people choose is worth the slow comparison.
    if (TOKEN.test(login.secret)) return undefined
    const chosen = await credentials.passwordsOf(db, login.username)
    if (chosen.length === 0) await checkPassword(NOBODY, login.secret)
    for (const candidate of chosen) {
      if (await checkPassword(candidate.secret_hash, login.secret)) return candidate
    }
    return undefined
  }

  return async (login) => {
    if (!isClientId(login.clientId) || ownerOf(login.clientId) !== login.username) return undefined
    const credential = await findCredential(login)
    if (credential === undefined) return undefined
    if (credential.client_id !== null && credential.client_id !== login.clientId) return undefined
    if (credential.expires_at !== null && credential.expires_at.getTime() <= clock.now()) return undefined
    const employee = await directory.employees.get(login.username)
    if (employee?.active !== true) return undefined
    const session = await directory.sessions.get(login.clientId)
    const revokedAt = session?.endReason === 'revoked' ? session.endedAt : null
    if (revokedAt !== null && credential.created_at.getTime() < revokedAt) return undefined
    return { employeeId: login.username, credentialId: credential.credential_id }
  }
}
