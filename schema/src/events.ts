import Type, { type Static } from 'typebox'
import { RunFailure, RunId, RunState } from './agent-run.ts'
import { Change } from './changes.ts'
import { Content } from './content.ts'
import { Employee, Timestamp } from './entities.ts'
import { ClientId, EmployeeId, GroupId, MsgId } from './id-fields.ts'
import { LIMITS } from './limits.ts'
import { AgentCall, AgentRequest } from './webhook.ts'

/** Everything that is pushed to clients (contract 2, 4.1). Fields a client does not know are to be ignored. */

export const Proof = Type.String({
  minLength: 22,
  maxLength: 22,
  description: 'Says that this deployment relayed exactly this; check with msg.verify',
})

export const EventId = Type.String({
  description: 'Stays the same when an event is sent again; use it to drop duplicates',
})

const conversation = {
  from_employee_id: EmployeeId,
  to_employee_id: Type.Optional(EmployeeId),
  group_id: Type.Optional(GroupId),
}

/** A message of a person or an agent, on an inbox or a group topic. */
export const Message = Type.Object({
  msg_id: MsgId,
  type: Type.Union([Type.Literal('private'), Type.Literal('group'), Type.Literal('agent')]),
  ...conversation,
  content: Content,
  sent_at: Timestamp,
  proof: Proof,
  n: Type.Optional(Type.Integer({ description: 'Counts the messages of this sender in this conversation' })),
  quote_msg_id: Type.Optional(MsgId),
  mentions: Type.Optional(Type.Array(Type.String(), { description: 'employee_ids, or ["*"] for all' })),
  is_ai_agent: Type.Optional(Type.Boolean()),
  in_reply_to: Type.Optional({ ...MsgId, description: 'Of an agent: the message that it answers' }),
  run_id: Type.Optional(RunId),
})
export type Message = Static<typeof Message>

/** Something happened to a message. `msg_id` is the message it is about. */
export const ReadAck = Type.Object({
  type: Type.Literal('read_ack'),
  event_id: EventId,
  msg_ids: Type.Array(MsgId),
  msg_id: Type.Optional(MsgId),
  conversation_type: Type.Union([Type.Literal('private'), Type.Literal('group')]),
  ...conversation,
  read_at: Timestamp,
})
export const Recall = Type.Object({
  type: Type.Literal('recall'),
  event_id: EventId,
  msg_id: MsgId,
  ...conversation,
  sent_at: Timestamp,
})
export const Edit = Type.Object({
  type: Type.Literal('edit'),
  event_id: EventId,
  msg_id: MsgId,
  ...conversation,
  content: Content,
  sent_at: Timestamp,
  proof: Proof,
})
export const Reaction = Type.Object({
  type: Type.Literal('reaction'),
  event_id: EventId,
  msg_id: MsgId,
  ...conversation,
  emoji: Type.String(),
  removed: Type.Boolean(),
  sent_at: Timestamp,
})
/** On a stream topic, QoS 0, never stored. */
export const Typing = Type.Object({
  type: Type.Literal('typing'),
  ...conversation,
  sent_at: Timestamp,
})

/**
 * What becomes of a call of an agent, from the agent. On the stream topic at QoS 0; how it ended unless it is `done`, which
 * the answer itself says, on the normal topic at QoS 1.
 */
export const AgentStatus = Type.Object({
  type: Type.Literal('agent_status'),
  event_id: EventId,
  run_id: RunId,
  ...conversation,
  in_reply_to: MsgId,
  state: RunState,
  reason: Type.Optional(RunFailure),
  msg_ids: Type.Optional(Type.Array(MsgId, { description: 'Of `done`: the messages of the answer' })),
  sent_at: Timestamp,
})
export type AgentStatus = Static<typeof AgentStatus>

