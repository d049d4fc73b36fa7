import { MChatError } from '@mchat/schema'
import { privateConversation } from '#src/delivery/message-ids.ts'
import { defineHandler } from '#src/router/define-handler.ts'
import { askable, composeMessage } from './message.ts'

export default defineHandler('msg.send_private', async (context, input) => {
  const { caller, deliver, directory } = context
  const to = input.to_employee_id
  const recipient = directory.employees.peek(to) ?? (await directory.employees.get(to))
  if (recipient?.active !== true) throw new MChatError('employee_not_found')
  const conversation = privateConversation(caller.employeeId, to)
  const participants = [caller.employeeId, to]
  const mentions = (input.mentions ?? []).filter((id) => id === '*' || participants.includes(id))
  const sent = composeMessage(
    context,
    conversation,
    { type: 'private', field: 'to_employee_id', id: to },
    input,
    mentions,
  )
  deliver.inbox(to, sent.json)
  context.mayAsk({ ...askable(sent, input), group: undefined, peerId: to, mentions }, input.agent_wait !== false)
  // A message to oneself is in the own inbox already.
  if (to !== caller.employeeId) {
    deliver.ownDevices(`{"type":"sent","from_client_id":"${context.clientId}","message":${sent.json}}`)
  }
  return { msg_id: sent.msgId, to_employee_id: to, sent_at: sent.sentAt, proof: sent.proof }
})
