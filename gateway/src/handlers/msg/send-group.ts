import { MChatError, textOf } from '@mchat/schema'
import { groupConversation } from '#src/delivery/message-ids.ts'
import { defineHandler } from '#src/router/define-handler.ts'
import { askable, composeMessage } from './message.ts'

export default defineHandler('msg.send_group', async (context, input) => {
  const { deliver, directory, mentions } = context
  const groupId = input.group_id
  const group = directory.groups.peek(groupId) ?? (await directory.groups.get(groupId))
  if (group === undefined) throw new MChatError('not_group_member')
  const text = textOf(input.content)
  const claimed = input.mentions ?? []
  const mentioned = claimed.length > 0 || text?.includes('@') ? await mentions.find(group, claimed, text) : []
  const conversation = groupConversation(groupId)
  const sent = composeMessage(
    context,
    conversation,
    { type: 'group', field: 'group_id', id: groupId },
    input,
    mentioned,
  )
  deliver.group(groupId, sent.json)
  context.mayAsk({ ...askable(sent, input), group, peerId: undefined, mentions: mentioned }, input.agent_wait !== false)
  return { msg_id: sent.msgId, group_id: groupId, sent_at: sent.sentAt, proof: sent.proof }
})
