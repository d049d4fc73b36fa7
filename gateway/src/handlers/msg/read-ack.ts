import { invalidField, MChatError } from '@mchat/schema'
import type { GroupEntry } from '#src/db/directory.ts'
import type { RelayContext } from '#src/router/context.ts'
import { defineHandler } from '#src/router/define-handler.ts'
import { type Conversation, conversationFields, copyToOwnDevices, eventIdOf, findConversation } from './conversation.ts'

/** Trying out one member for one message costs some microseconds. */
const MAX_TRIALS = 1000

export default defineHandler('msg.read_ack', async (context, input) => {
  const msgIds = input.msg_ids ?? (input.msg_id === undefined ? undefined : [input.msg_id])
  if (msgIds === undefined) throw invalidField('msg_ids', 'required', 'msg_id or msg_ids is required')
  const conversation = await findConversation(context, input)
  const readAt = context.clock.timestamp()
  const event = (ids: readonly string[], what: string) =>
    JSON.stringify({
      type: 'read_ack',
      event_id: eventIdOf(context, what),
      msg_ids: ids,
      ...(ids.length === 1 ? { msg_id: ids[0] } : {}),
      conversation_type: conversation.type,
      ...conversationFields(context, conversation),
      read_at: readAt,
    })
  for (const [writer, ids] of byWriter(context, conversation, msgIds, input.writer_employee_id)) {
    if (writer !== context.caller.employeeId) context.deliver.inbox(writer, event(ids, `read|${writer}`))
  }
  copyToOwnDevices(context, event(msgIds, 'read'))
  return { read_at: readAt }
})

const byWriter = (
  context: RelayContext,
  conversation: Conversation,
  msgIds: readonly string[],
  hint: string | undefined,
): Map<string, string[]> => {
  const { messageIds } = context
  const candidates =
    conversation.type === 'private'
      ? [conversation.peer.employeeId]
      : membersToTry(conversation.group, msgIds.length, hint)
  const writers = new Map<string, string[]>()
  for (const msgId of msgIds) {
    const writer = candidates.find((id) => messageIds.isWriter(msgId, id, conversation.key))
    if (writer === undefined) throw new MChatError('message_not_found')
    const ids = writers.get(writer)
    if (ids === undefined) writers.set(writer, [msgId])
    else ids.push(msgId)
  }
  return writers
}

const membersToTry = (group: GroupEntry, messages: number, hint: string | undefined): string[] => {
  if (hint !== undefined) return group.members.has(hint) ? [hint] : []
  if (group.members.size * messages > MAX_TRIALS) {
    throw invalidField('writer_employee_id', 'required', 'is required in a group of this size')
  }
  return [...group.members.keys()]
}
