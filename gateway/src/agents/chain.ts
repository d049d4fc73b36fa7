import { type AgentReply, LIMITS } from '@mchat/schema'
import { ALL_AGENTS, ALL_DEPARTMENTS, type Directory } from '../db/directory.ts'
import { groupConversation, type MessageIds, privateConversation } from '../delivery/message-ids.ts'
import type { Ask, AskedMessage } from './run.ts'
import { answers, policyOf } from './trigger.ts'

export type RunIdOf = (clientId: string, seqId: string, agentId: string) => string

/** One run for a request and an agent: the same on every repetition, on any gateway. */
export const createRunIdOf =
  (messageIds: Pick<MessageIds, 'eventId'>): RunIdOf =>
  (clientId, seqId, agentId) =>
    messageIds.eventId(clientId, seqId, `run|${agentId}`).replace('evt_', 'run_')

/**
 * Which agents an agent's answer calls: the one it names as the next, and in a group those it mentions. So many in a row
 * and no more, and never itself (threats T45).
 */
export const createChain =
  (directory: Directory, runIdOf: RunIdOf) =>
  async (ask: Ask, reply: AgentReply, said: readonly AskedMessage[]): Promise<readonly Ask[]> => {
    const hops = ask.hops + 1
    const last = said.at(-1)
    if (hops > LIMITS.agentHops || last === undefined) return []
    const wanted = new Map<string, AskedMessage>()
    for (const message of said) for (const id of message.mentions) if (id !== '*') wanted.set(id, message)
    if (reply.next_agent !== undefined) wanted.set(reply.next_agent, last)
    wanted.delete(ask.agentId)
    if (wanted.size === 0) return []

    const index = await directory.agents.get(ALL_AGENTS)
    const asker = await directory.employees.get(ask.askerId)
    const parents = (await directory.departments.get(ALL_DEPARTMENTS)) ?? new Map()
    const group = ask.groupId === undefined ? undefined : await directory.groups.get(ask.groupId)
    if (index === undefined || asker === undefined || (ask.groupId !== undefined && group === undefined)) return []

    const asks: Ask[] = []
    for (const [agentId, message] of wanted) {
      const agent = index.get(agentId)
      if (agent === undefined || (group !== undefined && !group.members.has(agentId))) continue
      const conversation =
        group === undefined ? privateConversation(agentId, ask.askerId) : groupConversation(group.groupId)
      if (agent.silentIn.has(conversation)) continue
      if (group !== undefined && policyOf(agent, group.groupId) === 'none') continue
      asks.push({
        // Once for each message of a person and step, however many agents pass on to it.
        runId: runIdOf(ask.root, String(hops), agentId),
        agentId,
        agent,
        askerId: ask.askerId,
        senderId: ask.agentId,
        groupId: ask.groupId,
        conversation,
        inReplyTo: message.msgId,
        message,
        contextMessages: ask.contextMessages,
        root: ask.root,
        hops,
        isAllowed: answers(agent, asker, ask.groupId, parents),
      })
      if (asks.length >= LIMITS.agentsPerMessage) break
    }
    return asks
  }
export type Chain = ReturnType<typeof createChain>
