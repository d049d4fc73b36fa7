import Type from 'typebox'
import { defineAction } from '../action.ts'
import { CalledAgents } from '../agent-run.ts'
import { Content } from '../content.ts'
import { Timestamp } from '../entities.ts'
import { Proof } from '../events.ts'
import { EmployeeId, GroupId, MsgId } from '../id-fields.ts'
import { LIMITS } from '../limits.ts'

const sendFields = {
  content: Content,
  quote_msg_id: Type.Optional(MsgId),
  mentions: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: LIMITS.mentions, uniqueItems: true }),
  ),
  n: Type.Optional(Type.Integer({ minimum: 0 })),
  context_messages: Type.Optional(Type.Array(Type.Unknown(), { maxItems: LIMITS.contextMessages })),
  agent_wait: Type.Optional(
    Type.Boolean({
      description:
        'Whether the answer waits for the agents that the message is for (default), or only names their runs',
    }),
  ),
}

const sentFields = {
  sent_at: Timestamp,
  proof: Proof,
  agents: Type.Optional(CalledAgents),
  delivered: Type.Optional(Type.Literal(true, { description: 'With an error: the message itself was relayed' })),
}

/** Which conversation a message is in: `peer_employee_id` for private, `group_id` for group ones. */
const conversationFields = {
  conversation_type: Type.Union([Type.Literal('private'), Type.Literal('group')]),
  peer_employee_id: Type.Optional(EmployeeId),
  group_id: Type.Optional(GroupId),
}

const WriterHint = Type.Optional({
  ...EmployeeId,
  description: 'Who wrote it, in a group. Without it members are tried, which large groups refuse.',
})

const conversationErrors = ['not_group_member', 'employee_not_found', 'message_not_found'] as const

export const msgActions = {
  'msg.send_private': defineAction({
    summary: 'Sends a message to one employee. Code 0 means that it is with every session of the recipient.',
    input: Type.Object({ to_employee_id: EmployeeId, ...sendFields }),
    output: Type.Object({ msg_id: MsgId, to_employee_id: EmployeeId, ...sentFields }),
    rule: 'everyone',
    kind: 'relay',
    errors: ['employee_not_found', 'content_blocked', 'agent_timeout', 'agent_failed'],
    opaque: ['content', 'context_messages'],
  }),
  'msg.send_group': defineAction({
    summary: 'Sends a message to a group. Code 0 means that it is with every session of every member.',
    input: Type.Object({ group_id: GroupId, ...sendFields }),
    output: Type.Object({ msg_id: MsgId, group_id: GroupId, ...sentFields }),
    rule: 'group_member',
    kind: 'relay',
    errors: ['not_group_member', 'content_blocked', 'agent_timeout', 'agent_failed'],
    opaque: ['content', 'context_messages'],
  }),
  'msg.verify': defineAction({
    summary: 'Says of delivered messages whether this deployment relayed exactly them; with `attest` it signs that.',
    input: Type.Object({
      messages: Type.Array(Type.Unknown(), { minItems: 1, maxItems: LIMITS.verifyMessages }),
      attest: Type.Optional(Type.Boolean()),
    }),
    output: Type.Object({
      results: Type.Array(
        Type.Object({
          msg_id: Type.Union([Type.String(), Type.Null()]),
          genuine: Type.Boolean(),
          reason: Type.Optional(
            Type.Union([Type.Literal('malformed'), Type.Literal('not_genuine'), Type.Literal('not_a_participant')]),
          ),
        }),
      ),
      attestation: Type.Optional(
        Type.String({ description: 'JWS (Ed25519) over the genuine ones; keys in /.well-known/jwks.json' }),
      ),
    }),
    rule: 'everyone',
    kind: 'read',
    errors: [],
    opaque: ['messages'],
  }),
  'msg.read_ack': defineAction({
    summary: 'Tells the writer that messages were read, and the own other devices too.',
    input: Type.Object({
      msg_id: Type.Optional(MsgId),
      msg_ids: Type.Optional(Type.Array(MsgId, { minItems: 1, maxItems: LIMITS.readAckMessages, uniqueItems: true })),
      ...conversationFields,
      writer_employee_id: WriterHint,
    }),
    output: Type.Object({ read_at: Timestamp }),
    rule: 'conversation',
    kind: 'relay',
    errors: conversationErrors,
  }),
  'msg.recall': defineAction({
    summary: 'Asks every client to withdraw a message; by its writer, in a group also by the admins.',
    input: Type.Object({ msg_id: MsgId, ...conversationFields, writer_employee_id: WriterHint }),
    output: Type.Object({ msg_id: MsgId, recalled_at: Timestamp }),
    rule: 'conversation',
    kind: 'relay',
    errors: [...conversationErrors, 'not_writer'],
  }),
  'msg.edit': defineAction({
    summary: 'Replaces the content of a message; by its writer.',
    input: Type.Object({ msg_id: MsgId, ...conversationFields, content: Content }),
    output: Type.Object({ msg_id: MsgId, edited_at: Timestamp, proof: Proof }),
    rule: 'conversation',
    kind: 'relay',
    errors: [...conversationErrors, 'not_writer', 'content_blocked'],
    opaque: ['content'],
  }),
  'msg.react': defineAction({
    summary: 'Adds a reaction to a message, or takes it back.',
    input: Type.Object({
      msg_id: MsgId,
      ...conversationFields,
      emoji: Type.String({ minLength: 1, maxLength: LIMITS.reactionChars }),
      remove: Type.Optional(Type.Boolean()),
    }),
    output: Type.Object({ msg_id: MsgId }),
    rule: 'conversation',
    kind: 'relay',
    errors: conversationErrors,
  }),
  'msg.typing': defineAction({
    summary: 'Shows the others that one is typing. Published at QoS 0; there is no answer.',
    input: Type.Object(conversationFields),
    output: Type.Object({}),
    rule: 'conversation',
    kind: 'relay',
    errors: conversationErrors,
    answered: false,
  }),
}