/** A piece of an answer that is being written, on a stream topic at QoS 0. The whole of it comes with the same msg_id. */
export const AgentDelta = Type.Object({
  type: Type.Literal('agent_delta'),
  run_id: RunId,
  msg_id: MsgId,
  ...conversation,
  in_reply_to: MsgId,
  offset: Type.Integer({
    description: 'Characters (UTF-16) of the answer before this piece: a lost one is noticed by it',
  }),
  delta: Type.String(),
  sent_at: Timestamp,
})
export type AgentDelta = Static<typeof AgentDelta>

const { history, reply_token, reply_url, ...callFields } = AgentCall.properties

/**
 * To an agent that is an MQTT client: somebody has called it. Answered with `agent.reply` until `deadline`, once, by
 * whichever of its devices is first; a repetition has the same run_id.
 */
export const AgentRun = Type.Object({ type: Type.Literal('agent_run'), ...callFields })
export type AgentRun = Static<typeof AgentRun>

/**
 * How an `agent.test` with `live` goes on, to the device that asked and on QoS 0: the request as it was sent, again for
 * each repetition, and then the pieces of the answer. The response has both for certain.
 */
export const AgentTest = Type.Object({
  type: Type.Literal('agent_test'),
  seq_id: Type.String({ description: 'Of the request `agent.test`' }),
  run_id: RunId,
  request: Type.Optional(AgentRequest),
  offset: Type.Optional(Type.Integer({ description: 'Characters (UTF-16) of the answer before this piece' })),
  delta: Type.Optional(Type.String()),
  sent_at: Timestamp,
})
export type AgentTest = Static<typeof AgentTest>

export const SYSTEM_ACTIONS = [
  'group_created',
  'group_updated',
  'group_dismissed',
  'member_added',
  'member_removed',
  'role_changed',
  'owner_changed',
  'agent_handoff',
  'agent_resumed',
  'agent_failing',
] as const
export type SystemAction = (typeof SYSTEM_ACTIONS)[number]

/** Organisational news in an inbox or on a group topic. */
export const SystemMessage = Type.Object({
  type: Type.Literal('system'),
  event_id: EventId,
  action: Type.Enum(SYSTEM_ACTIONS),
  group_id: Type.Optional(GroupId),
  name: Type.Optional(Type.String()),
  inviter_id: Type.Optional(EmployeeId),
  operator_id: Type.Optional(EmployeeId),
  employee_ids: Type.Optional(Type.Array(EmployeeId)),
  role: Type.Optional(Type.String()),
  agent_id: Type.Optional(EmployeeId),
  peer_employee_id: Type.Optional({ ...EmployeeId, description: 'Whose conversation with the agent it is' }),
  in_reply_to: Type.Optional(MsgId),
  context_messages: Type.Optional(
    Type.Array(Type.Unknown(), { description: 'What the asker had given the agent; for whoever takes over' }),
  ),
  reason: Type.Optional(Type.String()),
  sent_at: Timestamp,
})
export type SystemMessage = Static<typeof SystemMessage>

/** What an employee's own devices tell each other, on `mchat/sync/{employee_id}`. */
export const SyncSent = Type.Object({
  type: Type.Literal('sent'),
  from_client_id: ClientId,
  message: Message,
})
export const SyncEvent = Type.Object({
  type: Type.Literal('event'),
  from_client_id: ClientId,
  event: Type.Union([ReadAck, Recall, Edit, Reaction]),
})
export const SyncRelay = Type.Object({
  type: Type.Literal('relay'),
  sync_id: Type.String(),
  from_client_id: ClientId,
  to_client_id: Type.Optional(ClientId),
  kind: Type.String(),
  payload: Type.Unknown(),
  sent_at: Timestamp,
})

export const Status = Type.Object({
  status: Type.Union([Type.Literal('online'), Type.Literal('offline')]),
  updated_at: Timestamp,
  device: Type.Optional(Type.String({ maxLength: 128 })),
})
export type Status = Static<typeof Status>

export const ProfileEvent = Type.Object({
  employee_id: EmployeeId,
  event: Type.Union([Type.Literal('created'), Type.Literal('updated'), Type.Literal('disabled')]),
  fields: Type.Array(Type.String()),
  profile: Type.Omit(Employee, ['roles']),
  updated_at: Timestamp,
})
export type ProfileEvent = Static<typeof ProfileEvent>

