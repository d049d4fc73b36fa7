import type { Db } from '../database.ts'

/** Agents that are not called, wherever they are asked (employees.agents leaves them out). */
export const agentPauses = {
  async has(db: Db, agentId: string): Promise<boolean> {
    const found = await db
      .selectFrom('agent_pause')
      .select('agent_id')
      .where('agent_id', '=', agentId)
      .executeTakeFirst()
    return found !== undefined
  },

  /** @returns false when it was paused already */
  async add(tx: Db, agentId: string, pausedBy: string, since: Date): Promise<boolean> {
    const added = await tx
      .insertInto('agent_pause')
      .values({ agent_id: agentId, paused_by: pausedBy, since })
      .onConflict((conflict) => conflict.column('agent_id').doNothing())
      .returning('agent_id')
      .executeTakeFirst()
    return added !== undefined
  },

  /** @returns false when it was not paused */
  async remove(tx: Db, agentId: string): Promise<boolean> {
    const removed = await tx
      .deleteFrom('agent_pause')
      .where('agent_id', '=', agentId)
      .returning('agent_id')
      .executeTakeFirst()
    return removed !== undefined
  },
}
