import { checkContent } from '#src/delivery/content.ts'
import { defineHandler } from '#src/router/define-handler.ts'
import { conversationFields, deliverEvent, eventIdOf, findConversation, requireWriter } from './conversation.ts'

export default defineHandler('msg.edit', async (context, input) => {
  checkContent(input.content, context.rawField('content'))
  const conversation = await findConversation(context, input)
  requireWriter(context, conversation, input.msg_id)
  const sentAt = context.clock.timestamp()
  const proof = context.messageIds.proof({
    msgId: input.msg_id,
    senderId: context.caller.employeeId,
    conversation: conversation.key,
    sentAt,
    content: input.content,
  })
  deliverEvent(context, conversation, {
    type: 'edit',
    event_id: eventIdOf(context, 'edit'),
    msg_id: input.msg_id,
    ...conversationFields(context, conversation),
    content: input.content,
    sent_at: sentAt,
    proof,
  })
  return { msg_id: input.msg_id, edited_at: sentAt, proof }
})
