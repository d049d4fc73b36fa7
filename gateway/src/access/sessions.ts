import type { Config } from '../config.ts'
import type { Database, Db } from '../db/database.ts'
import type { Directory, SessionEntry } from '../db/directory.ts'
import type { Lease } from '../db/lease.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { type CredentialRow, credentials } from '../db/repositories/credentials.ts'
import { employees } from '../db/repositories/employees.ts'
import type { Forget, Stale } from '../db/stale.ts'
import type { Clock } from '../platform/clock.ts'
import { isShutOut } from './shut-out.ts'

const DAY = 86_400_000

/** How long a session lives after its last use, and how it is opened and kept. */
export interface SessionKeeper {
  /**
   * Opens or renews the session of a client_id. When the employee then has more than the limit, the longest unused ones
   * are ended. A live session of the same credential is left as it is: a reconnect costs no write.
   * @returns when it expires, and the client_ids of the sessions that were ended for it; undefined when the employee was
   *   disabled, or the credential or the session revoked, since whoever asks has looked
   */
  open(session: OpenSession): Promise<OpenedSession | undefined>
  /** Notes that a session was used, at most once in a tenth of its life or an hour. Does not wait. */
  used(clientId: string, lastSeenAt: number): void
}

export interface OpenSession {
  readonly clientId: string
  readonly employeeId: string
  readonly credentialId: string | null
  readonly deviceInfo: string | undefined
}

export interface OpenedSession {
  readonly expiresAt: Date
  readonly surplus: readonly string[]
}

/**
 * Looks again at what was verified before, in the transaction that opens the session and behind those that revoke.
 * @returns the credential that the session is opened with, if there is one, and when it ends; undefined: not at all
 */
const credentialFor = async (tx: Db, session: OpenSession, now: Date): Promise<OpenedWith | undefined> => {
  const { clientId, credentialId, employeeId } = session
  if ((await employees.findForUpdate(tx, employeeId))?.status !== 'active') return undefined
  const last = await clientSessions.findForUpdate(tx, clientId)
  // A gateway may be ending that one on the broker: not after this one has begun under the same client_id.
  if (last !== undefined && last.ended_at !== null) await employees.lockAccess(tx, [employeeId])
  if (credentialId === null) {
    // A broker vouches for a connection that it let in before: what it let in with may have been taken away since.
    const bound = await credentials.boundTo(tx, clientId)
    if (bound !== undefined) return isShutOut(bound, last) ? undefined : openedWith(bound, now)
    return last?.end_reason === 'revoked' || last?.end_reason === 'disabled' ? undefined : WITHOUT
  }
  const credential = await credentials.find(tx, credentialId)
  if (credential === undefined || credential.revoked_at !== null) return undefined
  const wasRevoked = last?.end_reason === 'revoked' || last?.end_reason === 'disabled'
  const endedAt = wasRevoked ? (last.ended_at?.getTime() ?? 0) : 0
  return credential.created_at.getTime() >= endedAt ? openedWith(credential, now) : undefined
}

interface OpenedWith {
  readonly credentialId: string | null
  /** null: it does not end by itself. */
  readonly endsAt: Date | null
}
const WITHOUT: OpenedWith = { credentialId: null, endsAt: null }
const openedWith = (credential: CredentialRow, now: Date): OpenedWith | undefined => {
  const { credential_id: credentialId, expires_at: endsAt } = credential
  return endsAt !== null && endsAt <= now ? undefined : { credentialId, endsAt }
}

export interface SessionKeeperParts {
  readonly config: Config
  readonly database: Database
  readonly directory: Directory
  readonly lease: Lease
  readonly forget: Forget
  readonly clock: Clock
  readonly onError: (error: unknown) => void
  /** A session was opened, and those that were ended for it. */
  readonly onOpened?: (session: Pick<OpenSession, 'clientId' | 'employeeId'>, surplus: readonly string[]) => void
}

export const createSessionKeeper = (parts: SessionKeeperParts): SessionKeeper => {
  const { clock, config, database, directory, forget, lease, onError, onOpened } = parts
  const lifetime = config.limits.sessionDays * DAY
  const touchEvery = Math.min(3_600_000, lifetime / 10)
  const touching = new Set<string>()
  const expiry = (): Date => new Date(clock.now() + lifetime)

  const used = (clientId: string, lastSeenAt: number): void => {
    if (clock.now() - lastSeenAt < touchEvery || touching.has(clientId)) return
    touching.add(clientId)
    clientSessions
      .touch(database.kysely, clientId, clock.date(), expiry())
      .then(() => directory.sessions.invalidate(clientId))
      .catch(onError)
      .finally(() => touching.delete(clientId))
  }

  return {
    async open(session) {
      const known = await directory.sessions.get(session.clientId)
      if (known !== undefined && isSame(known, session) && known.expiresAt > clock.now()) {
        used(known.clientId, known.lastSeenAt)
        return { expiresAt: new Date(known.expiresAt), surplus: [] }
      }
      const opened = await database.transaction(async (tx) => {
        const now = clock.date()
        const credential = await credentialFor(tx, session, now)
        if (credential === undefined) return undefined
        const expiresAt = earlier(expiry(), credential.endsAt)
        await clientSessions.open(tx, {
          client_id: session.clientId,
          employee_id: session.employeeId,
          device_info: session.deviceInfo ?? null,
          credential_id: credential.credentialId,
          now,
          expires_at: expiresAt,
        })
        const live = await clientSessions.liveOf(tx, session.employeeId)
        const others = live.map((row) => row.client_id).filter((clientId) => clientId !== session.clientId)
        const excess = live.length - config.limits.sessionsPerEmployee
        const surplus = excess > 0 ? await clientSessions.end(tx, others.slice(0, excess), 'surplus', now) : []
        const stale: Stale = { sessions: [session.clientId, ...surplus], access: [session.employeeId] }
        return { expiresAt, surplus, stale, change: await lease.announce(tx, stale) }
      })
      if (opened === undefined) return undefined
      const { change, expiresAt, stale, surplus } = opened
      forget(stale)
      // Otherwise another gateway would not know of the device when it copies messages to it.
      if (change !== undefined) await lease.forgotten(change)
      onOpened?.(session, surplus)
      return { expiresAt, surplus }
    },
    used,
  }
}

const earlier = (a: Date, b: Date | null): Date => (b !== null && b < a ? b : a)

const isSame = (known: SessionEntry, { credentialId, deviceInfo, employeeId }: OpenSession): boolean =>
  known.endReason === null &&
  known.employeeId === employeeId &&
  known.credentialId === credentialId &&
  (deviceInfo === undefined || known.deviceInfo === deviceInfo)
