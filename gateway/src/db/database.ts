import type { Tables } from '@mchat/schema/tables'
import type { Kysely, Transaction } from 'kysely'

/** What a repository works on: the pool, or one transaction. */
export type Db = Kysely<Tables>

export interface DatabaseLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** A `notify` on a channel that the session listens to. */
export type OnNotification = (channel: string, payload: string) => void

/** One connection outside the pool, without any time limit. */
export interface DatabaseSession {
  /** Process id of the server process behind it. */
  readonly backendPid: number
  query<R>(text: string, values?: readonly unknown[]): Promise<R[]>
  close(): Promise<void>
}

export interface Database {
  /**
   * For single statements. Never use it inside `transaction`: with PGlite, which has one connection, that waits for
   * itself for ever.
   */
  readonly kysely: Kysely<Tables>
  readonly kind: 'pglite' | 'postgres'
  /**
   * Runs `work` in one `read committed` transaction: commits when it resolves, rolls back when it rejects. After a
   * deadlock or a serialisation failure `work` is run once more from the start, so it must change nothing outside the
   * transaction. With PGlite transactions run one after the other: await nothing slow inside.
   */
  transaction<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>
  /**
   * Runs `work` on one connection without time limits, for migrations and maintenance. On PostgreSQL it is a connection
   * of its own beside the pool; with PGlite everything else waits.
   */
  maintain<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T>
  /**
   * PostgreSQL only: a connection of its own for what lives as long as a connection does, such as session locks and
   * `listen`. `onLost` is called once when it breaks, not when it is closed.
   */
  readonly connect?: (onLost: (error: Error) => void, onNotification?: OnNotification) => Promise<DatabaseSession>
  /** Resolves when the database answers; otherwise rejects within 6 s (`toDatabaseError`: `unavailable`). */
  ping(): Promise<void>
  /** Waits for what is running. Afterwards every call rejects. */
  close(): Promise<void>
}

export interface OpenDatabaseOptions {
  /** `postgres://…`; absent: PGlite in `<directory>/database`. */
  readonly url?: string | undefined
  /** The data directory. With PGlite the caller holds its lock (`acquireDirectoryLock`): two processes lose rows. */
  readonly directory: string
  readonly log: DatabaseLog
}

/**
 * Opens the database without touching its schema (`migrate` does that). Rejects when it cannot be reached. Whichever
 * driver it is, values look the same: times are `Date`, `bigint` is a number, `jsonb` is parsed. On PostgreSQL no
 * statement takes longer than 5 s, no lock is awaited longer than 2 s, and a lost server is noticed within 6 s; the pool
 * recovers by itself when the server is back.
 */
export const openDatabase = async ({ directory, log, url }: OpenDatabaseOptions): Promise<Database> => {
  // Only the driver that is used is loaded: whatever starts waits for its modules.
  if (url === undefined) {
    const { openPGlite } = await import('./pglite.ts')
    return await openPGlite({ directory })
  }
  const { openPostgres } = await import('./postgres.ts')
  return await openPostgres({ url, log })
}
