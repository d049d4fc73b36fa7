import { setTimeout as sleep } from 'node:timers/promises'
import { MChatError } from '@mchat/schema'
import { sql } from 'kysely'
import type { Database, DatabaseSession, Db } from './database.ts'
import type { Lease, LeaseOptions } from './lease.ts'
import { counters } from './repositories/counters.ts'
import { isEmpty, type Stale } from './stale.ts'

const LEASE_MS = 3000
const RENEW_MS = 1000
/** For the clocks of two machines, which may run at slightly different speeds. */
const SAFETY_MS = 200
const CONFIRM_MS = 5000
const POLL_MS = 100
const SILENCE_MS = 2000
const RECONNECT_MS = 250
/** PostgreSQL takes 8,000 bytes; what is longer is announced as "everything". */
const MAX_PAYLOAD = 7000
const CHANGED = 'mchat_changed'
const CONFIRMED = 'mchat_confirmed'
const NEWS = 'mchat_news'
/** The counter (repositories/counters.ts) of the changes that were announced. */
export const CHANGES = 'change'

/** A row of its own may not be among those it sees, having been renewed by the same statement. */
const LIVE = `(select count(*)::int from gateway as other where other.lease_until > now() and other.instance <> $1) as others,
  extract(epoch from clock_timestamp())::float8 * 1000 as now`
const ENTER = `insert into gateway (instance, lease_until, confirmed, started_at, secret_id)
  values ($1, now() + $2 * interval '1 millisecond', $3, now(), $4)
  on conflict (instance) do update
  set lease_until = excluded.lease_until, confirmed = greatest(gateway.confirmed, excluded.confirmed)
  returning ${LIVE}`
/** Not for one whose row is gone: what was its own has been taken over (slots.ts). */
const STAY = `update gateway
  set lease_until = now() + $2 * interval '1 millisecond', confirmed = greatest(confirmed, $3)
  where instance = $1 returning ${LIVE}`

interface Renewed {
  readonly others: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/** A row of the table `gateway`, renewed over the connection that listens for changes. */
export class PostgresLease implements Lease {
  readonly #database: Database
  readonly #connect: NonNullable<Database['connect']>
  readonly #options: LeaseOptions
  #session: DatabaseSession | undefined
  /** On the monotonic clock. */
  #validUntil = Number.NEGATIVE_INFINITY
  #processed = 0
  #term = 0
  #gateways = 1
  #databaseAhead: number | undefined
  #isReopening = false
  #released = false
  #timer: NodeJS.Timeout | undefined
  #waiting = new Set<() => void>()

  constructor(database: Database, connect: NonNullable<Database['connect']>, options: LeaseOptions) {
    this.#database = database
    this.#connect = connect
    this.#options = options
  }

  get term(): number {
    return this.#term
  }

  get gateways(): number {
    return this.#gateways
  }

  get databaseAhead(): number {
    return this.#databaseAhead ?? 0
  }

  isValid(): boolean {
    return this.#options.clock.monotonic() < this.#validUntil
  }

  async announce(tx: Db, stale: Stale): Promise<number | undefined> {
    if (isEmpty(stale)) {
      await this.#requireHeld(tx)
      return undefined
    }
    // The row stays locked until the commit, so changes are announced in the order of their numbers.
    const change = await counters.bump(tx, CHANGES)
    // After the wait for it.
    await this.#requireHeld(tx)
    const full = JSON.stringify({ change, stale })
    const payload = Buffer.byteLength(full) > MAX_PAYLOAD ? JSON.stringify({ change }) : full
    await sql`select pg_notify(${CHANGED}, ${payload})`.execute(tx)
    return change
  }

  /** Locked until the commit: who takes over what was this gateway's deletes the row, and so comes before or after. */
  async #requireHeld(tx: Db): Promise<void> {
    const { rows } = await sql`select from gateway
      where instance = ${this.#options.instance} and lease_until > clock_timestamp() for key share`.execute(tx)
    if (rows.length === 0) throw new MChatError('database_unavailable', { cause: new Error('the lease is over') })
  }

