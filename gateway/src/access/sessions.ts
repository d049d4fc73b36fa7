import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import type { Clock } from '../platform/clock.ts'

const DAY = 86_400_000

/** How long a session lives after its last use, and how it is opened and kept. */
export interface SessionKeeper {
  /**
   * Opens or renews the session of a client_id. When the employee then has more than the limit, the longest unused ones
   * are ended.
   * @returns when it expires, and the client_ids of the sessions that were ended for it
   */
  open(session: OpenSession): Promise<{ expiresAt: Date; surplus: readonly string[] }>
  /** Notes that a session was used, at most once in a tenth of its life or an hour. Does not wait. */
  used(clientId: string, lastSeenAt: number): void
}

export interface OpenSession {
  readonly clientId: string
  readonly employeeId: string
  readonly credentialId: string | null
  readonly deviceInfo: string | undefined
}

export const createSessionKeeper = (
  config: Config,
  database: Database,
  directory: Directory,
  clock: Clock,
  onError: (error: unknown) => void,
): SessionKeeper => {
  const lifetime = config.limits.sessionDays * DAY
  const touchEvery = Math.min(3_600_000, lifetime / 10)
  const touching = new Set<string>()
  const expiry = (): Date => new Date(clock.now() + lifetime)
  return {
    async open(session) {
      const expiresAt = expiry()
      const surplus = await database.transaction(async (tx) => {
        await clientSessions.open(tx, {
          client_id: session.clientId,
          employee_id: session.employeeId,
          device_info: session.deviceInfo ?? null,
          credential_id: session.credentialId,
          now: clock.date(),
          expires_at: expiresAt,
        })
        const live = await clientSessions.liveOf(tx, session.employeeId)
        const others = live.map((row) => row.client_id).filter((clientId) => clientId !== session.clientId)
        const excess = live.length - config.limits.sessionsPerEmployee
        return excess > 0 ? await clientSessions.end(tx, others.slice(0, excess), 'surplus', clock.date()) : []
      })
      directory.sessions.invalidate(session.clientId)
      for (const clientId of surplus) directory.sessions.invalidate(clientId)
      directory.sessionsOf.invalidate(session.employeeId)
      return { expiresAt, surplus }
    },
    used(clientId, lastSeenAt) {
      if (clock.now() - lastSeenAt < touchEvery || touching.has(clientId)) return
      touching.add(clientId)
      clientSessions
        .touch(database.kysely, clientId, clock.date(), expiry())
        .then(() => directory.sessions.invalidate(clientId))
        .catch(onError)
        .finally(() => touching.delete(clientId))
    },
  }
}
