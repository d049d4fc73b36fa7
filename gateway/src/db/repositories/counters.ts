import type { Db } from '../database.ts'

/** Named versions that only grow. */
export const counters = {
  /** 0 for one that was never bumped. */
  async get(db: Db, name: string): Promise<number> {
    const row = await db.selectFrom('counter').select('value').where('name', '=', name).executeTakeFirst()
    return row?.value ?? 0
  },

  /**
   * Adds one and answers the new value. The row stays locked until the transaction ends, so that no reader sees a version
   * before its change, and transactions that bump the same counter first run one after the other.
   */
  async bump(db: Db, name: string): Promise<number> {
    const row = await db
      .insertInto('counter')
      .values({ name, value: 1 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ value: eb('counter.value', '+', 1) })))
      .returning('value')
      .executeTakeFirstOrThrow()
    return row.value
  },

  /** As `bump` locks it, and leaves the value as it is. */
  async lock(db: Db, name: string): Promise<void> {
    await db
      .insertInto('counter')
      .values({ name, value: 0 })
      .onConflict((conflict) => conflict.column('name').doUpdateSet((eb) => ({ value: eb.ref('counter.value') })))
      .execute()
  },
}
