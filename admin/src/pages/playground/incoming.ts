import type { AgentText, ClientEvents, MChatClient, Message, ReadAck, SyncSent, SystemMessage } from '@mchat/sdk'
import {
  append,
  byMsgId,
  type ChatMessage,
  type Conversation,
  changeMessage,
  findMessage,
  isOver,
  keyOf,
  MOST_ENTRIES,
  newMessage,
  type Place,
  type Run,
  withReaction,
  withRun,
} from './conversation.ts'
import type { Conversations } from './conversations.ts'
import type { Sent } from './outgoing.ts'

export type ListeningClient = Pick<MChatClient, 'employeeId' | 'on'>

/** What the others do, and oneself on other devices. */
export interface Incoming {
  follow(client: ListeningClient): () => void
  onAsking(key: string): void
  onAnswered(key: string): void
  /** The agents that a message of one's own has called. */
  onSent(place: Place, sent: Sent): void
}

interface Fields {
  readonly from_employee_id: string
  readonly to_employee_id?: string
  readonly group_id?: string
}

/** Somebody who has not written for so long is not writing any more. */
const TYPING_MS = 6000
const ENDED_RUNS = 200

export const createIncoming = (me: string, conversations: Conversations): Incoming => {
  const placeOf = ({ from_employee_id: from, group_id: groupId, to_employee_id: to }: Fields): Place => {
    if (groupId !== undefined) return { type: 'group', id: groupId }
    return { type: 'private', id: from === me ? (to ?? me) : from }
  }

  /** How many are asked and not answered. */
  const asking = new Map<string, number>()
  /** What came meanwhile about messages that may be those. */
  const held = new Map<string, (() => void)[]>()
  const isKnown = (key: string, msgId: string): boolean => {
    const conversation = conversations.get(key)
    return conversation !== undefined && findMessage(conversation, byMsgId(msgId)) !== undefined
  }
  const whenKnown = (key: string, msgId: string, work: () => void): void => {
    const waiting = held.get(key)
    if (waiting === undefined || isKnown(key, msgId)) work()
    else waiting.push(work)
  }

  const receive = (message: Message): void => {
    const place = placeOf(message)
    const isOwn = message.from_employee_id === me
    const add = (): void => conversations.change(place, (conversation) => received(conversation, message, isOwn, me))
    if (isOwn) whenKnown(keyOf(place), message.msg_id, add)
    else add()
    if (!isOwn) stopTyping(place, message.from_employee_id)
    if (message.run_id !== undefined) endRun(place, message.run_id)
  }

  const onMessage = (event: Fields, msgId: string, change: (message: ChatMessage) => ChatMessage): void => {
    const place = placeOf(event)
    whenKnown(keyOf(place), msgId, () =>
      conversations.changeKnown(place, (conversation) => changeMessage(conversation, byMsgId(msgId), change)),
    )
  }
  const recalled = (event: ClientEvents['recall']): void => {
    onMessage(event, event.msg_id, (message) => ({ ...message, content: '', recalledBy: event.from_employee_id }))
    conversations.changeKnown(placeOf(event), (conversation) => withoutUnread(conversation, [event.msg_id]))
  }
  const edited = (event: ClientEvents['edit']): void =>
    onMessage(event, event.msg_id, (message) =>
      message.from === event.from_employee_id && message.recalledBy === undefined
        ? { ...message, content: event.content, isEdited: true }
        : message,
    )
  const reacted = (event: ClientEvents['reaction']): void =>
    onMessage(event, event.msg_id, (message) => {
      const reactions = withReaction(message.reactions, event.emoji, event.from_employee_id, event.removed)
      return reactions === message.reactions ? message : { ...message, reactions }
    })
  const read = (event: ReadAck): void => {
    const reader = event.from_employee_id
    if (reader === me) {
      conversations.changeKnown(placeOf(event), (conversation) => withoutUnread(conversation, event.msg_ids))
      return
    }
    for (const msgId of event.msg_ids) {
      onMessage(event, msgId, (message) =>
        message.readBy.includes(reader) ? message : { ...message, readBy: [...message.readBy, reader] },
      )
    }
  }

  const typists = new Map<string, ReturnType<typeof setTimeout>>()
  const stopTyping = (place: Place, employeeId: string): void => {
    const key = `${keyOf(place)} ${employeeId}`
    clearTimeout(typists.get(key))
    if (!typists.delete(key)) return
    conversations.changeKnown(place, (conversation) => ({
      ...conversation,
      typing: conversation.typing.filter((id) => id !== employeeId),
    }))
  }
  const typing = (event: ClientEvents['typing']): void => {
    const place = placeOf(event)
    const { from_employee_id: from } = event
    const key = `${keyOf(place)} ${from}`
    clearTimeout(typists.get(key))
    typists.set(
      key,
      setTimeout(() => stopTyping(place, from), TYPING_MS),
    )
    conversations.changeKnown(place, (conversation) =>
      conversation.typing.includes(from) ? conversation : { ...conversation, typing: [...conversation.typing, from] },
    )
  }

  /** A late answer may name a run as under way that has ended since. */
  const ended = new Set<string>()
  const endRun = (place: Place, runId: string): void => {
    ended.add(runId)
    const [oldest] = ended
    if (ended.size > ENDED_RUNS && oldest !== undefined) ended.delete(oldest)
    conversations.changeKnown(place, (conversation) =>
      conversation.runs.some((run) => run.runId === runId)
        ? { ...conversation, runs: conversation.runs.filter((run) => run.runId !== runId) }
        : conversation,
    )
  }
  const ran = (place: Place, run: Run, reason: ClientEvents['agent_status']['reason']): void => {
    if (ended.has(run.runId)) return
    if (!isOver(run.state)) {
      conversations.change(place, (conversation) => withRun(conversation, run))
      return
    }
    endRun(place, run.runId)
    if (run.state === 'done') return
    const at = new Date().toISOString()
    conversations.change(place, (conversation) => {
      const stopped = changeMessage(
        conversation,
        (message) => message.runId === run.runId && message.state === 'streaming',
        (message) => ({ ...message, state: 'stopped' }),
      )
      const news = { action: 'agent_ended', agent_id: run.agentId, state: run.state, reason } as const
      return append(stopped, { kind: 'notice', at, news })
    })
  }
  const statusOf = (event: ClientEvents['agent_status']): void => {
    const { from_employee_id: agentId, in_reply_to: inReplyTo, reason, run_id: runId, state } = event
    ran(placeOf(event), { runId, agentId, inReplyTo, state }, reason)
  }
  const written = (text: AgentText): void => {
    // The whole comes as a message, too.
    if (text.is_whole || ended.has(text.run_id)) return
    const place = placeOf(text)
    conversations.change(place, (conversation) => streamed(conversation, text))
  }

  const happened = ({ context_messages: _, ...news }: SystemMessage): void => {
    const place = placeOfNews(news, me)
    if (place === undefined) return
    const isMine = news.employee_ids === undefined || news.employee_ids.includes(me)
    const hasLeft = news.action === 'group_dismissed' || (news.action === 'member_removed' && isMine)
    const hasJoined = news.action === 'group_created' || (news.action === 'member_added' && isMine)
    conversations.change(place, (conversation) => {
      // Whoever takes over in a group is told twice.
      const isRepeated =
        news.action === 'agent_handoff' &&
        conversation.entries.some(
          (entry) =>
            entry.kind === 'notice' &&
            entry.news.action === 'agent_handoff' &&
            entry.news.in_reply_to === news.in_reply_to,
        )
      if (isRepeated) return conversation
      const isLeft = hasLeft || (conversation.isLeft && !hasJoined)
      return { ...append(conversation, { kind: 'notice', at: news.sent_at, news }), isLeft }
    })
  }
  const missed = (event: ClientEvents['session']): void => {
    if (event.state !== 'gap') return
    const places =
      event.from_employee_id === undefined
        ? conversations.list().map(({ place }) => place)
        : [placeOf({ ...event, from_employee_id: event.from_employee_id })]
    const at = new Date().toISOString()
    const news = { action: 'gap', missed: event.missed } as const
    for (const place of places) {
      conversations.changeKnown(place, (conversation) => append(conversation, { kind: 'notice', at, news }))
    }
  }
  const synced = (event: ClientEvents['sync']): void => {
    if (event.type === 'relay') return
    if (event.type === 'sent') receive((event as SyncSent).message)
    else if (event.event.type === 'read_ack') read(event.event)
    else if (event.event.type === 'recall') recalled(event.event)
    else if (event.event.type === 'edit') edited(event.event)
    else reacted(event.event)
  }

  return {
    follow(client) {
      const stops = [
        client.on('message', receive),
        client.on('recall', recalled),
        client.on('edit', edited),
        client.on('reaction', reacted),
        client.on('read_ack', read),
        client.on('typing', typing),
        client.on('agent_status', statusOf),
        client.on('agent_text', written),
        client.on('system', happened),
        client.on('session', missed),
        client.on('sync', synced),
      ]
      return () => {
        for (const stop of stops) stop()
        for (const timer of typists.values()) clearTimeout(timer)
      }
    },
    onAsking(key) {
      asking.set(key, (asking.get(key) ?? 0) + 1)
      if (!held.has(key)) held.set(key, [])
    },
    onAnswered(key) {
      const left = (asking.get(key) ?? 1) - 1
      asking.set(key, left)
      if (left > 0) return
      asking.delete(key)
      const waiting = held.get(key) ?? []
      held.delete(key)
      for (const work of waiting) work()
    },
    onSent(place, sent) {
      for (const { employee_id: agentId, reason, run_id: runId, state } of sent.agents ?? []) {
        ran(place, { runId, agentId, inReplyTo: sent.msg_id, state }, reason)
      }
    },
  }
}

