import type { Session } from '@mchat/schema'
import type { ClientSessionTable, SessionEndReason } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type ClientSessionRow = Selectable<ClientSessionTable>

export interface NewSession {
  readonly client_id: string
  readonly employee_id: string
  readonly device_info: string | null
  /** What it is opened with; null where the broker vouches for the connection. */
  readonly credential_id: string | null
  readonly now: Date
  readonly expires_at: Date
}

/**
 * One row per client_id. A session is live until it is ended; one that has merely expired is live for the functions that
 * are not given the time.
 */
export const clientSessions = {
  /** The row as it is, ended or not. */
  async find(db: Db, clientId: string): Promise<ClientSessionRow | undefined> {
    return db.selectFrom('client_session').selectAll().where('client_id', '=', clientId).executeTakeFirst()
  },

  /** Every live session of the deployment: one query, for the start of a gateway. */
  async liveClientIds(db: Db): Promise<Set<string>> {
    const rows = await db.selectFrom('client_session').select('client_id').where('ended_at', 'is', null).execute()
    return new Set(rows.map((row) => row.client_id))
  },

  /** When a session of the employee was last revoked; undefined: none was, as far as it is remembered. */
  async lastRevokedOf(db: Db, employeeId: string): Promise<Date | undefined> {
    const row = await db
      .selectFrom('client_session')
      .select('ended_at')
      .where('employee_id', '=', employeeId)
      .where('end_reason', '=', 'revoked')
      .orderBy('ended_at', 'desc')
      .executeTakeFirst()
    return row?.ended_at ?? undefined
  },

  /**
   * Deletes sessions that ended before, and answers how many. Revoked ones stay: they are what keeps an old credential
   * from opening the client_id again.
   */
  async purgeEnded(db: Db, before: Date): Promise<number> {
    const result = await db
      .deleteFrom('client_session')
      .where('ended_at', '<', before)
      .where('end_reason', '!=', 'revoked')
      .executeTakeFirst()
    return Number(result.numDeletedRows)
  },

  /** As `find`, and nobody ends or changes the session until the transaction ends. */
  async findForShare(db: Db, clientId: string): Promise<ClientSessionRow | undefined> {
    return db.selectFrom('client_session').selectAll().where('client_id', '=', clientId).forShare().executeTakeFirst()
  },

  /** As `find`, and keeps the row locked against other changes until the transaction ends. */
  async findForUpdate(db: Db, clientId: string): Promise<ClientSessionRow | undefined> {
    return db
      .selectFrom('client_session')
      .selectAll()
      .where('client_id', '=', clientId)
      .forNoKeyUpdate()
      .executeTakeFirst()
  },

  /** The live sessions of an employee in the order of the client_ids; with `now`, without those that have expired. */
  async listOf(db: Db, employeeId: string, now?: Date): Promise<Session[]> {
    let select = db
      .selectFrom('client_session')
      .select(['client_id', 'employee_id', 'device_info', 'connected_at', 'last_seen_at', 'expires_at'])
      .where('employee_id', '=', employeeId)
      .where('ended_at', 'is', null)
      .orderBy('client_id')
    if (now !== undefined) select = select.where('expires_at', '>', now)
    return (await select.execute()).map(toSession)
  },

  /** Opens the session of a client_id, or opens it anew: whatever was there is replaced and live again. */
  async open(db: Db, session: NewSession): Promise<Session> {
    const { now, ...values } = session
    const row = await db
      .insertInto('client_session')
      .values({ ...values, connected_at: now, last_seen_at: now })
      .onConflict((conflict) =>
        conflict.column('client_id').doUpdateSet((eb) => ({
          employee_id: eb.ref('excluded.employee_id'),
          device_info: eb.ref('excluded.device_info'),
          credential_id: eb.ref('excluded.credential_id'),
          connected_at: eb.ref('excluded.connected_at'),
          last_seen_at: eb.ref('excluded.last_seen_at'),
          expires_at: eb.ref('excluded.expires_at'),
          ended_at: null,
          end_reason: null,
        })),
      )
      .returningAll()
      .executeTakeFirstOrThrow()
    return toSession(row)
  },

  /** The sessions of an employee that are live, or ended since. */
  async lately(db: Db, employeeId: string, since: Date): Promise<Pick<ClientSessionRow, 'client_id' | 'ended_at'>[]> {
    return db
      .selectFrom('client_session')
      .select(['client_id', 'ended_at'])
      .where('employee_id', '=', employeeId)
      .where((eb) => eb.or([eb('ended_at', 'is', null), eb('ended_at', '>', since)]))
      .orderBy('client_id')
      .execute()
  },

  /** Ends those that are live and answers their client_ids, sorted; one that has ended keeps its first reason. */
  async end(db: Db, clientIds: readonly string[], reason: SessionEndReason, now: Date): Promise<string[]> {
    const rows = await db
      .updateTable('client_session')
      .set({ ended_at: now, end_reason: reason })
      .where('client_id', '=', sql<string>`any(${clientIds}::text[])`)
      .where('ended_at', 'is', null)
      .returning('client_id')
      .execute()
    return rows.map((row) => row.client_id).sort()
  },

  /** Ends those that were opened with one of these credentials, and answers which. */
  async endOpenedWith(
    db: Db,
    credentialIds: readonly string[],
    now: Date,
  ): Promise<{ client_id: string; employee_id: string }[]> {
    return db
      .updateTable('client_session')
      .set({ ended_at: now, end_reason: 'expired' })
      .where('ended_at', 'is', null)
      .where('credential_id', '=', sql<string>`any(${credentialIds}::text[])`)
      .returning(['client_id', 'employee_id'])
      .execute()
  },

  async anyExpired(db: Db, now: Date): Promise<boolean> {
    const select = db.selectFrom('client_session').select('client_id').where('ended_at', 'is', null)
    return (await select.where('expires_at', '<=', now).limit(1).executeTakeFirst()) !== undefined
  },

  /** Ends the sessions that were not used for too long and answers which. */
  async endExpired(db: Db, now: Date): Promise<{ client_id: string; employee_id: string }[]> {
    return db
      .updateTable('client_session')
      .set({ ended_at: now, end_reason: 'expired' })
      .where('ended_at', 'is', null)
      .where('expires_at', '<=', now)
      .returning(['client_id', 'employee_id'])
      .execute()
  },

  /** Lets every live session of an employee end at a time, unless it ends earlier; answers their client_ids, sorted. */
  async endAllAt(db: Db, employeeId: string, at: Date): Promise<string[]> {
    const rows = await db
      .updateTable('client_session')
      .set({ expires_at: sql<Date>`least(expires_at, ${at}::timestamptz)` })
      .where('employee_id', '=', employeeId)
      .where('ended_at', 'is', null)
      .returning('client_id')
      .execute()
    return rows.map((row) => row.client_id).sort()
  },

  /**
   * Slides a live session on, up to the end of its credential; never back, when two gateways report out of order. false
   * when it is not live.
   */
  async touch(db: Db, clientId: string, now: Date, expiresAt: Date): Promise<boolean> {
    const row = await db
      .updateTable('client_session')
      .set({
        last_seen_at: sql<Date>`greatest(last_seen_at, ${now}::timestamptz)`,
        expires_at: sql<Date>`least(
          greatest(expires_at, ${expiresAt}::timestamptz),
          (select expires_at from credential where credential.credential_id = client_session.credential_id)
        )`,
      })
      .where('client_id', '=', clientId)
      .where('ended_at', 'is', null)
      .returning('client_id')
      .executeTakeFirst()
    return row !== undefined
  },

  /** The live sessions of an employee, those not seen for longest first; with `now`, without those that have expired. */
  async liveOf(
    db: Db,
    employeeId: string,
    now?: Date,
  ): Promise<Pick<ClientSessionRow, 'client_id' | 'last_seen_at'>[]> {
    let select = db
      .selectFrom('client_session')
      .select(['client_id', 'last_seen_at'])
      .where('employee_id', '=', employeeId)
      .where('ended_at', 'is', null)
      .orderBy('last_seen_at')
      .orderBy('client_id')
    if (now !== undefined) select = select.where('expires_at', '>', now)
    return select.execute()
  },
}

type LiveRow = Omit<ClientSessionRow, 'credential_id' | 'ended_at' | 'end_reason'>

const toSession = (row: LiveRow): Session => ({
  client_id: row.client_id,
  employee_id: row.employee_id,
  device_info: row.device_info,
  connected_at: row.connected_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
})
