import { sql } from 'kysely'
import type { Database, Db } from './database.ts'

/**
 * Numbered places of gateways that take requests from sessions which outlive them: whoever holds a slot holds the broker's
 * session of that number. A slot belongs to a gateway for as long as its lease (lease.ts) lasts.
 */
export interface Slots {
  /**
   * A place for this gateway: one that a dead gateway has left, since there is work in it, or else the lowest free one.
   * @param known those that this gateway knows it has: another one in its name was taken by a commit it never heard of
   */
  take(known: readonly number[]): Promise<number>
  /** One that a dead gateway has left, if there is any. */
  takeAbandoned(known: readonly number[]): Promise<number | undefined>
  isOwn(slot: number): Promise<boolean>
  /** Its session is subscribed from now on. */
  takes(slot: number): Promise<void>
  /** Whether another gateway's session is subscribed; then this one no longer counts as such, and may be given up. */
  mayLeave(slot: number): Promise<boolean>
  /** Nothing is left in its session. */
  giveBack(slot: number): Promise<void>
}

/** @param instance that of the lease */
export const createSlots = (database: Database, instance: string): Slots => {
  const isLive = sql`exists (select from gateway where gateway.instance = holder and lease_until > clock_timestamp())`

  const takeAbandonedIn = async (tx: Db, known: readonly number[]): Promise<number | undefined> => {
    const { rows } = await sql<{ slot: number; holder: string }>`
      select slot, holder from gateway_slot
      where holder is not null and (not ${isLive} or (holder = ${instance} and slot <> all(${known}::int[])))
      order by slot limit 1`.execute(tx)
    const [found] = rows
    if (found === undefined) return undefined
    if (found.holder !== instance && !(await isOver(tx, found.holder))) return undefined
    await sql`update gateway_slot set holder = ${instance}, takes = false where slot = ${found.slot}`.execute(tx)
    return found.slot
  }

  /** Waits for what the dead one may be committing at this moment, and is the end of everything it would still commit. */
  const isOver = async (tx: Db, holder: string): Promise<boolean> => {
    await sql`delete from gateway where instance = ${holder} and lease_until <= clock_timestamp()`.execute(tx)
    const { rows } = await sql`select from gateway where instance = ${holder}`.execute(tx)
    return rows.length === 0
  }

  /** One gateway at a time decides about slots. */
  const decide = <T>(work: (tx: Db) => Promise<T>): Promise<T> =>
    database.transaction(async (tx) => {
      await sql`lock table gateway_slot in exclusive mode`.execute(tx)
      return work(tx)
    })

  return {
    take: (known) =>
      decide(async (tx) => {
        const abandoned = await takeAbandonedIn(tx, known)
        if (abandoned !== undefined) return abandoned
        const { rows } = await sql<{ slot: number }>`
          insert into gateway_slot (slot, holder)
          select min(free.slot), ${instance}
          from generate_series(1, (select count(*) + 1 from gateway_slot where holder is not null)) as free (slot)
          where not exists (select from gateway_slot as used where used.slot = free.slot and used.holder is not null)
          on conflict (slot) do update set holder = excluded.holder, takes = false
          returning slot`.execute(tx)
        const [taken] = rows
        if (taken === undefined) throw new Error('no slot was free')
        return taken.slot
      }),

    async takeAbandoned(known) {
      // Looking costs no lock; most of the time there is nothing.
      const { rows } = await sql`select from gateway_slot
        where holder is not null and (not ${isLive} or (holder = ${instance} and slot <> all(${known}::int[])))
        limit 1`.execute(database.kysely)
      return rows.length === 0 ? undefined : decide((tx) => takeAbandonedIn(tx, known))
    },

    isOwn: (slot) =>
      decide(async (tx) => {
        const { rows } = await sql`select from gateway_slot where slot = ${slot} and holder = ${instance}`.execute(tx)
        return rows.length > 0
      }),

    async takes(slot) {
      await sql`update gateway_slot set takes = true where slot = ${slot} and holder = ${instance}`.execute(
        database.kysely,
      )
    },

    mayLeave: (slot) =>
      decide(async (tx) => {
        const { rows } = await sql`select from gateway_slot where slot <> ${slot} and takes and ${isLive}`.execute(tx)
        if (rows.length === 0) return false
        await sql`update gateway_slot set takes = false where slot = ${slot} and holder = ${instance}`.execute(tx)
        return true
      }),

    async giveBack(slot) {
      await sql`update gateway_slot set holder = null, takes = false where slot = ${slot} and holder = ${instance}`.execute(
        database.kysely,
      )
    },
  }
}
