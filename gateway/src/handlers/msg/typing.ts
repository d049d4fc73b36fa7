import { defineHandler } from '#src/router/define-handler.ts'
import { conversationFields, findConversation } from './conversation.ts'

export default defineHandler('msg.typing', async (context, input) => {
  const conversation = await findConversation(context, input)
  const json = JSON.stringify({
    type: 'typing',
    ...conversationFields(context, conversation),
    sent_at: context.clock.timestamp(),
  })
  if (conversation.type === 'group') context.deliver.groupStream(conversation.group.groupId, json)
  else context.deliver.inboxStream(conversation.peer.employeeId, json)
  return {}
})
