import type { Clock } from '../platform/clock.ts'
import type { Database, DatabaseLog, Db } from './database.ts'
import { PostgresLease } from './postgres-lease.ts'
import type { Forget, Stale } from './stale.ts'

/**
 * The right to use what is remembered, held by each gateway of a database, and the way to take it from them all.
 *
 * It lasts a few seconds and is renewed while the connection lives over which changes are announced. A gateway that
 * cannot renew, or was not running for a while, stops using its memory before the lease is over; whoever changes
 * something waits until every other holder has confirmed that it forgot, or its lease has run out. So after the answer
 * nobody judges by what was before (contract 3.1, 5).
 */
export interface Lease {
  /** Asked at the moment of use, without an await in between. */
  isValid(): boolean
  /** How often it was taken: what belonged to the gateway by its lease in an earlier term may be another one's now. */
  readonly term: number
  /**
   * Among the last statements of a changing transaction: with its commit the others hear of it.
   * @returns the number of the change, for `forgotten`; undefined when nobody has to forget anything
   * @throws MChatError `database_unavailable` when the lease is over: whoever took over may have answered otherwise since
   *   (the fence at the write, for a gateway that was paused)
   */
  announce(tx: Db, stale: Stale): Promise<number | undefined>
  /**
   * Resolves when no other gateway uses anything from before the change.
   * @throws MChatError `revocation_pending` after 5 s; the change is announced all the same
   */
  forgotten(change: number): Promise<void>
  /** Is this the gateway that does what is to be done once? Changes when that one is gone, so it must do no harm twice. */
  isFirst(): Promise<boolean>
  /** Gateways that held a lease when this one renewed its own, itself counted. */
  readonly gateways: number
  /**
   * By how many milliseconds the clock of the database is ahead of this machine's, as far as it is known: to the time it
   * takes to ask. What expires does so by that clock, so that gateways agree whatever their own ones say.
   */
  readonly databaseAhead: number
  /**
   * Tells the other gateways something (`onNews`) that they can do without: while the lease is over it is not told.
   * @param news at most 7,000 bytes
   */
  tell(news: string): void
  /** Gives the lease back, so that nobody waits for it to run out. */
  release(): Promise<void>
}

export interface LeaseOptions {
  /** Unique among the gateways that run or have run in the last hour; without a space. */
  readonly instance: string
  /** `DeploymentSecret.id`: while it has the lease, what that secret opens stays there (keyring/finish-rotation.ts). */
  readonly secretId: string
  readonly clock: Pick<Clock, 'monotonic' | 'now'>
  readonly log: DatabaseLog
  readonly forget: Forget
  /** The lease was lost and is held again: what belonged to the gateway by it may belong to another one now. */
  readonly onRegained?: () => void
  /** What another gateway has told. */
  readonly onNews?: (news: string) => void
}

/** One gateway alone, as with PGlite, tells nobody and waits for nobody. */
export const soleLease: Lease = {
  isValid: () => true,
  term: 1,
  announce: async () => undefined,
  forgotten: async () => undefined,
  isFirst: async () => true,
  gateways: 1,
  databaseAhead: 0,
  tell: () => {},
  release: async () => undefined,
}

/** Takes the lease. Rejects when the database cannot be reached. */
export const acquireLease = async (database: Database, options: LeaseOptions): Promise<Lease> => {
  if (database.connect === undefined) return soleLease
  const lease = new PostgresLease(database, database.connect, options)
  await lease.open()
  return lease
}
