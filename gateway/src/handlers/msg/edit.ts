import { defineHandler } from '#src/router/define-handler.ts'
import { conversationFields, deliverEventJson, eventIdOf, findConversation, requireWriter } from './conversation.ts'
import { passedContent } from './passed-content.ts'

export default defineHandler('msg.edit', async (context, input) => {
  const { content, json: contentJson } = passedContent(context, input.content)
  const conversation = await findConversation(context, input)
  requireWriter(context, conversation, input.msg_id)
  const sentAt = context.clock.timestamp()
  const proof = context.messageIds.proof({
    msgId: input.msg_id,
    senderId: context.caller.employeeId,
    conversation: conversation.key,
    sentAt,
    content,
  })
  const head = JSON.stringify({
    type: 'edit',
    event_id: eventIdOf(context, 'edit'),
    msg_id: input.msg_id,
    ...conversationFields(context, conversation),
  })
  // The content goes through as the text it came in, as it does when it is sent.
  const json = `${head.slice(0, -1)},"content":${contentJson},"sent_at":"${sentAt}","proof":"${proof}"}`
  deliverEventJson(context, conversation, json)
  return { msg_id: input.msg_id, edited_at: sentAt, proof }
})
