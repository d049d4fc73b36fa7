import type { AuditChainTable, AuditHeadTable, AuditLogTable } from '@mchat/schema/tables'
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type AuditRow = Selectable<AuditLogTable>
export type AuditHeadRow = Selectable<AuditHeadTable>
export type ChainEnd = Omit<Selectable<AuditChainTable>, 'name'>

/** Absent ones do not restrict. Times: `from` included, `to` not. */
export interface AuditFilter {
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly operator?: string | undefined
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly code?: number | undefined
  /** Only what was done (code 0), dry runs excepted and these actions. */
  readonly doneExcept?: readonly string[] | undefined
}

const DUPLICATE_HOURS = 24

/** The audit log; audit/chain.ts says what its rows hold. */
export const auditLog = {
  /**
   * Where the chain ends; undefined: nothing was ever written. Locked until the transaction ends, so that rows are added one
   * after the other: to be asked last, when nothing else is waited for any more.
   * @returns with it the time, by the clock of the database, which never goes back from one row to the next
   */
  async lockHead(tx: Db): Promise<{ readonly head: ChainEnd | undefined; readonly now: Date }> {
    let [head] = await selectHead(tx)
    if (head === undefined) {
      await sql`insert into audit_chain (name, seq, hash, seal) values ('head', 0, '', '') on conflict do nothing`.execute(
        tx,
      )
      head = (await selectHead(tx))[0]
    }
    // Asked when the lock is held: what was waited for may have added a row.
    const { rows: times } = await sql<{ now: Date }>`
      select greatest(clock_timestamp(), (select max(at) from audit_log))::timestamptz(3) as now`.execute(tx)
    if (head === undefined || times[0] === undefined) throw new Error('the audit chain has no end')
    return { head: head.seq === 0 ? undefined : head, now: times[0].now }
  },

  /**
   * Has the very request left a row in the last 24 hours that says the same, or that it was done?
   * @param marks of its payload, by each key it may have been marked with
   */
  async isThere(
    tx: Db,
    row: Pick<AuditRow, 'client_id' | 'seq_id' | 'code' | 'reason'>,
    marks: readonly string[],
  ): Promise<boolean> {
    const found = await tx
      .selectFrom('audit_log')
      .select('seq')
      .where('client_id', '=', row.client_id)
      .where('seq_id', '=', row.seq_id)
      .where('request_mark', 'in', marks)
      .where('at', '>', sql<Date>`now() - ${DUPLICATE_HOURS} * interval '1 hour'`)
      .where((eb) =>
        eb.or([
          eb('code', '=', 0),
          eb.and([eb('code', '=', row.code), eb('reason', 'is not distinct from', row.reason)]),
        ]),
      )
      .limit(1)
      .executeTakeFirst()
    return found !== undefined
  },

  /** Adds a row and moves the end of the chain to it. The head is locked. */
  async append(tx: Db, row: Insertable<AuditLogTable>, headSeal: string): Promise<void> {
    await tx.insertInto('audit_log').values(row).execute()
    const end = { seq: row.seq, hash: row.hash, seal: headSeal }
    await tx
      .insertInto('audit_chain')
      .values({ name: 'head', ...end })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(end))
      .execute()
  },

  /** Newest first. @param before rows with a smaller seq only */
  async list(db: Db, filter: AuditFilter, limit: number, before?: number): Promise<AuditRow[]> {
    let select = db.selectFrom('audit_log').selectAll().orderBy('seq', 'desc').limit(limit)
    if (before !== undefined) select = select.where('seq', '<', before)
    if (filter.from !== undefined) select = select.where('at', '>=', filter.from)
    if (filter.to !== undefined) select = select.where('at', '<', filter.to)
    if (filter.operator !== undefined) select = select.where('operator_employee_id', '=', filter.operator)
    if (filter.action !== undefined) select = select.where('action', '=', filter.action)
    if (filter.target !== undefined) select = select.where('target', '=', filter.target)
    if (filter.code !== undefined) select = select.where('code', '=', filter.code)
    if (filter.doneExcept !== undefined) {
      select = select
        .where('code', '=', 0)
        .where('action', 'not in', filter.doneExcept)
        .where(sql<boolean>`params ->> 'dry_run' is distinct from 'true'`)
    }
    return select.execute()
  },

  /** In the order of the chain. */
  async inOrder(db: Db, from: number, limit: number): Promise<AuditRow[]> {
    return db.selectFrom('audit_log').selectAll().where('seq', '>=', from).orderBy('seq').limit(limit).execute()
  },

  async find(db: Db, seq: number): Promise<AuditRow | undefined> {
    return db.selectFrom('audit_log').selectAll().where('seq', '=', seq).executeTakeFirst()
  },

  async chainEnd(db: Db, name: 'head' | 'base'): Promise<ChainEnd | undefined> {
    const row = await db.selectFrom('audit_chain').selectAll().where('name', '=', name).executeTakeFirst()
    return row === undefined || row.seq === 0 ? undefined : row
  },

  /** The same place, sealed with other keys; the place itself moves with `purgeUpTo` alone. */
  async resealBase(tx: Db, seal: string): Promise<void> {
    await tx.updateTable('audit_chain').set({ seal }).where('name', '=', 'base').execute()
  },

  /** The last row before a time. */
  async lastBefore(db: Db, time: Date): Promise<AuditRow | undefined> {
    return db
      .selectFrom('audit_log')
      .selectAll()
      .where('at', '<', time)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
  },

  async latestHead(db: Db): Promise<AuditHeadRow | undefined> {
    return db.selectFrom('audit_head').selectAll().orderBy('day', 'desc').limit(1).executeTakeFirst()
  },

  /** Those of rows from `from` to `to`, in their order. */
  async headsBetween(db: Db, from: number, to: number): Promise<AuditHeadRow[]> {
    return db
      .selectFrom('audit_head')
      .selectAll()
      .where('seq', '>=', from)
      .where('seq', '<=', to)
      .orderBy('day')
      .execute()
  },

  /** false when there is one for the day. */
  async insertHead(db: Db, row: AuditHeadRow): Promise<boolean> {
    const inserted = await db
      .insertInto('audit_head')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .returning('day')
      .executeTakeFirst()
    return inserted !== undefined
  },

  /** Of the so many oldest rows, the last before a time. */
  async lastOfOldest(tx: Db, time: Date, rows: number): Promise<AuditRow | undefined> {
    return tx
      .selectFrom('audit_log')
      .selectAll()
      .where('seq', '<', sql<number>`(select min(seq) from audit_log) + ${rows}`)
      .where('at', '<', time)
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst()
  },

  async countUpTo(tx: Db, seq: number): Promise<number> {
    const { rows } = await sql<{ n: number }>`select count(*) as n from audit_log where seq <= ${seq}`.execute(tx)
    return rows[0]?.n ?? 0
  },

  /**
   * Deletes everything up to a row, that one included, and lets the chain begin after it. The database refuses what is
   * younger than 180 days, and what no row `audit.purge` says.
   * @returns how many
   */
  async purgeUpTo(tx: Db, seq: number, baseSeal: string): Promise<number> {
    const { rows } = await sql<{ n: number }>`select audit_purge(${seq}::bigint, ${baseSeal}) as n`.execute(tx)
    return rows[0]?.n ?? 0
  },

  /** The time by the clock of the database. */
  async now(db: Db): Promise<Date> {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp()::timestamptz(3) as now`.execute(db)
    return rows[0]?.now ?? new Date(Number.NaN)
  },
}

const selectHead = async (tx: Db): Promise<readonly ChainEnd[]> => {
  const { rows } = await sql<ChainEnd>`select seq, hash, seal from audit_chain where name = 'head' for update`.execute(
    tx,
  )
  return rows
}
