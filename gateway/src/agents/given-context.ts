import { groupConversation, type MessageIds, privateConversation } from '../delivery/message-ids.ts'
import type { Ask } from './run.ts'

type Fields = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * What the asker has given of the conversation, as far as the agent's profile goes, each with whether this deployment relayed
 * exactly that there: whoever asks could otherwise show what was said elsewhere, or never, as said here.
 */
export const givenContext = (
  { agent, askerId, contextMessages, conversation, message }: Ask,
  messageIds: Pick<MessageIds, 'isWriter' | 'isGenuine'>,
) => {
  const wanted = agent.profile.context ?? 'provided'
  const quoted = message.quoteMsgId
  return contextMessages
    .filter(isObject)
    .filter((each) => wanted === 'provided' || (wanted === 'quoted' && each.msg_id === quoted))
    .map((each) => ({ ...each, verified: isVerified(each, conversation, [askerId, agent.employeeId], messageIds) }))
}

const isVerified = (
  {
    content,
    from_employee_id: senderId,
    group_id: groupId,
    msg_id: msgId,
    proof,
    sent_at: sentAt,
    to_employee_id: to,
  }: Fields,
  conversation: string,
  pair: readonly string[],
  messageIds: Pick<MessageIds, 'isWriter' | 'isGenuine'>,
): boolean => {
  if (typeof msgId !== 'string' || typeof senderId !== 'string' || typeof sentAt !== 'string') return false
  if (typeof proof !== 'string' || content === undefined) return false
  const isHere =
    typeof groupId === 'string'
      ? groupConversation(groupId) === conversation
      : pair.includes(senderId) && typeof to === 'string' && privateConversation(senderId, to) === conversation
  if (!isHere || !messageIds.isWriter(msgId, senderId, conversation)) return false
  return messageIds.isGenuine({ msgId, senderId, conversation, sentAt, content }, proof)
}