const withoutUnread = (conversation: Conversation, msgIds: readonly string[]): Conversation => {
  const unread = conversation.unread.filter(({ msgId }) => !msgIds.includes(msgId))
  if (unread.length === conversation.unread.length) return conversation
  return { ...conversation, unread, isMentioned: conversation.isMentioned && unread.length > 0 }
}

const received = (conversation: Conversation, message: Message, isOwn: boolean, me: string): Conversation => {
  // The SDK gives each message once. Of one's own there are copies, and of an agent's there was something to see before.
  const mayBeKnown = isOwn || message.run_id !== undefined
  const known = mayBeKnown ? findMessage(conversation, byMsgId(message.msg_id)) : undefined
  if (known !== undefined && known.state !== 'streaming' && known.state !== 'stopped') return conversation
  const added =
    known === undefined
      ? append(conversation, newMessage(message))
      : changeMessage(conversation, byMsgId(message.msg_id), ({ no }) => ({ ...newMessage(message), no }))
  if (isOwn) return added
  const mentions = message.mentions ?? []
  return {
    ...added,
    // No more than there are messages that could be read.
    unread: [...added.unread.slice(1 - MOST_ENTRIES), { msgId: message.msg_id, from: message.from_employee_id }],
    isMentioned: added.isMentioned || mentions.includes(me) || mentions.includes('*'),
  }
}

const streamed = (conversation: Conversation, { text, ...about }: AgentText): Conversation => {
  if (findMessage(conversation, byMsgId(about.msg_id)) === undefined) {
    const now = new Date().toISOString()
    const message = { ...about, type: 'agent' as const, content: text, sent_at: now, proof: '' }
    return append(conversation, { ...newMessage(message), state: 'streaming' })
  }
  return changeMessage(conversation, byMsgId(about.msg_id), (message) =>
    message.state === 'streaming' ? { ...message, content: text } : message,
  )
}

/** @returns undefined: nothing of a conversation */
const placeOfNews = (news: Omit<SystemMessage, 'context_messages'>, me: string): Place | undefined => {
  const { action, agent_id, group_id, peer_employee_id } = news
  if (group_id !== undefined) return { type: 'group', id: group_id }
  if (agent_id === undefined || (action !== 'agent_handoff' && action !== 'agent_resumed')) return undefined
  // Whoever takes over goes on with whom the agent talked to.
  const isTaker = peer_employee_id !== undefined && peer_employee_id !== me
  return { type: 'private', id: isTaker ? peer_employee_id : agent_id }
}
