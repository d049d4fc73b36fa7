import type { AgentSecretTable } from '@mchat/schema/tables'
import type { Selectable } from 'kysely'
import type { Db } from '../database.ts'
import { untaggedGeneration } from './generation-sql.ts'

export type AgentSecretRow = Selectable<AgentSecretTable>

/** What agents are called with; sealed. */
export const agentSecrets = {
  /** Of all agents, the newest first; also those whose time is over. */
  async all(db: Db): Promise<Map<string, AgentSecretRow[]>> {
    const rows = await db
      .selectFrom('agent_secret')
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('secret_id')
      .execute()
    return Map.groupBy(rows, (row) => row.agent_id)
  },

  /** Of one agent, as `all` has them. */
  async of(db: Db, agentId: string): Promise<AgentSecretRow[]> {
    return db
      .selectFrom('agent_secret')
      .selectAll()
      .where('agent_id', '=', agentId)
      .orderBy('created_at', 'desc')
      .orderBy('secret_id')
      .execute()
  },

  /** In the place of those before, which end at `formerEndsAt`; undefined: they are gone. @returns whether there was one */
  async replace(tx: Db, secret: Omit<AgentSecretRow, 'ends_at'>, formerEndsAt: Date | undefined): Promise<boolean> {
    const former = tx.selectFrom('agent_secret').select('secret_id').where('ends_at', 'is', null)
    const ofSame = former.where('agent_id', '=', secret.agent_id).where('kind', '=', secret.kind)
    const hadOne = (await ofSame.executeTakeFirst()) !== undefined
    // At most two are in use: a receiver need not try many.
    await tx
      .deleteFrom('agent_secret')
      .where('agent_id', '=', secret.agent_id)
      .where('kind', '=', secret.kind)
      .where((where) => (formerEndsAt === undefined ? where.lit(true) : where('ends_at', 'is not', null)))
      .execute()
    if (formerEndsAt !== undefined) {
      await tx
        .updateTable('agent_secret')
        .set({ ends_at: formerEndsAt })
        .where('agent_id', '=', secret.agent_id)
        .where('kind', '=', secret.kind)
        .execute()
    }
    await tx
      .insertInto('agent_secret')
      .values({ ...secret, ends_at: null })
      .execute()
    return hadOne
  },

  /** The next ones that were sealed with keys before a generation, locked. @param after the secret_id of the last one seen */
  async sealedBefore(tx: Db, generation: number, after: string, limit: number): Promise<AgentSecretRow[]> {
    return tx
      .selectFrom('agent_secret')
      .selectAll()
      .where('secret_id', '>', after)
      .where(untaggedGeneration('sealed'), '<', generation)
      .orderBy('secret_id')
      .limit(limit)
      .forUpdate()
      .execute()
  },

  async reseal(tx: Db, secretId: string, sealed: string): Promise<void> {
    await tx.updateTable('agent_secret').set({ sealed }).where('secret_id', '=', secretId).execute()
  },

  /** Of everybody: nobody can open them any more. @returns how many */
  async removeAll(tx: Db): Promise<number> {
    const { numDeletedRows } = await tx.deleteFrom('agent_secret').executeTakeFirst()
    return Number(numDeletedRows)
  },
}
