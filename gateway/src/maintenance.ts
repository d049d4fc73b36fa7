import { LIMITS } from '@mchat/schema'
import type { Access } from './access/access.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import type { Directory } from './db/directory.ts'
import { tidy } from './db/housekeeping.ts'
import { clientSessions } from './db/repositories/client-sessions.ts'
import { requestLog } from './db/repositories/request-log.ts'
import type { Log } from './ops/log.ts'
import type { Clock } from './platform/clock.ts'
import type { Effect } from './router/effects.ts'
import type { Settle } from './router/settle.ts'

export interface MaintenanceParts {
  readonly config: Config
  readonly database: Database
  readonly directory: Directory
  readonly access: Access
  readonly settle: Settle
  readonly clock: Clock
  readonly log: Log
}

/** What has to be done from time to time, beside all requests. */
export interface Maintenance {
  /** Finishes the changes that were committed when a gateway died before it came to their effects. */
  finishInterrupted(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const DAY = 86_400_000

export const createMaintenance = (parts: MaintenanceParts): Maintenance => {
  const { access, clock, config, database, directory, log, settle } = parts
  const timers: NodeJS.Timeout[] = []
  const running = new Set<Promise<void>>()

  const finishInterrupted = async (): Promise<void> => {
    const rows = await requestLog.unsettled(database.kysely, 100)
    for (const row of rows) {
      await settle(row.effects as readonly Effect[], { clientId: row.client_id, seqId: row.seq_id })
      await requestLog.settle(database.kysely, row.client_id, row.seq_id)
    }
    if (rows.length === 100) await finishInterrupted()
  }

  const endExpiredSessions = async (): Promise<void> => {
    const ended = await clientSessions.endExpired(database.kysely, clock.date())
    for (const { client_id: clientId, employee_id: employeeId } of ended) {
      directory.sessions.invalidate(clientId)
      directory.sessionsOf.invalidate(employeeId)
    }
    if (ended.length > 0) await access.syncEmployees([...new Set(ended.map((row) => row.employee_id))])
  }

  const purgeRequestLog = async (): Promise<void> => {
    await requestLog.purgeBefore(database.kysely, new Date(clock.now() - LIMITS.retryHours * 3_600_000))
    await tidy(database)
  }

  const every = (milliseconds: number, what: string, work: () => Promise<void>): void => {
    const timer = setInterval(() => {
      const run = work()
        .catch((error: unknown) => log.warn({ error: String(error) }, `${what} failed; it is tried again`))
        .finally(() => running.delete(run))
      running.add(run)
    }, milliseconds)
    timer.unref()
    timers.push(timer)
  }

  return {
    finishInterrupted,
    start() {
      const sessionLife = config.limits.sessionDays * DAY
      every(Math.max(200, Math.min(60_000, sessionLife / 10)), 'ending expired sessions', endExpiredSessions)
      every(60_000, 'finishing interrupted changes', finishInterrupted)
      every(3_600_000, 'clearing the request log', purgeRequestLog)
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    },
  }
}
