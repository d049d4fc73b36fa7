import type { Db } from '../database.ts'

/** Conversations in which an agent has handed over, and does not answer. */
export const agentSilences = {
  /** Of all agents: those who are silent somewhere, and where. */
  async all(db: Db): Promise<Map<string, Set<string>>> {
    const silent = new Map<string, Set<string>>()
    for (const { agent_id, conversation } of await db.selectFrom('agent_silence').selectAll().execute()) {
      const places = silent.get(agent_id) ?? new Set()
      silent.set(agent_id, places.add(conversation))
    }
    return silent
  },

  async add(tx: Db, agentId: string, conversation: string, since: Date): Promise<void> {
    await tx
      .insertInto('agent_silence')
      .values({ agent_id: agentId, conversation, since })
      .onConflict((conflict) => conflict.columns(['agent_id', 'conversation']).doNothing())
      .execute()
  },

  /** Of an agent that is gone. */
  async removeOf(tx: Db, agentId: string): Promise<void> {
    await tx.deleteFrom('agent_silence').where('agent_id', '=', agentId).execute()
  },

  /** Of a conversation that is over. */
  async removeIn(tx: Db, conversation: string): Promise<void> {
    await tx.deleteFrom('agent_silence').where('conversation', '=', conversation).execute()
  },

  /** @returns whether it was silent there */
  async remove(tx: Db, agentId: string, conversation: string): Promise<boolean> {
    const removed = await tx
      .deleteFrom('agent_silence')
      .where('agent_id', '=', agentId)
      .where('conversation', '=', conversation)
      .returning('agent_id')
      .executeTakeFirst()
    return removed !== undefined
  },
}
