import { LIMITS, SESSION_EXPIRED } from '@mchat/schema'
import type { Access } from './access/access.ts'
import { createBackgroundSync } from './access/background-sync.ts'
import type { AuditChain } from './audit/chain.ts'
import type { AuditHeads } from './audit/heads.ts'
import { PURGED_AT_ONCE, purgeAudit } from './audit/purge.ts'
import type { Changes } from './changes/changes.ts'
import type { Config } from './config.ts'
import type { Database } from './db/database.ts'
import { tidy } from './db/housekeeping.ts'
import type { Lease } from './db/lease.ts'
import { agentRuns } from './db/repositories/agent-runs.ts'
import { challenges } from './db/repositories/challenges.ts'
import { clientSessions } from './db/repositories/client-sessions.ts'
import { credentials } from './db/repositories/credentials.ts'
import { employees } from './db/repositories/employees.ts'
import { requestLog } from './db/repositories/request-log.ts'
import type { Forget, Stale } from './db/stale.ts'
import { type KeyParts, keepKeys, keepSealed } from './keyring/keep-keys.ts'
import type { Log } from './ops/log.ts'
import type { Clock } from './platform/clock.ts'
import { UserError } from './platform/user-error.ts'
import type { Effect } from './router/effects.ts'
import type { Settle } from './router/settle.ts'
import { tidyStats } from './stats/tidy-stats.ts'

export interface MaintenanceParts {
  readonly config: Config
  readonly database: Database
  readonly lease: Lease
  readonly forget: Forget
  readonly access: Access
  readonly settle: Settle
  readonly auditChain: AuditChain
  readonly auditHeads: AuditHeads
  readonly changes: Pick<Changes, 'changed'>
  readonly keys: KeyParts
  readonly tidyFiles: () => Promise<void>
  /** Hears in a sentence that the deployment was rotated to a secret that this gateway does not have. */
  readonly onKeysLost: (reason: string) => void
  readonly clock: Clock
  readonly log: Log
}

/** What has to be done from time to time, beside all requests. */
export interface Maintenance {
  /**
   * Finishes the changes that were committed when a gateway died before it came to their effects.
   * @param idleFor leaves those alone that are younger than this, in milliseconds
   */
  finishInterrupted(idleFor?: number): Promise<void>
  /** Why the database cannot be used, in a sentence; undefined when it answered the last time it was asked. */
  databaseProblem(): string | undefined
  start(): void
  stop(): Promise<void>
}

const DAY = 86_400_000
const SEALING = 'sealing anew what older keys have sealed'
const HEALTH_EVERY_MS = 2000
/** How long at most somebody still hears what is said after the end of their session; asking is over at once. */
const ENDS_EVERY_MS = 2000
const ENDED_SESSIONS_KEPT = 30 * DAY
/** Until every gateway has heard of a rotation. */
const KEYS_EVERY_MS = 10_000

