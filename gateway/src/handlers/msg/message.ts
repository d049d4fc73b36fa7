import type { Content } from '@mchat/schema'
import type { RelayContext } from '#src/router/context.ts'
import { passedContent } from './passed-content.ts'

export interface SendFields {
  readonly content: Content
  readonly quote_msg_id?: string
  readonly n?: number
  readonly context_messages?: readonly unknown[]
}

export interface SentMessage {
  readonly msgId: string
  readonly sentAt: string
  readonly proof: string
  /** As it is delivered. */
  readonly content: Content
  /** The delivered payload (contract 4.1). */
  readonly json: string
}

/** What an agent is told of it. */
export const askable = ({ content, msgId, proof, sentAt }: SentMessage, input: SendFields) => ({
  msgId,
  sentAt,
  proof,
  content,
  quoteMsgId: input.quote_msg_id,
  contextMessages: input.context_messages ?? [],
})

/**
 * Makes the message that is delivered. The content goes through as the text it came in: parsed once to be checked,
 * never written again, so no number or escape changes on the way. Everything else is the gateway's: ids match their
 * grammars and need no escaping.
 */
export const composeMessage = (
  context: RelayContext,
  conversation: string,
  target: { readonly type: 'private' | 'group'; readonly field: 'to_employee_id' | 'group_id'; readonly id: string },
  input: SendFields,
  mentions: readonly string[],
): SentMessage => {
  const { content, json: contentJson } = passedContent(context, input.content)
  const { caller, clientId, clock, messageIds, seqId } = context
  const senderId = caller.employeeId
  const msgId = messageIds.messageId(clientId, seqId, senderId, conversation)
  const sentAt = clock.timestamp()
  const proof = messageIds.proof({ msgId, senderId, conversation, sentAt, content })
  let json = `{"msg_id":"${msgId}","type":"${target.type}","from_employee_id":"${senderId}","${target.field}":"${target.id}","content":${contentJson},"sent_at":"${sentAt}","proof":"${proof}"`
  if (input.n !== undefined) json += `,"n":${input.n}`
  if (input.quote_msg_id !== undefined) json += `,"quote_msg_id":"${input.quote_msg_id}"`
  if (mentions.length > 0) json += `,"mentions":${JSON.stringify(mentions)}`
  if (caller.employee.isAgent) json += ',"is_ai_agent":true'
  return { msgId, sentAt, proof, content, json: `${json}}` }
}
