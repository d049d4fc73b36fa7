import type { Device } from '../../kit/device.ts'
import type { Scene } from '../scene.ts'
import type { Example } from './example.ts'

type MessageActions =
  | 'msg.send_private'
  | 'msg.send_group'
  | 'msg.verify'
  | 'msg.read_ack'
  | 'msg.recall'
  | 'msg.edit'
  | 'msg.react'
  | 'msg.typing'

/** Two people and the other device of the first, with a message from the first to the second. */
const conversation = async (scene: Scene) => {
  const writer = await scene.person('writer')
  const phone = await scene.secondDevice('phone', writer)
  const reader = await scene.person('reader')
  const { msg_id } = await writer.call('msg.send_private', { to_employee_id: reader.employeeId, content: 'hello' })
  const delivered = (await reader.inbox.next('private')).json
  return { writer, phone, reader, msg_id, delivered }
}

const groupConversation = async (scene: Scene) => {
  const writer = await scene.person('writer')
  const reader = await scene.person('reader')
  const other = await scene.person('other')
  const group_id = await scene.group(writer, reader)
  const { msg_id } = await writer.call('msg.send_group', { group_id, content: 'hello' })
  return { writer, reader, other, group_id, msg_id }
}

const inPrivate = (peer: Device) => ({ conversation_type: 'private' as const, peer_employee_id: peer.employeeId })
const inGroup = (group_id: string) => ({ conversation_type: 'group' as const, group_id })

export const messageExamples: { readonly [A in MessageActions]: Example<A> } = {
  async 'msg.send_private'(scene) {
    const { writer, reader, msg_id, delivered } = await conversation(scene)
    return {
      by: writer,
      input: {
        to_employee_id: reader.employeeId,
        content: { type: 'markdown', body: { text: '**done**' } },
        quote_msg_id: msg_id,
        mentions: [reader.employeeId],
        n: 1,
        context_messages: [delivered],
        agent_wait: false,
      },
      published: ['reader inbox/{employee_id} Message private', 'phone sync/{employee_id} SyncSent sent'],
    }
  },

  async 'msg.send_group'(scene) {
    const { writer, other, group_id, msg_id } = await groupConversation(scene)
    return {
      by: writer,
      input: { group_id, content: 'done', quote_msg_id: msg_id, mentions: ['*'], n: 2, agent_wait: false },
      refused: { device: other, reason: 'not_group_member' },
      published: ['writer', 'reader'].map((label) => `${label} group/{group_id} Message group`),
    }
  },

  async 'msg.verify'(scene) {
    const { reader, delivered } = await conversation(scene)
    return { by: reader, input: { messages: [delivered], attest: true }, published: [] }
  },

  async 'msg.read_ack'(scene) {
    const { writer, reader, other, group_id, msg_id } = await groupConversation(scene)
    await scene.secondDevice('tablet', reader)
    return {
      by: reader,
      input: { msg_ids: [msg_id], ...inGroup(group_id), writer_employee_id: writer.employeeId },
      refused: { device: other, reason: 'not_group_member' },
      published: ['writer inbox/{employee_id} ReadAck read_ack', 'tablet sync/{employee_id} SyncEvent event'],
    }
  },

  async 'msg.recall'(scene) {
    const { writer, reader, group_id, msg_id } = await groupConversation(scene)
    return {
      by: writer,
      input: { msg_id, ...inGroup(group_id), writer_employee_id: writer.employeeId },
      refused: { device: reader, reason: 'not_writer' },
      published: ['writer', 'reader'].map((label) => `${label} group/{group_id} Recall recall`),
    }
  },

  async 'msg.edit'(scene) {
    const { writer, reader, msg_id } = await conversation(scene)
    return {
      by: writer,
      input: { msg_id, ...inPrivate(reader), content: 'better' },
      // To anybody else it is a message in a conversation of their own, which does not have it.
      refused: { device: await scene.person('other'), reason: 'message_not_found' },
      published: ['reader inbox/{employee_id} Edit edit', 'phone sync/{employee_id} SyncEvent event'],
    }
  },

  async 'msg.react'(scene) {
    const { writer, reader, other, group_id, msg_id } = await groupConversation(scene)
    void writer
    return {
      by: reader,
      input: { msg_id, ...inGroup(group_id), emoji: '👍🏽', remove: false },
      refused: { device: other, reason: 'not_group_member' },
      published: ['writer', 'reader'].map((label) => `${label} group/{group_id} Reaction reaction`),
    }
  },

  async 'msg.typing'(scene) {
    const { reader, other, group_id } = await groupConversation(scene)
    return {
      by: reader,
      input: inGroup(group_id),
      refused: { device: other, reason: 'not_group_member' },
      published: ['writer', 'reader'].map((label) => `${label} group/{group_id}/stream Typing typing`),
    }
  },
}
