import { hash } from 'node:crypto'
import { isId, isMsgId, type OutputOf } from '@mchat/schema'
import { canonicalJson } from '#src/delivery/canonical-json.ts'
import { groupConversation, privateConversation } from '#src/delivery/message-ids.ts'
import type { ReadContext } from '#src/router/context.ts'
import { defineHandler } from '#src/router/define-handler.ts'
import { may } from '../rights.ts'

type Result = OutputOf<'msg.verify'>['results'][number]

/** A delivered message with everything a proof is made over. */
interface Delivered {
  readonly msg_id: string
  readonly from_employee_id: string
  readonly to_employee_id?: string
  readonly group_id?: string
  readonly content: unknown
  readonly sent_at: string
  readonly proof: string
}

export default defineHandler('msg.verify', async (context, input) => {
  const seesAll = may(context.caller.employee, 'audit.read')
  const results: Result[] = []
  const genuine: Delivered[] = []
  for (const message of input.messages) {
    const result = await verify(context, message, seesAll)
    results.push(result)
    if (result.genuine) genuine.push(message as Delivered)
  }
  if (input.attest !== true || genuine.length === 0) return { results }
  const attestation = await context.attest({
    requested_by: context.caller.employeeId,
    verified_at: context.clock.timestamp(),
    messages: genuine.map((message) => ({
      msg_id: message.msg_id,
      from_employee_id: message.from_employee_id,
      ...(message.group_id === undefined
        ? { to_employee_id: message.to_employee_id as string }
        : { group_id: message.group_id }),
      sent_at: message.sent_at,
      content_sha256: hash('sha256', canonicalJson(message.content), 'hex'),
    })),
  })
  return { results, attestation }
})

const verify = async (context: ReadContext, message: unknown, seesAll: boolean): Promise<Result> => {
  if (!isDelivered(message)) return { msg_id: null, genuine: false, reason: 'malformed' }
  const { msg_id: msgId, from_employee_id: senderId, to_employee_id: to, group_id: groupId } = message
  if (!seesAll && !(await tookPart(context, message)))
    return { msg_id: msgId, genuine: false, reason: 'not_a_participant' }
  const conversation = groupId === undefined ? privateConversation(senderId, to ?? '') : groupConversation(groupId)
  const { messageIds } = context
  const genuine =
    messageIds.isWriter(msgId, senderId, conversation) &&
    messageIds.isGenuine(
      { msgId, senderId, conversation, sentAt: message.sent_at, content: message.content },
      message.proof,
    )
  return genuine ? { msg_id: msgId, genuine } : { msg_id: msgId, genuine, reason: 'not_genuine' }
}

const tookPart = async (context: ReadContext, message: Delivered): Promise<boolean> => {
  const { caller, directory } = context
  if (message.group_id === undefined) {
    return message.from_employee_id === caller.employeeId || message.to_employee_id === caller.employeeId
  }
  return (await directory.groups.get(message.group_id))?.members.has(caller.employeeId) ?? false
}

const isDelivered = (value: unknown): value is Delivered => {
  if (typeof value !== 'object' || value === null) return false
  const message = value as Partial<Record<keyof Delivered, unknown>>
  const isIdText = (id: unknown): boolean => typeof id === 'string' && isId(id)
  return (
    typeof message.msg_id === 'string' &&
    isMsgId(message.msg_id) &&
    isIdText(message.from_employee_id) &&
    (message.group_id === undefined) !== (message.to_employee_id === undefined) &&
    isIdText(message.group_id ?? message.to_employee_id) &&
    typeof message.sent_at === 'string' &&
    typeof message.proof === 'string' &&
    message.content !== undefined
  )
}
