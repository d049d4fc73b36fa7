import { MChatError } from '@mchat/schema'
import { defineHandler } from '#src/router/define-handler.ts'
import { conversationFields, deliverEvent, eventIdOf, findConversation } from './conversation.ts'

export default defineHandler('msg.react', async (context, input) => {
  const { caller, messageIds } = context
  const conversation = await findConversation(context, input)
  if (conversation.type === 'private') {
    const writers = [conversation.peer.employeeId, caller.employeeId]
    // In a group the writer may have left; members ignore a reaction to what they never saw.
    if (!writers.some((id) => messageIds.isWriter(input.msg_id, id, conversation.key))) {
      throw new MChatError('message_not_found')
    }
  }
  deliverEvent(context, conversation, {
    type: 'reaction',
    event_id: eventIdOf(context, 'react'),
    msg_id: input.msg_id,
    ...conversationFields(context, conversation),
    emoji: input.emoji,
    removed: input.remove === true,
    sent_at: context.clock.timestamp(),
  })
  return { msg_id: input.msg_id }
})
