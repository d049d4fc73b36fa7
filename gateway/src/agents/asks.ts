import type { Content } from '@mchat/schema'
import { ALL_AGENTS, ALL_DEPARTMENTS, type Directory, type EmployeeEntry, type GroupEntry } from '../db/directory.ts'
import { groupConversation, privateConversation } from '../delivery/message-ids.ts'
import type { RunIdOf } from './chain.ts'
import type { Ask } from './run.ts'
import type { FindTriggered } from './trigger.ts'

/** A message that is relayed. */
export interface RelayedMessage {
  readonly clientId: string
  readonly seqId: string
  readonly sender: EmployeeEntry
  /** undefined: it is a private one, to `peerId`. */
  readonly group: GroupEntry | undefined
  readonly peerId: string | undefined
  readonly msgId: string
  readonly sentAt: string
  readonly proof: string
  readonly content: Content
  readonly mentions: readonly string[]
  readonly quoteMsgId: string | undefined
  readonly contextMessages: readonly unknown[]
}

/** The calls of agents that a message is for. Costs nothing to speak of where there are no agents. */
export const createAsksFor = (directory: Directory, findTriggered: FindTriggered, runIdOf: RunIdOf) => {
  return async (relayed: RelayedMessage): Promise<readonly Ask[]> => {
    const index = directory.agents.peek(ALL_AGENTS) ?? (await directory.agents.get(ALL_AGENTS))
    if (index === undefined || index.size === 0) return []
    const parents =
      directory.departments.peek(ALL_DEPARTMENTS) ?? (await directory.departments.get(ALL_DEPARTMENTS)) ?? new Map()
    const { clientId, contextMessages, group, msgId, sender, seqId } = relayed
    const { content, mentions, proof, quoteMsgId, sentAt } = relayed
    return findTriggered(relayed, index, parents).map(({ agent, isAllowed }) => ({
      runId: runIdOf(clientId, seqId, agent.employeeId),
      agentId: agent.employeeId,
      agent,
      askerId: sender.employeeId,
      senderId: sender.employeeId,
      groupId: group?.groupId,
      conversation:
        group === undefined
          ? privateConversation(sender.employeeId, agent.employeeId)
          : groupConversation(group.groupId),
      inReplyTo: msgId,
      message: { msgId, content, sentAt, proof, quoteMsgId, mentions },
      contextMessages,
      root: msgId,
      hops: 0,
      isAllowed,
    }))
  }
}
export type AsksFor = ReturnType<typeof createAsksFor>
