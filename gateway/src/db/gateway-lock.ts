import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, DatabaseSession } from './database.ts'

/** Any number, the same in every release. */
const LOCK = 7_236_401_552
const RETRY_MS = 1000

export interface GatewayLock {
  /** Gives the database free. Does nothing the second time. */
  release(): Promise<void>
}

export interface GatewayLockOptions {
  /** true: for a gateway that shares broker and database with others; it keeps out only those with an embedded broker. */
  readonly shared?: boolean
  /**
   * Called once, with one sentence, when the connection broke and another gateway got the database before this one had it
   * back. Whoever hears it must stop: two embedded brokers know nothing of each other's clients.
   */
  readonly onLost?: ((reason: string) => void) | undefined
}

/**
 * Takes a PostgreSQL database: for the one gateway whose broker is embedded, or together with others that share a broker.
 * Rejects with one sentence for people when somebody else has it. The lock belongs to a connection of its own, so it ends with the process, however that ends; when the
 * database restarts it is taken again by itself. PGlite needs none: its directory is locked.
 */
export const acquireGatewayLock = async (
  database: Database,
  options: GatewayLockOptions = {},
): Promise<GatewayLock> => {
  const { connect } = database
  if (connect === undefined) return { release: async () => undefined }

  let released = false
  const take = async (formerPid?: number): Promise<DatabaseSession> => {
    let taken: DatabaseSession | undefined
    const next = await connect(() => {
      if (taken !== undefined) void regain(taken.backendPid)
    })
    try {
      await noticeDeadClients(next)
      await lock(next, options.shared === true, formerPid)
    } catch (error) {
      await next.close()
      throw error
    }
    taken = next
    return next
  }

  const regain = async (formerPid: number): Promise<void> => {
    while (!released) {
      try {
        const next = await take(formerPid)
        if (released) await next.close()
        session = next
        return
      } catch (error) {
        if (error instanceof HeldByAnother) {
          if (!released) options.onLost?.(error.message)
          return
        }
        await sleep(RETRY_MS, undefined, { ref: false })
      }
    }
  }

  let session = await take()
  return {
    async release() {
      if (released) return
      released = true
      await session.close()
    },
  }
}

class HeldByAnother extends Error {
  constructor(holder: string, shared: boolean) {
    super(
      shared
        ? `The database is in use by an MChat with an embedded broker (${holder}); stop it first.`
        : `The database is in use by another MChat (${holder}); ` +
            'stop it first, or set MCHAT_BROKER_URL on all of them to run several gateways on one database.',
    )
    this.name = 'HeldByAnother'
  }
}

/**
 * @param formerPid the server process of the connection that was lost: after a cut network it may hold the lock for as
 *   long as the server has not noticed, and is then ended
 */
const lock = async (session: DatabaseSession, shared: boolean, formerPid: number | undefined): Promise<void> => {
  const take = shared ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'
  for (let attempt = 0; ; attempt++) {
    const [answer] = await session.query<{ locked: boolean }>(`select ${take}($1::bigint) as locked`, [LOCK])
    if (answer?.locked === true) return
    const [holder] = await session.query<{ pid: number; application_name: string; ours: boolean }>(
      `select pg_locks.pid, application_name, application_name = current_setting('application_name') as ours
       from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and granted and objsubid = 1
         and pg_locks.database = (select oid from pg_database where datname = current_database())
         and (classid::bigint << 32) | objid::bigint = $1::bigint`,
      [LOCK],
    )
    if (holder === undefined && attempt < 10) continue
    if (holder === undefined || !holder.ours || holder.pid !== formerPid || attempt >= 10) {
      throw new HeldByAnother(holder?.application_name || 'unknown', shared)
    }
    await session.query('select pg_terminate_backend($1)', [holder.pid])
    await sleep(100)
  }
}

/** So that the server lets go within half a minute when this machine dies; by default it would take two hours. */
const noticeDeadClients = async (session: DatabaseSession): Promise<void> => {
  await session.query(
    `select set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false),
       set_config('tcp_keepalives_count', '3', false)`,
  )
}