export const createMaintenance = (parts: MaintenanceParts): Maintenance => {
  const {
    access,
    auditChain,
    auditHeads,
    changes,
    clock,
    config,
    database,
    forget,
    keys,
    lease,
    log,
    onKeysLost,
    settle,
    tidyFiles,
  } = parts
  const background = createBackgroundSync(access, log)
  const timers: NodeJS.Timeout[] = []
  const running = new Set<Promise<void>>()
  let databaseProblem: string | undefined
  let stopping = false

  /** Row by row, so that one which cannot be finished holds up neither the others nor the start. */
  const finishInterrupted = async (idleFor = 0): Promise<void> => {
    const rows = await requestLog.unsettled(database.kysely, 1000)
    for (const row of rows) {
      if (stopping) return
      // Younger ones are being settled by whoever answers them.
      if (row.created_at.getTime() > clock.now() - idleFor) continue
      try {
        // The connection it came over is nobody's to spare any more.
        await settle(row.effects as readonly Effect[], { clientId: row.client_id, seqId: row.seq_id }, 'everybody')
        await requestLog.settle(database.kysely, row.client_id, row.seq_id)
      } catch (error) {
        log.warn({ action: row.action, error: String(error) }, 'an interrupted change could not be finished yet')
      }
    }
  }

  /** The organisation may have changed while nothing ran (`mchat admin reset`), and the broker keeps what was said last. */
  const announceOrganisation = async (): Promise<void> => {
    try {
      await settle([{ kind: 'org_changed' }], { clientId: 'mchat', seqId: 'start' })
    } catch (error) {
      timers.push(setTimeout(() => run('announcing the organisation', announceOrganisation), 60_000).unref())
      throw error
    }
  }

  /** And what was opened with a credential that has ended, which ends no later. */
  const endExpiredSessions = async (): Promise<void> => {
    const { kysely } = database
    const now = clock.date()
    if (!(await clientSessions.anyExpired(kysely, now)) && !(await credentials.anyExpired(kysely, now))) return
    const { change, ended, sessions, stale } = await database.transaction(async (tx) => {
      const revoked = await credentials.revokeExpired(tx, now)
      const ids = revoked.map((row) => row.credential_id)
      const ended = [
        ...(await clientSessions.endExpired(tx, now)),
        ...(ids.length === 0 ? [] : await clientSessions.endOpenedWith(tx, ids, now)),
      ]
      const employeeIds = [...new Set([...ended, ...revoked].map((row) => row.employee_id))]
      const sessions = ended.map((row) => row.client_id)
      const stale: Stale = { sessions, access: employeeIds }
      return { ended: employeeIds, sessions, stale, change: await lease.announce(tx, stale) }
    })
    if (ended.length === 0) return
    forget(stale)
    if (change !== undefined) await lease.forgotten(change)
    background.sync(ended)
    const things = sessions.map((id) => ({ noun: 'session', id }) as const)
    changes.changed({ action: SESSION_EXPIRED, operator_id: null, at: now.toISOString(), things })
  }

  /** One employee after the other, and one gateway of all: nobody waits for it. */
  const reconcile = async (): Promise<void> => {
    if (!access.keepsOwnList || !(await lease.isFirst())) return
    let pending = 0
    for await (const employeeId of employees.allIds(database.kysely)) {
      if (stopping) return
      await access.syncEmployees([employeeId]).catch(() => pending++)
    }
    if (pending > 0) throw new Error(`${pending} employees could not be compared with the broker`)
  }

  const purgeRequestLog = async (): Promise<void> => {
    await requestLog.purgeBefore(database.kysely, new Date(clock.now() - LIMITS.retryHours * 3_600_000))
    await credentials.purgeRevoked(database.kysely, new Date(clock.now() - ENDED_SESSIONS_KEPT))
    await clientSessions.purgeEnded(database.kysely, new Date(clock.now() - ENDED_SESSIONS_KEPT))
    await challenges.purge(database.kysely)
    await agentRuns.purgeBefore(database.kysely, new Date(clock.now() - LIMITS.agentRunDays * DAY))
    await tidyStats(database.kysely, clock.now())
    await tidy(database)
  }

  /** A day's head, once it is over, and the rows that nobody has to keep any longer; by one gateway of all. */
  const keepAudit = async (): Promise<void> => {
    if (!(await lease.isFirst())) return
    const head = await auditHeads.sign(database)
    if (head !== undefined) await settle([{ kind: 'audit_head', head }], { clientId: 'mchat', seqId: 'audit' })
    for (let purged = PURGED_AT_ONCE; purged >= PURGED_AT_ONCE && !stopping; ) {
      purged = await purgeAudit(database, auditChain, config.auditDays)
      if (purged > 0) log.info({ rows: purged }, 'audit rows past their time were purged')
    }
  }

  const watchKeys = async (): Promise<void> => {
    const { generation } = keys.keys.current
    try {
      await keepKeys(keys)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      onKeysLost(error.message)
      return
    }
    // Also where another gateway has finished the rotation, or the command.
    if (keys.keys.current.generation === generation) return
    await keepSealed(keys)
    // What was enrolled meanwhile at a gateway that had not heard of it.
    timers.push(setTimeout(() => run(SEALING, () => keepSealed(keys)), 2 * KEYS_EVERY_MS).unref())
  }

  const tidyFilesOnce = async (): Promise<void> => {
    if (await lease.isFirst()) await tidyFiles()
  }

  const sealAnew = async (): Promise<void> => {
    if (await lease.isFirst()) await keepSealed(keys)
  }

  const checkDatabase = async (): Promise<void> => {
    try {
      await database.ping()
      databaseProblem = undefined
    } catch {
      databaseProblem = 'The database does not answer.'
    }
  }

  const run = (what: string, work: () => Promise<void>): void => {
    const task = work()
      .catch((error: unknown) => log.warn({ error: String(error) }, `${what} failed; it is tried again`))
      .finally(() => running.delete(task))
    running.add(task)
  }
  const every = (milliseconds: number, what: string, work: () => Promise<void>): void => {
    timers.push(setInterval(() => run(what, work), milliseconds).unref())
  }

  return {
    finishInterrupted,
    databaseProblem: () => databaseProblem,
    start() {
      every(ENDS_EVERY_MS, 'ending expired sessions', endExpiredSessions)
      every(60_000, 'finishing interrupted changes', () => finishInterrupted(10_000))
      run('announcing the organisation', announceOrganisation)
      run('comparing the rights on the broker with the database', reconcile)
      every(3_600_000, 'comparing the rights on the broker with the database', reconcile)
      every(3_600_000, 'clearing the request log', purgeRequestLog)
      run('keeping the audit log', keepAudit)
      every(600_000, 'keeping the audit log', keepAudit)
      // Also where a gateway never lives for an hour.
      timers.push(setTimeout(() => run('clearing the request log', purgeRequestLog), 60_000).unref())
      // One that is alone has finished a rotation when it started, and nobody can begin one while it runs.
      if (config.broker.kind !== 'embedded') every(KEYS_EVERY_MS, 'looking after the keys', watchKeys)
      every(3_600_000, SEALING, sealAnew)
      every(3_600_000, 'tidying the files', tidyFilesOnce)
      every(HEALTH_EVERY_MS, 'asking the database', checkDatabase)
    },
    async stop() {
      stopping = true
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
      await background.stop()
    },
  }
}
