import type { RequestLogTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type RequestLogRow = Selectable<RequestLogTable>

export interface NewRequestLogRow {
  readonly client_id: string
  readonly seq_id: string
  readonly employee_id: string
  readonly action: string
  readonly payload_hash: string
  /** Any JSON value, without secrets. */
  readonly response: unknown
  /** What is still to be done outside the database; null or undefined: nothing. */
  readonly effects?: unknown
  readonly created_at: Date
}

const PURGE_BATCH = 1000

/** The answered changes, so that a repetition answers the same (contract 3.1, 3). A row is settled once its effects are done. */
export const requestLog = {
  async find(db: Db, clientId: string, seqId: string): Promise<RequestLogRow | undefined> {
    return db
      .selectFrom('request_log')
      .selectAll()
      .where('client_id', '=', clientId)
      .where('seq_id', '=', seqId)
      .executeTakeFirst()
  },

  /**
   * false when the key exists, and then nothing is written. When another transaction is about to write the same key, this
   * waits for it to end, at most the lock timeout.
   */
  async insert(db: Db, row: NewRequestLogRow): Promise<boolean> {
    const { response, effects, ...values } = row
    const inserted = await db
      .insertInto('request_log')
      .values({
        ...values,
        response: JSON.stringify(response ?? null),
        effects: effects === undefined || effects === null ? null : JSON.stringify(effects),
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('seq_id')
      .executeTakeFirst()
    return inserted !== undefined
  },

  /** Notes that the effects are done. */
  async settle(db: Db, clientId: string, seqId: string): Promise<void> {
    await db
      .updateTable('request_log')
      .set({ effects: null })
      .where('client_id', '=', clientId)
      .where('seq_id', '=', seqId)
      .execute()
  },

  /** Rows whose effects are still to be done, oldest first. */
  async unsettled(db: Db, limit: number): Promise<RequestLogRow[]> {
    return db
      .selectFrom('request_log')
      .selectAll()
      .where('effects', 'is not', null)
      .orderBy('created_at')
      .limit(limit)
      .execute()
  },

  /** Deletes settled rows that are older and answers how many. Small batches: outside a transaction it delays nobody. */
  async purgeBefore(db: Db, before: Date): Promise<number> {
    let purged = 0
    for (;;) {
      const { rows } = await sql`
        delete from request_log where ctid = any(array(
          select ctid from request_log where created_at < ${before} and effects is null limit ${PURGE_BATCH}
        )) returning 1`.execute(db)
      purged += rows.length
      if (rows.length < PURGE_BATCH) return purged
    }
  },
}
