import { LIMITS } from '@mchat/schema/limits'
import { withText } from './content.ts'
import {
  byMsgId,
  type ChatMessage,
  type Conversation,
  changeMessage,
  type Place,
  withReaction,
} from './conversation.ts'
import { type Conversations, createConversations } from './conversations.ts'
import { createIncoming, type ListeningClient } from './incoming.ts'
import { createOutgoing, type Outgoing, type SendingClient } from './outgoing.ts'

export type ChatClient = SendingClient & ListeningClient

/**
 * The conversations of whoever is signed in, as this tab has heard them: MChat keeps no messages, and nothing of them is
 * written anywhere here. It listens from `follow` on, whichever page is open.
 */
export interface Chat extends Outgoing {
  readonly me: string
  readonly conversations: Pick<Conversations, 'get' | 'list' | 'open' | 'subscribe'>
  follow(): () => void
  /** Everything in it has been seen; who wrote it is told. */
  read(key: string): void
  /** One is writing; told now and then. */
  typing(place: Place): void
  /** @throws what the SDK throws, as do the following */
  edit(place: Place, message: ChatMessage, text: string): Promise<void>
  recall(place: Place, message: ChatMessage): Promise<void>
  react(place: Place, message: ChatMessage, emoji: string, isRemoved: boolean): Promise<void>
  /** What was being written in a conversation when one left it. */
  readonly drafts: Map<string, string>
}

const TYPING_EVERY_MS = 3000

export const conversationFields = ({ id, type }: Place) =>
  type === 'group'
    ? ({ conversation_type: 'group', group_id: id } as const)
    : ({ conversation_type: 'private', peer_employee_id: id } as const)

export const createChat = (client: ChatClient): Chat => {
  const me = client.employeeId
  const conversations = createConversations()
  const incoming = createIncoming(me, conversations)
  const outgoing = createOutgoing({
    client,
    conversations,
    onAsking: incoming.onAsking,
    onAnswered: incoming.onAnswered,
    onSent: incoming.onSent,
  })
  const typedAt = new Map<string, number>()
  const change = (place: Place, { msgId }: ChatMessage, how: (message: ChatMessage) => ChatMessage): void => {
    if (msgId === undefined) return
    conversations.changeKnown(place, (conversation) => changeMessage(conversation, byMsgId(msgId), how))
  }

  return {
    ...outgoing,
    me,
    conversations,
    drafts: new Map(),
    follow: () => incoming.follow(client),
    read(key) {
      const conversation = conversations.get(key)
      if (conversation === undefined || conversation.unread.length === 0) return
      const { place, unread } = conversation
      conversations.changeKnown(place, (each) => ({ ...each, unread: [], isMentioned: false }))
      if (conversation.isLeft) return
      for (const [writer, msgIds] of byWriter(unread)) {
        const about = place.type === 'group' ? { writer_employee_id: writer } : {}
        for (let from = 0; from < msgIds.length; from += LIMITS.readAckMessages) {
          const msg_ids = msgIds.slice(from, from + LIMITS.readAckMessages)
          // A mark that does not arrive is one tick less for the other, and nothing that this person could mend.
          client.request('msg.read_ack', { ...conversationFields(place), ...about, msg_ids }).catch(() => undefined)
        }
      }
    },
    typing(place) {
      const now = Date.now()
      const key = `${place.type}/${place.id}`
      if (now - (typedAt.get(key) ?? 0) < TYPING_EVERY_MS) return
      typedAt.set(key, now)
      void client.request('msg.typing', conversationFields(place))
    },
    async edit(place, message, text) {
      if (message.msgId === undefined) return
      const content = withText(message.content, text)
      await client.request('msg.edit', { ...conversationFields(place), msg_id: message.msgId, content })
      change(place, message, (each) => (each.recalledBy === undefined ? { ...each, content, isEdited: true } : each))
    },
    async recall(place, message) {
      if (message.msgId === undefined) return
      const writer = place.type === 'group' ? { writer_employee_id: message.from } : {}
      await client.request('msg.recall', { ...conversationFields(place), ...writer, msg_id: message.msgId })
      change(place, message, (each) => ({ ...each, content: '', recalledBy: me }))
    },
    async react(place, message, emoji, isRemoved) {
      if (message.msgId === undefined) return
      const remove = isRemoved ? { remove: true } : {}
      await client.request('msg.react', { ...conversationFields(place), ...remove, msg_id: message.msgId, emoji })
      change(place, message, (each) => ({ ...each, reactions: withReaction(each.reactions, emoji, me, isRemoved) }))
    },
  }
}

const byWriter = (unread: Conversation['unread']): ReadonlyMap<string, readonly string[]> => {
  const writers = new Map<string, string[]>()
  for (const { from, msgId } of unread) writers.set(from, [...(writers.get(from) ?? []), msgId])
  return writers
}
