import Type, { type Static } from 'typebox'
import { RunId } from './agent-run.ts'
import { Content } from './content.ts'
import { EmployeeId, GroupId, MsgId } from './id-fields.ts'
import { LIMITS } from './limits.ts'

/** A message as it was delivered, handed on by whoever asked: `verified` says whether its proof is right. */
export const ContextMessage = Type.Object(
  { verified: Type.Boolean() },
  {
    additionalProperties: Type.Unknown(),
    description: 'As the sender gave it, and whether this deployment relayed exactly that',
  },
)

/** What an agent is told of a message that is for it (contract 5, Agents): the body of the webhook's POST. */
export const AgentCall = Type.Object({
  run_id: RunId,
  agent: Type.Object({ employee_id: EmployeeId, name: Type.String() }),
  message: Type.Object({
    msg_id: MsgId,
    content: Content,
    sent_at: Type.String(),
    proof: Type.String(),
    quote_msg_id: Type.Optional(MsgId),
    mentions: Type.Optional(Type.Array(Type.String())),
  }),
  sender: Type.Object({
    employee_id: EmployeeId,
    name: Type.String(),
    is_ai_agent: Type.Boolean(),
    department: Type.Union([Type.Object({ department_id: Type.String(), name: Type.String() }), Type.Null()]),
    manager_id: Type.Union([EmployeeId, Type.Null()]),
    roles: Type.Array(Type.String()),
  }),
  conversation: Type.Object({
    type: Type.Union([Type.Literal('private'), Type.Literal('group')]),
    group_id: Type.Optional(GroupId),
    name: Type.Optional(Type.String()),
    member_count: Type.Optional(Type.Integer()),
  }),
  context_messages: Type.Array(ContextMessage),
  /** The same under its old name. */
  history: Type.Array(ContextMessage),
  hops: Type.Integer({ description: 'How many agents have answered before, since a person asked' }),
  reply_url: Type.Optional(
    Type.String({ description: 'For an answer that takes longer than this call: answer 202, then POST it here' }),
  ),
  reply_token: Type.Optional(Type.String({ description: 'The bearer token for `reply_url`' })),
  deadline: Type.String({ description: 'When the run is over, answered or not' }),
})
export type AgentCall = Static<typeof AgentCall>

/** How an agent was called, as whoever tests it is shown it: as it was sent, but for the key. */
export const AgentRequest = Type.Object({
  method: Type.Union([Type.Literal('POST'), Type.Literal('PUBLISH')], {
    description: '`PUBLISH` of an agent that is a client of MQTT',
  }),
  url: Type.String({ description: 'Of `PUBLISH`: the topic' }),
  headers: Type.Record(Type.String(), Type.String(), {
    description: 'With the signature; in the place of the key for an `openai` endpoint are asterisks',
  }),
  body: Type.String({ description: `What was signed; without what is beyond ${LIMITS.agentRequestChars} characters` }),
})
export type AgentRequest = Static<typeof AgentRequest>

const Mentions = Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: LIMITS.mentions })
const OneMessage = Type.Object({ content: Content, mentions: Type.Optional(Mentions) })

/**
 * What an agent answers. Everything else it says is left out: who it is from and where it goes is the gateway's to say
 * (threats T46).
 */
export const AgentReply = Type.Object({
  content: Type.Optional(Content),
  mentions: Type.Optional(Mentions),
  messages: Type.Optional(Type.Array(OneMessage, { minItems: 1, maxItems: LIMITS.agentMessages })),
  next_agent: Type.Optional({ ...EmployeeId, description: 'The agent that is to go on with this answer' }),
  handoff: Type.Optional(
    Type.Object({
      to: Type.Optional(EmployeeId),
      reason: Type.Optional(Type.String({ maxLength: LIMITS.descriptionChars })),
    }),
  ),
  silent: Type.Optional(Type.Boolean({ description: 'There is nothing to say' })),
  usage: Type.Optional(
    Type.Object({
      input_tokens: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })),
      output_tokens: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })),
    }),
  ),
})
export type AgentReply = Static<typeof AgentReply>
