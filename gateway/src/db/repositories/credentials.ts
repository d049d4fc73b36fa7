import type { CredentialTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'

export type CredentialRow = Selectable<CredentialTable>

export interface NewCredential {
  readonly credential_id: string
  readonly employee_id: string
  /** Set: it opens this client_id only. */
  readonly client_id: string | null
  readonly kind: 'token' | 'password'
  readonly secret_hash: string
  /** The credential of the device that asks for it, where an employee adds a device of their own. */
  readonly issued_by?: string | null | undefined
  readonly now: Date
  readonly expires_at?: Date | null | undefined
}

/** A device that has a credential of its own, and how its last session ended. */
export interface DeviceRow {
  readonly client_id: string
  readonly credential_id: string
  readonly employee_id: string
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly revoked_at: Date | null
  /** null: it has never had a session. */
  readonly connected_at: Date | null
  readonly ended_at: Date | null
  readonly end_reason: string | null
}

/** What an employee connects with; only hashes. Nothing here looks at `expires_at`: the caller has the time. */
export const credentials = {
  /** Rejects with `unique_violation` for a token whose hash is there already. */
  insert: (db: Db, credential: NewCredential): Promise<void> => credentials.insertAll(db, [credential]),

  /** As `insert`, in one query. */
  async insertAll(db: Db, made: readonly NewCredential[]): Promise<void> {
    if (made.length === 0) return
    await db
      .insertInto('credential')
      .values(
        made.map(({ now, expires_at, ...values }) => ({ ...values, created_at: now, expires_at: expires_at ?? null })),
      )
      .execute()
  },

  /** Any credential, revoked ones included. */
  async find(db: Db, credentialId: string): Promise<CredentialRow | undefined> {
    return db.selectFrom('credential').selectAll().where('credential_id', '=', credentialId).executeTakeFirst()
  },

  /** The token with this hash unless it was revoked. One query by a unique index. */
  async findByTokenHash(db: Db, hash: string): Promise<CredentialRow | undefined> {
    return db
      .selectFrom('credential')
      .selectAll()
      .where('secret_hash', '=', hash)
      .where('kind', '=', 'token')
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
  },

  /** The passwords of an employee that were not revoked, newest first. Each costs the caller a slow comparison. */
  async passwordsOf(db: Db, employeeId: string): Promise<CredentialRow[]> {
    return db
      .selectFrom('credential')
      .selectAll()
      .where('employee_id', '=', employeeId)
      .where('kind', '=', 'password')
      .where('revoked_at', 'is', null)
      .orderBy('created_at', 'desc')
      .orderBy('credential_id')
      .execute()
  },

  /** The newest credential that opens this client_id only, revoked or not. */
  async boundTo(db: Db, clientId: string): Promise<CredentialRow | undefined> {
    return db
      .selectFrom('credential')
      .selectAll()
      .where('client_id', '=', clientId)
      .orderBy('created_at', 'desc')
      .orderBy('credential_id', 'desc')
      .limit(1)
      .executeTakeFirst()
  },

  /**
   * The newest credential of each client_id that has ever had one of its own, revoked or not, with how the last session of
   * that client_id ended. @param employeeIds undefined: of everybody
   */
  async devices(db: Db, employeeIds?: readonly string[]): Promise<DeviceRow[]> {
    const select = selectDevices(db)
    const chosen =
      employeeIds === undefined
        ? select
        : select.where('credential.employee_id', '=', sql<string>`any(${employeeIds}::text[])`)
    return named(await chosen.execute())
  },

  /** Those of `devices` that were neither revoked nor have ended. */
  async usableDevices(db: Db, employeeId: string, now: Date): Promise<DeviceRow[]> {
    const select = ofEmployee(selectDevices(db), employeeId)
      .where('credential.revoked_at', 'is', null)
      .where((eb) => eb.or([eb('credential.expires_at', 'is', null), eb('credential.expires_at', '>', now)]))
    return named(await select.execute())
  },

  /** Forgets those of single devices that were revoked before: their client_ids never come back. */
  async purgeRevoked(db: Db, before: Date): Promise<void> {
    await db.deleteFrom('credential').where('client_id', 'is not', null).where('revoked_at', '<', before).execute()
  },

  /** Revokes every credential of an employee but `exceptId`; answers the ids of those that worked until now, sorted. */
  async revokeAllOf(db: Db, employeeId: string, now: Date, exceptId?: string): Promise<string[]> {
    let update = db
      .updateTable('credential')
      .set({ revoked_at: now })
      .where('employee_id', '=', employeeId)
      .where('revoked_at', 'is', null)
    if (exceptId !== undefined) update = update.where('credential_id', '!=', exceptId)
    const rows = await update.returning('credential_id').execute()
    return rows.map((row) => row.credential_id).sort()
  },

  /** Lets every credential of an employee end at a time, unless it ends earlier. */
  async endAllOf(db: Db, employeeId: string, at: Date): Promise<void> {
    await db
      .updateTable('credential')
      .set({ expires_at: sql<Date>`least(expires_at, ${at}::timestamptz)` })
      .where('employee_id', '=', employeeId)
      .where('revoked_at', 'is', null)
      .execute()
  },

  async anyExpired(db: Db, now: Date): Promise<boolean> {
    const select = db.selectFrom('credential').select('credential_id').where('revoked_at', 'is', null)
    return (await select.where('expires_at', '<=', now).limit(1).executeTakeFirst()) !== undefined
  },

  /** Revokes those that have ended by themselves; answers which, and whose they were. */
  async revokeExpired(db: Db, now: Date): Promise<Pick<CredentialRow, 'credential_id' | 'employee_id'>[]> {
    return db
      .updateTable('credential')
      .set({ revoked_at: now })
      .where('expires_at', '<=', now)
      .where('revoked_at', 'is', null)
      .returning(['credential_id', 'employee_id'])
      .execute()
  },

  /** false when there is no such credential or it was revoked before. */
  async revoke(db: Db, credentialId: string, now: Date): Promise<boolean> {
    const row = await db
      .updateTable('credential')
      .set({ revoked_at: now })
      .where('credential_id', '=', credentialId)
      .where('revoked_at', 'is', null)
      .returning('credential_id')
      .executeTakeFirst()
    return row !== undefined
  },
}

const selectDevices = (db: Db) =>
  db
    .selectFrom('credential')
    .leftJoin('client_session', 'client_session.client_id', 'credential.client_id')
    .where('credential.client_id', 'is not', null)
    .distinctOn('credential.client_id')
    .select([
      'credential.client_id',
      'credential.credential_id',
      'credential.employee_id',
      'credential.created_at',
      'credential.expires_at',
      'credential.revoked_at',
      'client_session.connected_at',
      'client_session.ended_at',
      'client_session.end_reason',
    ])
    .orderBy('credential.client_id')
    .orderBy('credential.created_at', 'desc')
    .orderBy('credential.credential_id', 'desc')

const ofEmployee = (select: ReturnType<typeof selectDevices>, employeeId: string) =>
  select.where('credential.employee_id', '=', employeeId)

const named = (rows: readonly (Omit<DeviceRow, 'client_id'> & { readonly client_id: string | null })[]): DeviceRow[] =>
  rows.map((row) => ({ ...row, client_id: row.client_id ?? '' }))
