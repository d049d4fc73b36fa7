import type { RecoveryCodeTable, TotpTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'
import { untaggedGeneration } from './generation-sql.ts'

export type TotpRow = Selectable<TotpTable>

/** Authenticators and the codes to be used when one is lost. */
export const totp = {
  async find(db: Db, employeeId: string): Promise<TotpRow | undefined> {
    return db.selectFrom('totp').selectAll().where('employee_id', '=', employeeId).executeTakeFirst()
  },

  /** Begins anew; one that counts already is left as it is. @returns whether it was set */
  async enroll(tx: Db, employeeId: string, sealedSecret: string, now: Date): Promise<boolean> {
    const row = { sealed_secret: sealedSecret, confirmed_at: null, last_step: 0, created_at: now }
    const set = await tx
      .insertInto('totp')
      .values({ employee_id: employeeId, ...row })
      .onConflict((conflict) => conflict.column('employee_id').doUpdateSet(row).where('totp.confirmed_at', 'is', null))
      .returning('employee_id')
      .executeTakeFirst()
    return set !== undefined
  },

  async confirm(tx: Db, employeeId: string, step: number, codeHashes: readonly string[], now: Date): Promise<void> {
    await tx
      .updateTable('totp')
      .set({ confirmed_at: now, last_step: step })
      .where('employee_id', '=', employeeId)
      .execute()
    await totp.replaceRecoveryCodes(tx, employeeId, codeHashes)
  },

  /** Those from before work no more, used or not. */
  async replaceRecoveryCodes(tx: Db, employeeId: string, codeHashes: readonly string[]): Promise<void> {
    await tx.deleteFrom('recovery_code').where('employee_id', '=', employeeId).execute()
    await tx
      .insertInto('recovery_code')
      .values(codeHashes.map((code_hash) => ({ employee_id: employeeId, code_hash })))
      .execute()
  },

  /** Notes that the code of this step was used. false when that one or a later one was used before. */
  async useStep(tx: Db, employeeId: string, step: number): Promise<boolean> {
    const used = await tx
      .updateTable('totp')
      .set({ last_step: step })
      .where('employee_id', '=', employeeId)
      .where('last_step', '<', step)
      .returning('employee_id')
      .executeTakeFirst()
    return used !== undefined
  },

  async hasRecoveryCode(db: Db, employeeId: string, codeHashes: readonly string[]): Promise<boolean> {
    const found = await db
      .selectFrom('recovery_code')
      .select('code_hash')
      .where('employee_id', '=', employeeId)
      .where('code_hash', 'in', codeHashes)
      .where('used_at', 'is', null)
      .executeTakeFirst()
    return found !== undefined
  },

  async recoveryCodesLeft(db: Db, employeeId: string): Promise<number> {
    const { left } = await db
      .selectFrom('recovery_code')
      .select(({ fn }) => fn.countAll<string>().as('left'))
      .where('employee_id', '=', employeeId)
      .where('used_at', 'is', null)
      .executeTakeFirstOrThrow()
    return Number(left)
  },

  /** false when it was used before. */
  async useRecoveryCode(tx: Db, employeeId: string, codeHashes: readonly string[], now: Date): Promise<boolean> {
    const used = await tx
      .updateTable('recovery_code')
      .set({ used_at: now })
      .where('employee_id', '=', employeeId)
      .where('code_hash', 'in', codeHashes)
      .where('used_at', 'is', null)
      .returning('code_hash')
      .executeTakeFirst()
    return used !== undefined
  },

  /**
   * The next ones that were sealed with keys before a generation, locked.
   * @param after the employee_id of the last one seen
   */
  async sealedBefore(
    tx: Db,
    generation: number,
    after: string,
    limit: number,
  ): Promise<Pick<TotpRow, 'employee_id' | 'sealed_secret'>[]> {
    return tx
      .selectFrom('totp')
      .select(['employee_id', 'sealed_secret'])
      .where('employee_id', '>', after)
      .where(untaggedGeneration('sealed_secret'), '<', generation)
      .orderBy('employee_id')
      .limit(limit)
      .forUpdate()
      .execute()
  },

  async reseal(tx: Db, employeeId: string, sealedSecret: string): Promise<void> {
    await tx.updateTable('totp').set({ sealed_secret: sealedSecret }).where('employee_id', '=', employeeId).execute()
  },

  /** The next hashes that were made with keys before a generation, locked; used ones too. */
  async codesHashedBefore(
    tx: Db,
    generation: number,
    limit: number,
  ): Promise<Pick<Selectable<RecoveryCodeTable>, 'employee_id' | 'code_hash'>[]> {
    return tx
      .selectFrom('recovery_code')
      .select(['employee_id', 'code_hash'])
      .where(untaggedGeneration('code_hash'), '<', generation)
      .orderBy('employee_id')
      .orderBy('code_hash')
      .limit(limit)
      .forUpdate()
      .execute()
  },

  async rehashCode(tx: Db, employeeId: string, codeHash: string, renewed: string): Promise<void> {
    await sql`update recovery_code set code_hash = ${renewed}
      where employee_id = ${employeeId} and code_hash = ${codeHash}`.execute(tx)
  },

  /** Of everybody: nobody can open them any more. @returns how many authenticators */
  async removeAll(tx: Db): Promise<number> {
    await tx.deleteFrom('recovery_code').execute()
    const { numDeletedRows } = await tx.deleteFrom('totp').executeTakeFirst()
    return Number(numDeletedRows)
  },

  /** false when there was none that counted. */
  async remove(tx: Db, employeeId: string): Promise<boolean> {
    await tx.deleteFrom('recovery_code').where('employee_id', '=', employeeId).execute()
    const removed = await tx
      .deleteFrom('totp')
      .where('employee_id', '=', employeeId)
      .returning('confirmed_at')
      .executeTakeFirst()
    return removed !== undefined && removed.confirmed_at !== null
  },
}
