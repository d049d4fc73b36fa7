import { defineHandler } from '#src/router/define-handler.ts'
import { conversationFields, deliverEvent, eventIdOf, findConversation, requireWriter } from './conversation.ts'

export default defineHandler('msg.recall', async (context, input) => {
  const conversation = await findConversation(context, input)
  const role = conversation.type === 'group' ? conversation.group.members.get(context.caller.employeeId) : 'member'
  // An admin may recall whatever is in the group, also from somebody who has left, whom nothing could be proved of.
  if (role !== 'owner' && role !== 'admin') {
    requireWriter(context, conversation, input.msg_id, input.writer_employee_id)
  }
  const sentAt = context.clock.timestamp()
  deliverEvent(context, conversation, {
    type: 'recall',
    event_id: eventIdOf(context, 'recall'),
    msg_id: input.msg_id,
    ...conversationFields(context, conversation),
    sent_at: sentAt,
  })
  return { msg_id: input.msg_id, recalled_at: sentAt }
})