  async forgotten(change: number): Promise<void> {
    const deadline = this.#options.clock.monotonic() + CONFIRM_MS
    for (;;) {
      // Before the question, so that a confirmation that comes with its answer is not missed.
      const heard = this.#nextConfirmation()
      try {
        if (!(await this.#anybodyBehind(change))) return
        if (this.#options.clock.monotonic() > deadline) {
          throw new MChatError('revocation_pending', { cause: new Error('a gateway did not confirm in time') })
        }
        await Promise.race([heard.promise, sleep(POLL_MS, undefined, { ref: false })])
      } finally {
        heard.forget()
      }
    }
  }

  async isFirst(): Promise<boolean> {
    const { rows } = await sql<{ first: string | null }>`
      select min(instance) as first from gateway where lease_until > now()`.execute(this.#database.kysely)
    return rows[0]?.first === this.#options.instance
  }

  tell(news: string): void {
    const session = this.#session
    if (session === undefined) return
    const told = answered(session, `select pg_notify('${NEWS}', $1)`, [`${this.#options.instance} ${news}`])
    told.catch((error: unknown) => this.#failed(session, error))
  }

  async release(): Promise<void> {
    if (this.#released) return
    this.#released = true
    this.#validUntil = Number.NEGATIVE_INFINITY
    clearTimeout(this.#timer)
    const session = this.#session
    this.#session = undefined
    await session?.query('delete from gateway where instance = $1', [this.#options.instance]).catch(() => undefined)
    await session?.close().catch(() => undefined)
  }

  /** A connection that hears of every change from now on, and then a lease. */
  async open(): Promise<void> {
    const { forget, instance } = this.#options
    let opened: DatabaseSession | undefined
    const session = await this.#connect(
      () => this.#lost(opened),
      (channel, payload) => this.#notified(opened, channel, payload),
    )
    opened = session
    try {
      await answered(session, `listen ${CHANGED}`)
      await answered(session, `listen ${CONFIRMED}`)
      await answered(session, `listen ${NEWS}`)
      const [row] = await answered<{ value: number }>(session, 'select value from counter where name = $1', [CHANGES])
      // Whatever was announced before the listening is forgotten with the rest.
      this.#processed = Number(row?.value ?? 0)
      forget(undefined)
      this.#session = session
      await answered(session, `delete from gateway where lease_until < now() - interval '1 hour'`)
      await this.#renew(session, 'enter')
      this.#term++
    } catch (error) {
      if (this.#session === session) this.#session = undefined
      // Not awaited: to one whose network is gone there is nobody to say goodbye to.
      void session.close().catch(() => undefined)
      throw error
    }
    if (this.#released) await session.close()
    else this.#options.log.info({ instance }, 'the lease on what is remembered is held')
  }

  async #renew(session: DatabaseSession, how: 'enter' | 'stay' = 'stay'): Promise<void> {
    const { clock, instance, secretId } = this.#options
    // The lease begins in the database later than here, so it also ends later there.
    const asked = clock.monotonic()
    const values = [instance, LEASE_MS, this.#processed]
    const [row] = await (how === 'enter'
      ? answered<Renewed>(session, ENTER, [...values, secretId])
      : answered<Renewed>(session, STAY, values))
    if (row === undefined) throw new Error('another gateway has taken over')
    this.#compareClocks(row.now, clock.monotonic() - asked)
    if (session !== this.#session || this.#released) return
    this.#gateways = 1 + row.others
    this.#validUntil = asked + LEASE_MS - SAFETY_MS
    this.#timer = setTimeout(() => {
      this.#renew(session).catch((error: unknown) => this.#failed(session, error))
    }, RENEW_MS).unref()
  }

  /** Its time is some moment of those that the question took; what is known better than that stays. */
  #compareClocks(databaseNow: number, tookMs: number): void {
    const measured = databaseNow + tookMs / 2 - this.#options.clock.now()
    if (this.#databaseAhead !== undefined && Math.abs(measured - this.#databaseAhead) <= tookMs) return
    this.#databaseAhead = measured
  }

  #notified(session: DatabaseSession | undefined, channel: string, payload: string): void {
    if (channel === CONFIRMED) {
      for (const tell of this.#waiting) tell()
      return
    }
    if (channel === NEWS) {
      const own = `${this.#options.instance} `
      if (!payload.startsWith(own)) this.#options.onNews?.(payload.slice(payload.indexOf(' ') + 1))
      return
    }
    const { change, stale } = JSON.parse(payload) as { change: number; stale?: Stale }
    // Its own too: a gateway that never heard of its commit has not forgotten by itself.
    this.#options.forget(stale)
    this.#processed = Math.max(this.#processed, change)
    if (session !== undefined) this.#confirm(session).catch((error: unknown) => this.#failed(session, error))
  }

  #confirming = false
  /** One statement for all changes that have come meanwhile. */
  async #confirm(session: DatabaseSession): Promise<void> {
    if (this.#confirming) return
    this.#confirming = true
    try {
      for (let confirmed = -1; confirmed < this.#processed; ) {
        confirmed = this.#processed
        await answered(
          session,
          `with confirmed as (update gateway set confirmed = greatest(confirmed, $2) where instance = $1)
           select pg_notify('${CONFIRMED}', '')`,
          [this.#options.instance, confirmed],
        )
      }
    } finally {
      this.#confirming = false
    }
  }

  async #anybodyBehind(change: number): Promise<boolean> {
    const { rows } = await sql<{ behind: boolean }>`select exists (
      select from gateway
      where instance <> ${this.#options.instance} and lease_until > now() and confirmed < ${change}
    ) as behind`.execute(this.#database.kysely)
    return rows[0]?.behind === true
  }

  #nextConfirmation(): { readonly promise: Promise<void>; forget(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.add(resolve)
    return { promise, forget: () => this.#waiting.delete(resolve) }
  }

  #failed(session: DatabaseSession, error: unknown): void {
    if (session !== this.#session) return
    this.#options.log.warn({ error: String(error) }, 'the lease on what is remembered could not be renewed')
    void session.close().catch(() => undefined)
    this.#lost(session)
  }

  /** What is remembered may be used until the lease ends, since nobody's change is answered before. */
  #lost(session: DatabaseSession | undefined): void {
    if (session === undefined || session !== this.#session || this.#released) return
    this.#session = undefined
    clearTimeout(this.#timer)
    void this.#reopen()
  }

  async #reopen(): Promise<void> {
    if (this.#isReopening) return
    this.#isReopening = true
    try {
      await this.#untilOpen()
    } finally {
      this.#isReopening = false
    }
  }

  async #untilOpen(): Promise<void> {
    while (!this.#released && this.#session === undefined) {
      try {
        await this.open()
        this.#options.onRegained?.()
      } catch {
        await sleep(RECONNECT_MS, undefined, { ref: false })
      }
    }
  }
}

/** A server that is gone without a word would be waited for as long as TCP tries again. */
const answered = async <R>(
  session: DatabaseSession,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly R[]> => {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the database does not answer')), SILENCE_MS)
  })
  try {
    return await Promise.race([session.query<R>(text, values), silence])
  } finally {
    clearTimeout(timer)
  }
}
