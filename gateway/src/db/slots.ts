import { sql } from 'kysely'
import type { Database, Db } from './database.ts'

/**
 * Numbered places of gateways that take requests from sessions which outlive them (brokers.md A1): whoever holds a slot
 * holds the broker's session of that number. A slot belongs to a gateway for as long as its lease (lease.ts) lasts.
 */
export interface Slots {
  /** A place for this gateway: one that a dead gateway has left, since there is work in it, or else the lowest free one. */
  take(): Promise<number>
  /** One that a dead gateway has left, if there is any. */
  takeAbandoned(): Promise<number | undefined>
  isOwn(slot: number): Promise<boolean>
  /** Does another gateway run? */
  othersRun(): Promise<boolean>
  /** Nothing is left in its session. */
  giveBack(slot: number): Promise<void>
}

/** @param instance that of the lease */
export const createSlots = (database: Database, instance: string): Slots => {
  const takeAbandonedIn = async (tx: Db): Promise<number | undefined> => {
    const { rows } = await sql<{ slot: number; holder: string }>`
      select slot, holder from gateway_slot
      where holder is not null
        and not exists (select from gateway where instance = holder and lease_until > now())
      order by slot limit 1`.execute(tx)
    const [found] = rows
    if (found === undefined) return undefined
    // Waits for what the dead one may be committing at this moment, and is the end of everything it would still commit.
    await sql`delete from gateway where instance = ${found.holder} and lease_until <= now()`.execute(tx)
    const alive = await sql`select from gateway where instance = ${found.holder}`.execute(tx)
    if (alive.rows.length > 0) return undefined
    await own(tx, found.slot)
    return found.slot
  }

  const own = async (tx: Db, slot: number): Promise<void> => {
    await sql`update gateway_slot set holder = ${instance} where slot = ${slot}`.execute(tx)
  }

  /** One gateway at a time decides about slots. */
  const decide = <T>(work: (tx: Db) => Promise<T>): Promise<T> =>
    database.transaction(async (tx) => {
      await sql`lock table gateway_slot in exclusive mode`.execute(tx)
      return work(tx)
    })

  return {
    take: () =>
      decide(async (tx) => {
        const abandoned = await takeAbandonedIn(tx)
        if (abandoned !== undefined) return abandoned
        const { rows } = await sql<{ slot: number }>`
          insert into gateway_slot (slot, holder)
          select min(free.slot), ${instance}
          from generate_series(1, (select count(*) + 1 from gateway_slot where holder is not null)) as free (slot)
          where not exists (select from gateway_slot as used where used.slot = free.slot and used.holder is not null)
          on conflict (slot) do update set holder = excluded.holder
          returning slot`.execute(tx)
        const [taken] = rows
        if (taken === undefined) throw new Error('no slot was free')
        return taken.slot
      }),

    async takeAbandoned() {
      // Looking costs no lock; most of the time there is nothing.
      const { rows } = await sql`select from gateway_slot where holder is not null
        and not exists (select from gateway where instance = holder and lease_until > now()) limit 1`.execute(
        database.kysely,
      )
      return rows.length === 0 ? undefined : decide(takeAbandonedIn)
    },

    isOwn: (slot) =>
      decide(async (tx) => {
        const { rows } = await sql`select from gateway_slot where slot = ${slot} and holder = ${instance}`.execute(tx)
        return rows.length > 0
      }),

    async othersRun() {
      const { rows } = await sql`select from gateway
        where instance <> ${instance} and lease_until > now() limit 1`.execute(database.kysely)
      return rows.length > 0
    },

    async giveBack(slot) {
      await sql`update gateway_slot set holder = null where slot = ${slot} and holder = ${instance}`.execute(
        database.kysely,
      )
    },
  }
}
