import type { AgentStatus, Content, Message, SystemMessage } from '@mchat/sdk'

/** Whom or what one talks to. Its key is the end of the page's address, too. */
export interface Place {
  readonly type: 'private' | 'group'
  /** Of the other person or agent, or of the group. */
  readonly id: string
}
export const keyOf = ({ id, type }: Place): string => `${type}/${id}`

export interface Reactions {
  readonly emoji: string
  readonly by: readonly string[]
}

export interface ChatMessage {
  readonly kind: 'message'
  /** Counts the entries of the conversation; stays the same. */
  readonly no: number
  /** undefined: the gateway has not answered yet. */
  readonly msgId: string | undefined
  readonly from: string
  readonly isAgent: boolean
  readonly content: Content
  readonly at: string
  readonly quoteMsgId: string | undefined
  readonly mentions: readonly string[]
  readonly state: 'uploading' | 'sending' | 'failed' | 'done' | 'streaming' | 'stopped'
  /** Of `failed`. */
  readonly error?: unknown
  /** Of a file of one's own that is on its way, from 0 to 1. */
  readonly progress?: number
  readonly runId?: string | undefined
  readonly isEdited: boolean
  readonly recalledBy: string | undefined
  readonly reactions: readonly Reactions[]
  readonly readBy: readonly string[]
}

/** Something that happened, in between the messages. */
export type News =
  | Omit<SystemMessage, 'context_messages'>
  | { readonly action: 'gap'; readonly missed?: number | undefined }
  | {
      readonly action: 'agent_ended'
      readonly agent_id: string
      readonly state: AgentStatus['state']
      readonly reason: AgentStatus['reason']
    }

export interface Notice {
  readonly kind: 'notice'
  readonly no: number
  readonly at: string
  readonly news: News
}
export type Entry = ChatMessage | Notice

/** An agent that is at work. */
export interface Run {
  readonly runId: string
  readonly agentId: string
  readonly inReplyTo: string
  readonly state: AgentStatus['state']
}

export interface Conversation {
  readonly place: Place
  readonly key: string
  /** As they came; the oldest are dropped. */
  readonly entries: readonly Entry[]
  readonly nextNo: number
  readonly unread: readonly { readonly msgId: string; readonly from: string }[]
  /** One of the unread messages mentions oneself. */
  readonly isMentioned: boolean
  readonly typing: readonly string[]
  readonly runs: readonly Run[]
  /** Of the last entry, or when it was opened. */
  readonly lastAt: string
  /** One is not in the group any more. */
  readonly isLeft: boolean
}

/** Nothing is kept but this, in the memory of the tab. */
export const MOST_ENTRIES = 5000

export const emptyConversation = (place: Place, lastAt: string): Conversation => ({
  place,
  key: keyOf(place),
  entries: [],
  nextNo: 1,
  unread: [],
  isMentioned: false,
  typing: [],
  runs: [],
  lastAt,
  isLeft: false,
})

type New<E> = E extends Entry ? Omit<E, 'no'> : never

export const append = (conversation: Conversation, entry: New<Entry>): Conversation => {
  const { entries, nextNo } = conversation
  const kept = entries.length < MOST_ENTRIES ? entries : entries.slice(entries.length - MOST_ENTRIES + 1)
  return { ...conversation, entries: [...kept, { ...entry, no: nextNo }], nextNo: nextNo + 1, lastAt: entry.at }
}

/** From the end: what changes is mostly new. */
export const findMessage = (
  { entries }: Conversation,
  isIt: (message: ChatMessage) => boolean,
): ChatMessage | undefined => entries.findLast((entry): entry is ChatMessage => entry.kind === 'message' && isIt(entry))

export const byMsgId =
  (msgId: string) =>
  (message: ChatMessage): boolean =>
    message.msgId === msgId

/** Nothing, where there is no such message. */
export const changeMessage = (
  conversation: Conversation,
  isIt: (message: ChatMessage) => boolean,
  change: (message: ChatMessage) => ChatMessage,
): Conversation => {
  const { entries } = conversation
  const index = entries.findLastIndex((entry) => entry.kind === 'message' && isIt(entry))
  const found = entries[index]
  if (found?.kind !== 'message') return conversation
  const changed = change(found)
  return changed === found ? conversation : { ...conversation, entries: entries.with(index, changed) }
}

export const removeEntry = (conversation: Conversation, no: number): Conversation => ({
  ...conversation,
  entries: conversation.entries.filter((entry) => entry.no !== no),
})

export const newMessage = (message: Message): New<ChatMessage> => ({
  kind: 'message',
  msgId: message.msg_id,
  from: message.from_employee_id,
  isAgent: message.is_ai_agent === true || message.type === 'agent',
  content: message.content,
  at: message.sent_at,
  quoteMsgId: message.quote_msg_id,
  mentions: message.mentions ?? [],
  state: 'done',
  runId: message.run_id,
  isEdited: false,
  recalledBy: undefined,
  reactions: [],
  readBy: [],
})

/** The same again changes nothing. */
export const withReaction = (
  reactions: readonly Reactions[],
  emoji: string,
  employeeId: string,
  isRemoved: boolean,
): readonly Reactions[] => {
  const known = reactions.find((each) => each.emoji === emoji)
  if (known === undefined) return isRemoved ? reactions : [...reactions, { emoji, by: [employeeId] }]
  if (known.by.includes(employeeId) !== isRemoved) return reactions
  const by = isRemoved ? known.by.filter((id) => id !== employeeId) : [...known.by, employeeId]
  return reactions.map((each) => (each === known ? { emoji, by } : each)).filter((each) => each.by.length > 0)
}

const ENDS: readonly AgentStatus['state'][] = ['done', 'failed', 'cancelled', 'timed_out']
export const isOver = (state: AgentStatus['state']): boolean => ENDS.includes(state)

export const withRun = (conversation: Conversation, run: Run): Conversation => {
  const others = conversation.runs.filter(({ runId }) => runId !== run.runId)
  if (isOver(run.state)) {
    const runs = others.length === conversation.runs.length ? conversation.runs : others
    return { ...conversation, runs }
  }
  return { ...conversation, runs: [...others, run] }
}