/** An announcement: on `system/notify` for everybody, in the inboxes of those whom it is for otherwise. */
export const SystemNotify = Type.Object({
  notify_id: Type.String({ description: 'Stays the same when it is sent again; use it to drop duplicates' }),
  type: Type.String({ description: '`announcement`; others may follow' }),
  title: Type.Optional(Type.String()),
  body: Type.String(),
  from_employee_id: Type.Optional({ ...EmployeeId, description: 'Of an announcement: whoever made it' }),
  created_at: Timestamp,
})
export type SystemNotify = Static<typeof SystemNotify>

export const OrgTreeChanged = Type.Object({ version: Type.Integer(), updated_at: Timestamp })
export const CapabilityChanged = Type.Object({
  skill: Type.String(),
  agent_ids: Type.Array(EmployeeId),
  updated_at: Timestamp,
})

/** On the response topic of a device that is to confirm what another one asks for; show it to its user. */
export const ChallengeCode = Type.Object({
  type: Type.Literal('challenge'),
  challenge_id: Type.String(),
  code: Type.String({ description: 'The `token` of the request' }),
  for_action: Type.String(),
  for_target: Type.String({ description: 'The id of what the request is about' }),
  requested_by: ClientId,
  expires_at: Timestamp,
})
export type ChallengeCode = Static<typeof ChallengeCode>

/** The end of the audit log at the end of a day: whoever keeps it can prove later that the log was changed. */
export const AuditHead = Type.Object({
  day: Type.String({ description: 'The day (UTC) of the last row' }),
  seq: Type.Integer({ description: 'Of the last row' }),
  hash: Type.String({ description: 'Of the last row' }),
  signature: Type.String({ description: 'A JWS over the other three, by the key in `/.well-known/jwks.json`' }),
  updated_at: Timestamp,
})

/** What has changed of what the receiver administers, on a topic that a client opts in to. */
export const Changes = Type.Object({
  type: Type.Literal('changes'),
  changes: Type.Array(Change, { maxItems: LIMITS.changesPerEvent }),
  dropped: Type.Optional(
    Type.Integer({ minimum: 1, description: 'So many more were not told, now or before: ask for everything again' }),
  ),
  sent_at: Timestamp,
})
export type Changes = Static<typeof Changes>

/** Which events travel on which topic: the source of the AsyncAPI document and the reference page. */
export const TOPIC_EVENTS = {
  'msg/resp/{client_id}/{challenge_id}': { qos: 1, retain: false, events: { ChallengeCode } },
  'msg/resp/{client_id}/{run_id}': { qos: 0, retain: false, events: { AgentTest } },
  'inbox/{employee_id}': {
    qos: 1,
    retain: false,
    events: { Message, ReadAck, Recall, Edit, Reaction, SystemMessage, SystemNotify, AgentStatus, AgentRun },
  },
  'inbox/{employee_id}/stream': { qos: 0, retain: false, events: { Typing, AgentStatus, AgentDelta } },
  'inbox/{employee_id}/changes': { qos: 0, retain: false, events: { Changes } },
  'group/{group_id}': {
    qos: 1,
    retain: false,
    events: { Message, Recall, Edit, Reaction, SystemMessage, AgentStatus },
  },
  'group/{group_id}/stream': { qos: 0, retain: false, events: { Typing, AgentStatus, AgentDelta } },
  'sync/{employee_id}': { qos: 1, retain: false, events: { SyncSent, SyncEvent, SyncRelay } },
  'status/{employee_id}': { qos: 1, retain: true, events: { Status } },
  'profile/{employee_id}': { qos: 1, retain: false, events: { ProfileEvent } },
  'system/notify': { qos: 1, retain: false, events: { SystemNotify } },
  'org/tree': { qos: 1, retain: true, events: { OrgTreeChanged } },
  'agent/capability/{skill}': { qos: 1, retain: true, events: { CapabilityChanged } },
  'audit/head': { qos: 1, retain: true, events: { AuditHead } },
} as const
