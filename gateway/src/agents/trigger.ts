import { LIMITS, textOf } from '@mchat/schema'
import type { AgentEntry, AgentIndex, EmployeeEntry, GroupEntry } from '../db/directory.ts'
import { isWithin } from '../db/directory.ts'
import { groupConversation, type MessageIds, privateConversation } from '../delivery/message-ids.ts'
import { createKeywordMatcher, type KeywordMatcher } from './trigger-keywords.ts'

/** A message of a person that may be for agents. */
export interface Addressed {
  readonly sender: EmployeeEntry
  /** undefined: it is a private message to `peerId`. */
  readonly group: GroupEntry | undefined
  readonly peerId: string | undefined
  readonly content: unknown
  /** As they were found and delivered (mentions.ts). */
  readonly mentions: readonly string[]
  readonly quoteMsgId: string | undefined
}

/** An agent that a message is for. */
export interface Triggered {
  readonly agent: AgentEntry
  /** false: it was asked by name, and does not answer whoever asked. */
  readonly isAllowed: boolean
}

/** parent_id by department_id */
type Parents = ReadonlyMap<string, string | null>

/**
 * Finds the agents that a message is for (contract 5, Agents): the one it is sent to, those it mentions, those whose message
 * it quotes and those with a keyword in it, as far as their policy for the group goes. Messages of agents are for nobody:
 * an agent calls another one by its answer, which is counted (runs.ts).
 */
export const createTriggers = (messageIds: Pick<MessageIds, 'isWriter'>) => {
  const matchers = new WeakMap<AgentIndex, KeywordMatcher>()
  const membersOf = new WeakMap<GroupEntry, { readonly index: AgentIndex; readonly agents: readonly AgentEntry[] }>()

  let last: { readonly of: string; readonly matcher: KeywordMatcher } | undefined
  const keywordsOf = (index: AgentIndex): KeywordMatcher => {
    const known = matchers.get(index)
    if (known !== undefined) return known
    const keywords = [...index.values()].flatMap(({ employeeId, profile: { trigger_keywords: given = [] } }) =>
      given.length === 0 ? [] : [{ employeeId, keywords: given }],
    )
    // Most changes of the agents are none of these, and building takes a second for a thousand agents.
    const of = JSON.stringify(keywords)
    if (last?.of !== of) last = { of, matcher: createKeywordMatcher(keywords) }
    matchers.set(index, last.matcher)
    return last.matcher
  }

  const agentsIn = (group: GroupEntry, index: AgentIndex): readonly AgentEntry[] => {
    const known = membersOf.get(group)
    if (known?.index === index) return known.agents
    const agents = [...index.values()].filter((agent) => group.members.has(agent.employeeId))
    membersOf.set(group, { index, agents })
    return agents
  }

  const inGroup = (message: Addressed, group: GroupEntry, index: AgentIndex, parents: Parents): Triggered[] => {
    const agents = agentsIn(group, index)
    if (agents.length === 0) return []
    const conversation = groupConversation(group.groupId)
    const text = textOf(message.content as Parameters<typeof textOf>[0]) ?? ''
    let matched: ReadonlySet<string> | undefined
    const hasKeyword = (agent: AgentEntry): boolean => {
      const agents = matched ?? keywordsOf(index).find(text)
      matched = agents
      return agents.has(agent.employeeId)
    }
    const found: Triggered[] = []
    for (const agent of agents) {
      if (agent.silentIn.has(conversation)) continue
      const policy = policyOf(agent, group.groupId)
      if (policy === 'none') continue
      const isNamed =
        message.mentions.includes(agent.employeeId) ||
        (message.quoteMsgId !== undefined && messageIds.isWriter(message.quoteMsgId, agent.employeeId, conversation))
      if (!isNamed && policy !== 'all' && (policy !== 'keyword' || !hasKeyword(agent))) continue
      const isAllowed = answers(agent, message.sender, group.groupId, parents)
      // Those that are named come first, if there are too many.
      if (isNamed) found.unshift({ agent, isAllowed })
      else if (isAllowed) found.push({ agent, isAllowed })
    }
    return found.slice(0, LIMITS.agentsPerMessage)
  }

  return (message: Addressed, index: AgentIndex, parents: Parents): readonly Triggered[] => {
    const { group, peerId, sender } = message
    if (sender.isAgent) return []
    if (group !== undefined) return inGroup(message, group, index, parents)
    const agent = peerId === undefined ? undefined : index.get(peerId)
    if (agent === undefined || agent.silentIn.has(privateConversation(sender.employeeId, agent.employeeId))) return []
    return [{ agent, isAllowed: answers(agent, sender, undefined, parents) }]
  }
}
export type FindTriggered = ReturnType<typeof createTriggers>

export const policyOf = ({ profile }: AgentEntry, groupId: string) =>
  profile.group_policies?.find((each) => each.group_id === groupId)?.policy ?? profile.group_policy ?? 'keyword'

/** Whoever is named in no list may be anybody: a list that is empty says nothing. */
export const answers = (
  { profile }: AgentEntry,
  asker: EmployeeEntry,
  groupId: string | undefined,
  parents: Parents,
): boolean => {
  const { allowed_departments = [], allowed_groups = [], allowed_users = [] } = profile
  if (groupId !== undefined && allowed_groups.length > 0 && !allowed_groups.includes(groupId)) return false
  if (allowed_users.length === 0 && allowed_departments.length === 0) return true
  if (allowed_users.includes(asker.employeeId)) return true
  const { departmentId } = asker
  return departmentId !== null && allowed_departments.some((allowed) => isWithin(departmentId, allowed, parents))
}
