import type { DeploymentKeyTable } from '@mchat/schema/tables'
import { type Insertable, type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'
import { untaggedGeneration } from './generation-sql.ts'

export type DeploymentKeyRow = Selectable<DeploymentKeyTable>

/** What of the `deployment` table is about keys. */
const NOTES = { current: 'generation', next: 'next_secret', former: 'secret' } as const
export type KeyNote = keyof typeof NOTES

export interface SealedCount {
  readonly generation: number
  readonly authenticators: number
  readonly recovery_codes: number
  readonly tokens: number
  readonly agent_secrets: number
}

/** The wrapped roots of the keys, and which of them count; keyring/ says what they are for. */
export const deploymentKeys = {
  /** One who starts a deployment, or rotates its secret, at a time: until the transaction ends. */
  async lock(tx: Db): Promise<void> {
    await sql`select pg_advisory_xact_lock(${LOCK}::bigint)`.execute(tx)
  },

  /** By generation. @param lock against a rotation that takes them away */
  async all(db: Db, lock?: 'share' | 'update'): Promise<DeploymentKeyRow[]> {
    const select = db.selectFrom('deployment_key').selectAll().orderBy('generation').orderBy('created_at')
    if (lock === undefined) return select.execute()
    return (lock === 'share' ? select.forShare() : select.forUpdate()).execute()
  },

  async insert(tx: Db, rows: readonly Insertable<DeploymentKeyTable>[]): Promise<void> {
    await tx.insertInto('deployment_key').values(rows).execute()
  },

  /** Takes away what other secrets open. */
  async keepOnly(tx: Db, secretIds: readonly string[]): Promise<void> {
    await tx.deleteFrom('deployment_key').where('secret_id', 'not in', secretIds).execute()
  },

  async removeAll(tx: Db): Promise<void> {
    await tx.deleteFrom('deployment_key').execute()
  },

  async note(db: Db, note: KeyNote): Promise<string | undefined> {
    const row = await db.selectFrom('deployment').select('value').where('name', '=', NOTES[note]).executeTakeFirst()
    return row?.value
  },

  async setNote(tx: Db, note: KeyNote, value: string): Promise<void> {
    await tx
      .insertInto('deployment')
      .values({ name: NOTES[note], value })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
      .execute()
  },

  async removeNote(tx: Db, note: KeyNote): Promise<void> {
    await tx.deleteFrom('deployment').where('name', '=', NOTES[note]).execute()
  },

  /** Was the database used before there were wrapped roots? */
  async isOlder(db: Db): Promise<boolean> {
    const employee = await db.selectFrom('employee').select('employee_id').limit(1).executeTakeFirst()
    return employee !== undefined
  },

  /** The gateways that run, by the secret they were started with. */
  async gateways(db: Db): Promise<readonly { readonly instance: string; readonly secret_id: string | null }[]> {
    return db
      .selectFrom('gateway')
      .select(['instance', 'secret_id'])
      .where('lease_until', '>', sql<Date>`clock_timestamp()`)
      .orderBy('instance')
      .execute()
  },

  /** How much was made with the keys of each generation. */
  async counts(db: Db): Promise<SealedCount[]> {
    const { rows } = await sql<SealedCount>`
      select generation,
        (count(*) filter (where what = 'totp'))::int as authenticators,
        (count(*) filter (where what = 'code'))::int as recovery_codes,
        (count(*) filter (where what = 'token'))::int as tokens,
        (count(*) filter (where what = 'agent'))::int as agent_secrets
      from (
        select 'totp' as what, ${untaggedGeneration('sealed_secret')} as generation from totp
        union all
        select 'code', ${untaggedGeneration('code_hash')} from recovery_code where used_at is null
        union all
        select 'token', coalesce(substring(credential_id from '^cred([1-9][0-9]{0,8})_')::int, 1) from credential
        where kind = 'token' and revoked_at is null
        union all
        select 'agent', ${untaggedGeneration('sealed')} from agent_secret
      ) made
      group by generation order by generation`.execute(db)
    return rows
  },
}

/** Any number, the same in every release. */
const LOCK = 7_236_401_553
