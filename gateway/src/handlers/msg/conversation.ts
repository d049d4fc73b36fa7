import { invalidField, MChatError } from '@mchat/schema'
import type { EmployeeEntry, GroupEntry } from '#src/db/directory.ts'
import { groupConversation, privateConversation } from '#src/delivery/message-ids.ts'
import type { RelayContext } from '#src/router/context.ts'

export interface ConversationFields {
  readonly conversation_type: 'private' | 'group'
  readonly peer_employee_id?: string
  readonly group_id?: string
}

/** The conversation a request is about, from the caller's side. */
export type Conversation =
  | { readonly type: 'private'; readonly key: string; readonly peer: EmployeeEntry }
  | { readonly type: 'group'; readonly key: string; readonly group: GroupEntry }

/** @throws MChatError when its field is missing, or there is no such employee or group */
export const findConversation = async (context: RelayContext, input: ConversationFields): Promise<Conversation> => {
  const { caller, directory } = context
  if (input.conversation_type === 'group') {
    if (input.group_id === undefined) throw invalidField('group_id', 'required', 'is required in a group')
    const group = await directory.groups.get(input.group_id)
    if (group === undefined) throw new MChatError('not_group_member')
    return { type: 'group', key: groupConversation(group.groupId), group }
  }
  const peerId = input.peer_employee_id
  if (peerId === undefined) throw invalidField('peer_employee_id', 'required', 'is required in a private conversation')
  const peer = await directory.employees.get(peerId)
  if (peer === undefined) throw new MChatError('employee_not_found')
  return { type: 'private', key: privateConversation(caller.employeeId, peerId), peer }
}

/** The fields that tell in an event which conversation it belongs to. */
export const conversationFields = (context: RelayContext, conversation: Conversation) => ({
  from_employee_id: context.caller.employeeId,
  ...(conversation.type === 'private'
    ? { to_employee_id: conversation.peer.employeeId }
    : { group_id: conversation.group.groupId }),
})

/** Passes an event on to the others of the conversation and, where they do not hear it anyway, the own other devices. */
export const deliverEvent = (context: RelayContext, conversation: Conversation, event: object): void =>
  deliverEventJson(context, conversation, JSON.stringify(event))

export const deliverEventJson = (context: RelayContext, conversation: Conversation, json: string): void => {
  if (conversation.type === 'group') {
    context.deliver.group(conversation.group.groupId, json)
    return
  }
  context.deliver.inbox(conversation.peer.employeeId, json)
  copyToOwnDevices(context, json)
}

export const copyToOwnDevices = (context: RelayContext, json: string): void =>
  context.deliver.ownDevices(`{"type":"event","from_client_id":"${context.clientId}","event":${json}}`)

export const eventIdOf = (context: RelayContext, what: string): string =>
  context.messageIds.eventId(context.clientId, context.seqId, what)

/**
 * @param hint who wrote it, as the caller says: in a group it tells a message of somebody else from none
 * @throws MChatError `not_writer` when somebody else of the conversation wrote it, otherwise `message_not_found`
 */
export const requireWriter = (
  context: RelayContext,
  conversation: Conversation,
  msgId: string,
  hint?: string | undefined,
): void => {
  const { caller, messageIds } = context
  if (messageIds.isWriter(msgId, caller.employeeId, conversation.key)) return
  const other = conversation.type === 'private' ? conversation.peer.employeeId : hint
  const isOthers = other !== undefined && messageIds.isWriter(msgId, other, conversation.key)
  throw new MChatError(isOthers ? 'not_writer' : 'message_not_found')
}
