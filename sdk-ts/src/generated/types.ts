// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.

/** Plain text, or an object with type and body; at most 32768 bytes as JSON */
export type Content = string | {
  /** 1 to 32 characters */
  type: string
  body: unknown
}

export interface AuditRow {
  /** Counts the rows without a gap */
  seq: number
  /** ISO 8601, UTC, milliseconds */
  at: string
  /** null: the gateway itself */
  operator_employee_id: string | null
  client_id: string
  seq_id: string
  action: string
  /** The id of what it was about */
  target: string | null
  /** The fields of the request, without those that are nobody’s business; null: they were invalid */
  params: Record<string, unknown> | null
  /** As it was answered */
  code: number
  reason: string | null
  /** The gateway */
  instance: string
  /** SHA-256 over the hash of the row before and this row; see docs/compliance.md */
  hash: string
}

export interface Department {
  /** A department */
  department_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  parent_id: string | null
  sort_order: number
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface Device {
  /** An installed device of one employee */
  client_id: string
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** When the credential ends; null: not by itself */
  expires_at: string | null
  has_session: boolean
}

export interface Employee {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  department_id: string | null
  manager_id: string | null
  is_ai_agent: boolean
  agent_profile: {
    /** How it is called: `webhook` (default) posts to `webhook_endpoint`, `openai` asks the chat-completions API there, `mqtt` tells a client of the agent on its inbox */
    connector?: 'webhook' | 'openai' | 'mqtt'
    /** What it is; the model that is asked for with `openai`; at most 64 characters */
    model_type?: string
    /** at most 50 entries */
    capabilities?: string[]
    /** Texts, not patterns; at most 50 entries */
    trigger_keywords?: string[]
    /** at most 2048 characters */
    webhook_endpoint?: string
    /** For `openai`; `{agent_name}`, `{sender_name}`, `{group_name}` and `{date}` are filled in; at most 8192 characters */
    system_prompt?: string
    /** Seconds; 15 by default; 1 to 120 */
    response_timeout?: number
    /** Whether it is asked to answer bit by bit */
    stream?: boolean
    /** Becomes a member of those that are new in the list, where whoever lists them may add members; at most 500 entries */
    auto_join_groups?: string[]
    /** Calls a second; 5 by default; 0.1 to 1000 */
    qps_limit?: number
    /** Calls a day (UTC); 1 to 10000000 */
    daily_call_limit?: number
    /** Calls at a time; 10 by default; 1 to 1000 */
    max_concurrency?: number
    /** Who takes over, in this order; at most 10 entries */
    handoff_to?: string[]
    /** at most 500 entries */
    allowed_users?: string[]
    /** at most 500 entries */
    allowed_departments?: string[]
    /** at most 500 entries */
    allowed_groups?: string[]
    /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
    group_policy?: 'mention' | 'keyword' | 'all' | 'none'
    /** Groups with a policy of their own; at most 500 entries */
    group_policies?: Array<{
      /** A group */
      group_id: string
      /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
      policy: 'mention' | 'keyword' | 'all' | 'none'
    }>
    /** How much of `context_messages` it is given: nothing, the message that is quoted, or everything (default) */
    context?: 'none' | 'quoted' | 'provided'
  } | null
  /** What the employee is good at, shown beside the name; at most 50 entries */
  skills_badge: string[]
  /** Whoever is `disabled` cannot connect, send or receive */
  status: EmployeeStatus
  /** Everybody is a `member` beside these; at most 16 entries */
  roles: RoleGrant[]
  /** Grows with every change; see if_version */
  version: number
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

/** Whoever is `disabled` cannot connect, send or receive */
export type EmployeeStatus = 'active' | 'disabled'

export interface Group {
  /** A group */
  group_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  description: string | null
  avatar: string | null
  /** An employee: a person or an AI agent */
  creator_employee_id: string
  member_count: number
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface GroupMember {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  is_ai_agent: boolean
  /** What a member may do in the group */
  role: GroupRole
  /** ISO 8601, UTC, milliseconds */
  joined_at: string
}

/** What a member may do in the group */
export type GroupRole = 'owner' | 'admin' | 'member'

export interface MqttConnection {
  broker_host: string
  broker_port: number
  use_tls: boolean
  /** The same broker over WebSocket */
  ws_url?: string
  /** Prefix of every topic */
  service_id?: string
  /** How to form the client_id; braces stand for what to fill in */
  client_id_scheme: string
  /** An installed device of one employee */
  client_id?: string
  mqtt_username: string
  mqtt_password?: string
  /** When the credential ends; absent: it does not by itself */
  expires_at?: string
  /** The password was shown in an earlier answer and is not repeated */
  secret_withheld?: true
}

export interface RoleGrant {
  role: 'owner' | 'admin' | 'hr' | 'agent_manager' | 'auditor' | 'member'
  /** A department */
  department_id?: string
}

export interface Session {
  /** An installed device of one employee */
  client_id: string
  /** An employee: a person or an AI agent */
  employee_id: string
  device_info: string | null
  /** ISO 8601, UTC, milliseconds */
  connected_at: string
  /** ISO 8601, UTC, milliseconds */
  last_seen_at: string
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

export interface FailureData {
  /** Each field that was refused, and why */
  errors?: FieldError[]
}

export interface FieldError {
  /** Path of the field, e.g. `opts.avatar`; empty for the request as a whole */
  field: string
  /** The rule that was broken, e.g. `required`, `maxLength` */
  rule: string
  message: string
}

export interface Request {
  /** 1 to 64 characters */
  action: string
  /** Chosen by the client, unique for 24 h */
  seq_id?: string
}

export interface Response {
  /** Chosen by the client, unique for 24 h */
  seq_id: string
  /** 0, or a code of the error table */
  code: number
  /** For people, in the language of the deployment */
  message: string
  data: Record<string, unknown> | null
  /** A stable word for programs */
  reason?: string
  /** at least 0 */
  retry_after_ms?: number
}

export interface AuditRowBrief {
  /** Counts the rows without a gap */
  seq: number
  /** ISO 8601, UTC, milliseconds */
  at: string
  /** null: the gateway itself */
  operator_employee_id: string | null
  client_id: string
  seq_id: string
  action: string
  /** The id of what it was about */
  target: string | null
  /** As it was answered */
  code: number
  reason: string | null
  /** The gateway */
  instance: string
  /** SHA-256 over the hash of the row before and this row; see docs/compliance.md */
  hash: string
  /** It was asked what would be done, and nothing was */
  dry_run?: true
}

export interface ChangedAudit {
  noun: 'audit'
  row: AuditRowBrief
}

export interface ChangedRun {
  noun: 'run'
  /** One call of an agent */
  run_id: string
  /** An employee: a person or an AI agent */
  agent_id: string
  state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
  reason?: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable'
  /** ISO 8601, UTC, milliseconds */
  at: string
}

export interface ChangedThing {
  noun: 'employee' | 'role' | 'credential' | 'session' | 'department' | 'group' | 'agent' | 'announcement'
  /** The action that has changed it; `session.expired` and `agent.handoff` are none */
  action: string
  /** An employee_id, client_id, department_id or group_id, as the noun has it */
  target_id?: string
  /** null: the gateway itself */
  operator_id: string | null
  /** ISO 8601, UTC, milliseconds */
  at: string
}

export interface ChallengeCode {
  type: 'challenge'
  challenge_id: string
  /** The `token` of the request */
  code: string
  for_action: string
  /** The id of what the request is about */
  for_target: string
  /** An installed device of one employee */
  requested_by: string
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

export interface AgentTest {
  type: 'agent_test'
  /** Of the request `agent.test` */
  seq_id: string
  /** One call of an agent */
  run_id: string
  request?: {
    /** `PUBLISH` of an agent that is a client of MQTT */
    method: 'POST' | 'PUBLISH'
    /** Of `PUBLISH`: the topic */
    url: string
    /** With the signature; in the place of the key for an `openai` endpoint are asterisks */
    headers: Record<string, string>
    /** What was signed; without what is beyond 16000 characters */
    body: string
  }
  /** Characters (UTF-16) of the answer before this piece */
  offset?: number
  delta?: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface Message {
  /** A message */
  msg_id: string
  type: 'private' | 'group' | 'agent'
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content: Content
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
  /** Says that this deployment relayed exactly this; check with msg.verify; 22 characters */
  proof: string
  /** Counts the messages of this sender in this conversation */
  n?: number
  /** A message */
  quote_msg_id?: string
  /** employee_ids, or ["*"] for all */
  mentions?: string[]
  is_ai_agent?: boolean
  /** Of an agent: the message that it answers */
  in_reply_to?: string
  /** One call of an agent */
  run_id?: string
}

export interface ReadAck {
  type: 'read_ack'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  msg_ids: string[]
  /** A message */
  msg_id?: string
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** ISO 8601, UTC, milliseconds */
  read_at: string
}

export interface Recall {
  type: 'recall'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  /** A message */
  msg_id: string
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface Edit {
  type: 'edit'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  /** A message */
  msg_id: string
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content: Content
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
  /** Says that this deployment relayed exactly this; check with msg.verify; 22 characters */
  proof: string
}

export interface Reaction {
  type: 'reaction'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  /** A message */
  msg_id: string
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  emoji: string
  removed: boolean
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface SystemMessage {
  type: 'system'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  action: 'group_created' | 'group_updated' | 'group_dismissed' | 'member_added' | 'member_removed' | 'role_changed' | 'owner_changed' | 'agent_handoff' | 'agent_resumed' | 'agent_failing'
  /** A group */
  group_id?: string
  name?: string
  /** An employee: a person or an AI agent */
  inviter_id?: string
  /** An employee: a person or an AI agent */
  operator_id?: string
  employee_ids?: string[]
  role?: string
  /** An employee: a person or an AI agent */
  agent_id?: string
  /** Whose conversation with the agent it is */
  peer_employee_id?: string
  /** A message */
  in_reply_to?: string
  /** What the asker had given the agent; for whoever takes over */
  context_messages?: unknown[]
  reason?: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface SystemNotify {
  /** Stays the same when it is sent again; use it to drop duplicates */
  notify_id: string
  /** `announcement`; others may follow */
  type: string
  title?: string
  body: string
  /** Of an announcement: whoever made it */
  from_employee_id?: string
  /** ISO 8601, UTC, milliseconds */
  created_at: string
}

export interface AgentStatus {
  type: 'agent_status'
  /** Stays the same when an event is sent again; use it to drop duplicates */
  event_id: string
  /** One call of an agent */
  run_id: string
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** A message */
  in_reply_to: string
  state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
  reason?: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable'
  /** Of `done`: the messages of the answer */
  msg_ids?: string[]
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface AgentRun {
  type: 'agent_run'
  /** One call of an agent */
  run_id: string
  agent: {
    /** An employee: a person or an AI agent */
    employee_id: string
    name: string
  }
  message: {
    /** A message */
    msg_id: string
    /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
    content: Content
    sent_at: string
    proof: string
    /** A message */
    quote_msg_id?: string
    mentions?: string[]
  }
  sender: {
    /** An employee: a person or an AI agent */
    employee_id: string
    name: string
    is_ai_agent: boolean
    department: {
      department_id: string
      name: string
    } | null
    manager_id: string | null
    roles: string[]
  }
  conversation: {
    type: 'private' | 'group'
    /** A group */
    group_id?: string
    name?: string
    member_count?: number
  }
  context_messages: {
    verified: boolean
    [field: string]: unknown
  }[]
  /** How many agents have answered before, since a person asked */
  hops: number
  /** When the run is over, answered or not */
  deadline: string
}

export interface Typing {
  type: 'typing'
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface AgentDelta {
  type: 'agent_delta'
  /** One call of an agent */
  run_id: string
  /** A message */
  msg_id: string
  /** An employee: a person or an AI agent */
  from_employee_id: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
  /** A message */
  in_reply_to: string
  /** Characters (UTF-16) of the answer before this piece: a lost one is noticed by it */
  offset: number
  delta: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface Changes {
  type: 'changes'
  /** at most 200 entries */
  changes: Array<ChangedThing | ChangedRun | ChangedAudit>
  /** So many more were not told, now or before: ask for everything again; at least 1 */
  dropped?: number
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface SyncSent {
  type: 'sent'
  /** An installed device of one employee */
  from_client_id: string
  message: Message
}

export interface SyncEvent {
  type: 'event'
  /** An installed device of one employee */
  from_client_id: string
  event: ReadAck | Recall | Edit | Reaction
}

export interface SyncRelay {
  type: 'relay'
  sync_id: string
  /** An installed device of one employee */
  from_client_id: string
  /** An installed device of one employee */
  to_client_id?: string
  kind: string
  payload: unknown
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface Status {
  status: 'online' | 'offline'
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
  /** at most 128 characters */
  device?: string
}

export interface ProfileEvent {
  /** An employee: a person or an AI agent */
  employee_id: string
  event: 'created' | 'updated' | 'disabled'
  fields: string[]
  profile: {
    /** An employee: a person or an AI agent */
    employee_id: string
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name: string
    department_id: string | null
    manager_id: string | null
    is_ai_agent: boolean
    agent_profile: {
      /** How it is called: `webhook` (default) posts to `webhook_endpoint`, `openai` asks the chat-completions API there, `mqtt` tells a client of the agent on its inbox */
      connector?: 'webhook' | 'openai' | 'mqtt'
      /** What it is; the model that is asked for with `openai`; at most 64 characters */
      model_type?: string
      /** at most 50 entries */
      capabilities?: string[]
      /** Texts, not patterns; at most 50 entries */
      trigger_keywords?: string[]
      /** at most 2048 characters */
      webhook_endpoint?: string
      /** For `openai`; `{agent_name}`, `{sender_name}`, `{group_name}` and `{date}` are filled in; at most 8192 characters */
      system_prompt?: string
      /** Seconds; 15 by default; 1 to 120 */
      response_timeout?: number
      /** Whether it is asked to answer bit by bit */
      stream?: boolean
      /** Becomes a member of those that are new in the list, where whoever lists them may add members; at most 500 entries */
      auto_join_groups?: string[]
      /** Calls a second; 5 by default; 0.1 to 1000 */
      qps_limit?: number
      /** Calls a day (UTC); 1 to 10000000 */
      daily_call_limit?: number
      /** Calls at a time; 10 by default; 1 to 1000 */
      max_concurrency?: number
      /** Who takes over, in this order; at most 10 entries */
      handoff_to?: string[]
      /** at most 500 entries */
      allowed_users?: string[]
      /** at most 500 entries */
      allowed_departments?: string[]
      /** at most 500 entries */
      allowed_groups?: string[]
      /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
      group_policy?: 'mention' | 'keyword' | 'all' | 'none'
      /** Groups with a policy of their own; at most 500 entries */
      group_policies?: Array<{
        /** A group */
        group_id: string
        /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
        policy: 'mention' | 'keyword' | 'all' | 'none'
      }>
      /** How much of `context_messages` it is given: nothing, the message that is quoted, or everything (default) */
      context?: 'none' | 'quoted' | 'provided'
    } | null
    /** What the employee is good at, shown beside the name; at most 50 entries */
    skills_badge: string[]
    /** Whoever is `disabled` cannot connect, send or receive */
    status: EmployeeStatus
    /** Grows with every change; see if_version */
    version: number
    /** ISO 8601, UTC, milliseconds */
    created_at: string
    /** ISO 8601, UTC, milliseconds */
    updated_at: string
  }
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface OrgTreeChanged {
  version: number
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface CapabilityChanged {
  skill: string
  agent_ids: string[]
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface AuditHead {
  /** The day (UTC) of the last row */
  day: string
  /** Of the last row */
  seq: number
  /** Of the last row */
  hash: string
  /** A JWS over the other three, by the key in `/.well-known/jwks.json` */
  signature: string
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
}

export interface AuthBindInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** 1 to 256 characters */
  token?: string
  /** at most 256 characters */
  device_info?: string
}

export interface AuthBindOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
  groups: {
    /** A group */
    group_id: string
    name: string
    role: string
  }[]
  /** Everybody is a `member` beside these; at most 16 entries */
  roles: RoleGrant[]
}

export type AuthLogoutInput = Record<string, never>

export type AuthLogoutOutput = Record<string, never>

export interface AuthChallengeInput {
  /** 1 to 64 characters */
  for_action: string
  /** The id that the request will be about; absent: oneself; 1 to 128 characters */
  for_target?: string
}

export interface AuthChallengeOutput {
  challenge_id: string
  method: 'totp' | 'inbox'
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
  /** The devices that the code was delivered to */
  sent_to: string[]
}

export interface AuthTotpStatusInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
}

export interface AuthTotpStatusOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** It counts: auth.totp_confirm has proved it */
  enrolled: boolean
  enrolled_at: string | null
  /** Recovery codes that were not used yet */
  codes_left: number
}

export interface AuthTotpEnrollInput {
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface AuthTotpEnrollOutput {
  /** For a QR code */
  otpauth_url?: string
  /** It was shown in an earlier answer and is not repeated */
  secret_withheld?: true
}

export interface AuthTotpConfirmInput {
  code: string
}

export interface AuthTotpConfirmOutput {
  /** 10, each works once */
  recovery_codes?: string[]
  /** It was shown in an earlier answer and is not repeated */
  secret_withheld?: true
}

export interface AuthTotpRenewCodesInput {
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface AuthTotpRenewCodesOutput {
  /** 10, each works once */
  recovery_codes?: string[]
  /** It was shown in an earlier answer and is not repeated */
  secret_withheld?: true
}

export interface AuthTotpRemoveInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface AuthTotpRemoveOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
}

export interface AuthzExplainInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
  /** 1 to 64 characters */
  for_action: string
  /** What the request would hold, as far as it matters */
  fields?: Record<string, unknown>
}

export interface AuthzExplainOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  for_action: string
  allowed: boolean
  /** What the request would be answered */
  reason: string | null
  rule: string
  /** The rule in words */
  who: string
  /** One of them is enough; each asks for all its conditions */
  alternatives: {
    met: boolean
    conditions: {
      condition: string
      text: string
      /** Absent: it was not looked at, since one before it is not met */
      met?: boolean
    }[]
  }[]
  /** Those among `fields` with conditions of their own */
  fields: {
    field: string
    allowed: boolean
    /** One of them is enough; each asks for all its conditions */
    alternatives: {
      met: boolean
      conditions: {
        condition: string
        text: string
        /** Absent: it was not looked at, since one before it is not met */
        met?: boolean
      }[]
    }[]
  }[]
  /** Roles that give a permission which it is allowed by */
  granted_by: RoleGrant[]
  /** Whether it needs a second factor */
  sensitive: boolean
}

export interface SessionListInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
}

export interface SessionListOutput {
  sessions: Session[]
}

export interface SessionRevokeInput {
  /** An installed device of one employee */
  client_id: string
}

export interface SessionRevokeOutput {
  /** An installed device of one employee */
  client_id: string
}

export interface DeviceListInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
}

export interface DeviceListOutput {
  devices: Device[]
}

export interface DeviceAddInput {
  /** One device of an employee; no underscore, since the client_id is cut there */
  device_id: string
  /** An employee: a person or an AI agent */
  employee_id?: string
  /** After how many days the credential ends; no later than the deployment has it. Default: as the deployment has it; 1 to 3650 */
  expires_in_days?: number
}

export interface DeviceAddOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  mqtt_connection: MqttConnection
}

export interface EmployeeCreateInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  is_ai_agent?: boolean
  /** A department */
  department_id?: string
  /** An employee: a person or an AI agent */
  manager_id?: string
  agent_profile?: {
    /** How it is called: `webhook` (default) posts to `webhook_endpoint`, `openai` asks the chat-completions API there, `mqtt` tells a client of the agent on its inbox */
    connector?: 'webhook' | 'openai' | 'mqtt'
    /** What it is; the model that is asked for with `openai`; at most 64 characters */
    model_type?: string
    /** at most 50 entries */
    capabilities?: string[]
    /** Texts, not patterns; at most 50 entries */
    trigger_keywords?: string[]
    /** at most 2048 characters */
    webhook_endpoint?: string
    /** For `openai`; `{agent_name}`, `{sender_name}`, `{group_name}` and `{date}` are filled in; at most 8192 characters */
    system_prompt?: string
    /** Seconds; 15 by default; 1 to 120 */
    response_timeout?: number
    /** Whether it is asked to answer bit by bit */
    stream?: boolean
    /** Becomes a member of those that are new in the list, where whoever lists them may add members; at most 500 entries */
    auto_join_groups?: string[]
    /** Calls a second; 5 by default; 0.1 to 1000 */
    qps_limit?: number
    /** Calls a day (UTC); 1 to 10000000 */
    daily_call_limit?: number
    /** Calls at a time; 10 by default; 1 to 1000 */
    max_concurrency?: number
    /** Who takes over, in this order; at most 10 entries */
    handoff_to?: string[]
    /** at most 500 entries */
    allowed_users?: string[]
    /** at most 500 entries */
    allowed_departments?: string[]
    /** at most 500 entries */
    allowed_groups?: string[]
    /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
    group_policy?: 'mention' | 'keyword' | 'all' | 'none'
    /** Groups with a policy of their own; at most 500 entries */
    group_policies?: Array<{
      /** A group */
      group_id: string
      /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
      policy: 'mention' | 'keyword' | 'all' | 'none'
    }>
    /** How much of `context_messages` it is given: nothing, the message that is quoted, or everything (default) */
    context?: 'none' | 'quoted' | 'provided'
  }
  /** What the employee is good at, shown beside the name; at most 50 entries */
  skills_badge?: string[]
  /** Everybody is a `member` beside these; at most 16 entries */
  roles?: RoleGrant[]
}

export interface EmployeeCreateOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  mqtt_connection: MqttConnection
  /** Of an agent behind a webhook: what its calls are signed with, shown once */
  webhook_secret?: string
}

export interface EmployeeUpdateInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** `agent_profile` is replaced as a whole, but a `webhook_endpoint` left out by somebody who may not see it stays. `status: disabled` also revokes every credential: after `active` again, `employee.reset_credentials` makes a new one. */
  updates: {
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name?: string
    department_id?: string | null
    manager_id?: string | null
    agent_profile?: {
      /** How it is called: `webhook` (default) posts to `webhook_endpoint`, `openai` asks the chat-completions API there, `mqtt` tells a client of the agent on its inbox */
      connector?: 'webhook' | 'openai' | 'mqtt'
      /** What it is; the model that is asked for with `openai`; at most 64 characters */
      model_type?: string
      /** at most 50 entries */
      capabilities?: string[]
      /** Texts, not patterns; at most 50 entries */
      trigger_keywords?: string[]
      /** at most 2048 characters */
      webhook_endpoint?: string
      /** For `openai`; `{agent_name}`, `{sender_name}`, `{group_name}` and `{date}` are filled in; at most 8192 characters */
      system_prompt?: string
      /** Seconds; 15 by default; 1 to 120 */
      response_timeout?: number
      /** Whether it is asked to answer bit by bit */
      stream?: boolean
      /** Becomes a member of those that are new in the list, where whoever lists them may add members; at most 500 entries */
      auto_join_groups?: string[]
      /** Calls a second; 5 by default; 0.1 to 1000 */
      qps_limit?: number
      /** Calls a day (UTC); 1 to 10000000 */
      daily_call_limit?: number
      /** Calls at a time; 10 by default; 1 to 1000 */
      max_concurrency?: number
      /** Who takes over, in this order; at most 10 entries */
      handoff_to?: string[]
      /** at most 500 entries */
      allowed_users?: string[]
      /** at most 500 entries */
      allowed_departments?: string[]
      /** at most 500 entries */
      allowed_groups?: string[]
      /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
      group_policy?: 'mention' | 'keyword' | 'all' | 'none'
      /** Groups with a policy of their own; at most 500 entries */
      group_policies?: Array<{
        /** A group */
        group_id: string
        /** Which messages of a group are for it: those that mention it or quote one of its own, those and its keywords (default), all, or none */
        policy: 'mention' | 'keyword' | 'all' | 'none'
      }>
      /** How much of `context_messages` it is given: nothing, the message that is quoted, or everything (default) */
      context?: 'none' | 'quoted' | 'provided'
    }
    /** What the employee is good at, shown beside the name; at most 50 entries */
    skills_badge?: string[]
    /** Whoever is `disabled` cannot connect, send or receive */
    status?: EmployeeStatus
    /** Everybody is a `member` beside these; at most 16 entries */
    roles?: RoleGrant[]
  }
  /** at least 0 */
  if_version?: number
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export type EmployeeUpdateOutput = Employee

export interface EmployeeGetInput {
  /** An employee: a person or an AI agent */
  employee_id: string
}

export type EmployeeGetOutput = Employee

export interface EmployeeListInput {
  /** A department */
  department_id?: string
  /** 1 to 64 characters */
  query?: string
  /** Those who were granted it */
  role?: 'owner' | 'admin' | 'hr' | 'agent_manager' | 'auditor' | 'member'
  /** Only AI agents, or only people */
  is_ai_agent?: boolean
  include_disabled?: boolean
  /** Only those who have it, whatever `include_disabled` says */
  status?: EmployeeStatus
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface EmployeeListOutput {
  employees: Employee[]
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface EmployeeDeleteInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** Who gets the groups they own and is in, and of the people who report to them those whom the caller manages. Default, and for the others: the longest-serving admin or member of each group, and their manager */
  hand_over_to?: string
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface EmployeeDeleteOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  left_group_ids: string[]
  /** Those who have another manager now */
  report_ids: string[]
}

export interface EmployeeResetCredentialsInput {
  /** An employee: a person or an AI agent */
  employee_id?: string
  /** How long the old credentials and sessions go on, so that devices can be changed over. Default: 0; 0 to 43200 */
  overlap_minutes?: number
  /** After how many days the credential ends; no later than the deployment has it. Default: as the deployment has it; 1 to 3650 */
  expires_in_days?: number
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface EmployeeResetCredentialsOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  mqtt_connection: MqttConnection
}

export interface EmployeeImportInput {
  /** People only. An `employee_id` that is taken changes the fields that are named; what is absent stays as it is; 1 to 500 entries */
  rows: Array<{
    /** Absent: somebody new, with an id of the gateway’s choice */
    employee_id?: string
    /** Required of somebody new */
    name?: string
    /** null: in none */
    department_id?: string | null
    /** The same by names, from the top: `Sales/North`; a slash in a name is written `\/` */
    department?: string | null
    /** Somebody who is there or in another row of the request, before or after this one */
    manager_id?: string | null
    /** As a text: `sql; charts` */
    skills_badge?: string | string[]
    /** As a text: `hr@dept_1; auditor`. Of somebody who is there they are only compared: `employee.update` changes them, with a second factor */
    roles?: string | {
      role: string
      department_id?: string
    }[]
    /** Only compared, as `roles`; somebody new is `active` */
    status?: string
  }>
  dry_run?: boolean
}

export interface EmployeeImportOutput {
  dry_run: boolean
  counts: {
    created: number
    updated: number
    unchanged: number
    error: number
  }
  /** How those who were created connect: `{ ...mqtt_connection, ...rows[i].credential }` is what `employee.create` answers */
  mqtt_connection?: {
    broker_host: string
    broker_port: number
    use_tls: boolean
    /** The same broker over WebSocket */
    ws_url?: string
    /** Prefix of every topic */
    service_id?: string
    /** How to form the client_id; braces stand for what to fill in */
    client_id_scheme: string
    /** When the credential ends; absent: it does not by itself */
    expires_at?: string
  }
  rows: Array<{
    /** Its place in the request, from 0 */
    row: number
    /** Of a dry run: what would happen */
    outcome: 'created' | 'updated' | 'unchanged' | 'error'
    /** Absent where it would be chosen by the gateway */
    employee_id?: string
    /** Empty unless the outcome is `error`; then nothing of the row is done */
    errors: FieldError[]
    credential?: {
      /** An installed device of one employee */
      client_id?: string
      mqtt_username: string
      mqtt_password?: string
      secret_withheld?: true
    }
  }>
}

export interface EmployeeExportInput {
  /** Only those in it and below it */
  department_id?: string
  include_disabled?: boolean
  /** Which columns, in this order. Default: all; 1 to 8 entries */
  fields?: Array<'employee_id' | 'name' | 'department_id' | 'department' | 'manager_id' | 'skills_badge' | 'roles' | 'status'>
}

export interface EmployeeExportOutput {
  /** Where the file is to be fetched, until it expires */
  url: string
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
  content_type: string
  file_name: string
  rows: number
}

export interface DepartmentCreateInput {
  /** A department */
  department_id?: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  parent_id?: string | null
  /** -2147483648 to 2147483647 */
  sort_order?: number
}

export type DepartmentCreateOutput = Department

export interface DepartmentUpdateInput {
  /** A department */
  department_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name?: string
  parent_id?: string | null
  /** -2147483648 to 2147483647 */
  sort_order?: number
}

export type DepartmentUpdateOutput = Department

export interface DepartmentDeleteInput {
  /** A department */
  department_id: string
}

export interface DepartmentDeleteOutput {
  /** A department */
  department_id: string
}

export interface DepartmentGetInput {
  /** A department */
  department_id: string
}

export type DepartmentGetOutput = Department

export interface DepartmentListInput {
  parent_id?: string | null
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface DepartmentListOutput {
  departments: Department[]
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface OrgTreeInput {
  /** at least 0 */
  if_version?: number
  /** A department */
  department_id?: string
}

export interface OrgTreeOutput {
  version: number
  unchanged?: true
  departments?: Array<{
    /** A department */
    department_id: string
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name: string
    parent_id: string | null
    sort_order: number
  }>
  employees?: Array<{
    /** An employee: a person or an AI agent */
    employee_id: string
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name: string
    department_id: string | null
    manager_id: string | null
    is_ai_agent: boolean
    /** What the employee is good at, shown beside the name; at most 50 entries */
    skills_badge: string[]
  }>
}

export interface GroupCreateInput {
  /** A group */
  group_id?: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  /** at most 1000 entries */
  member_ids: string[]
  opts?: {
    /** What a group is for; at most 1024 characters */
    description?: string
    /** A URL or an object key; at most 2048 characters */
    avatar?: string
  }
}

export interface GroupCreateOutput {
  /** A group */
  group_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  member_ids: string[]
  /** ISO 8601, UTC, milliseconds */
  created_at: string
}

export interface GroupUpdateInput {
  /** A group */
  group_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name?: string
  description?: string | null
  avatar?: string | null
}

export type GroupUpdateOutput = Group

export interface GroupGetInput {
  /** A group */
  group_id: string
}

export interface GroupGetOutput {
  /** A group */
  group_id: string
  /** One line of text, not blank, without control characters; 1 to 64 characters */
  name: string
  description: string | null
  avatar: string | null
  /** An employee: a person or an AI agent */
  creator_employee_id: string
  member_count: number
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** ISO 8601, UTC, milliseconds */
  updated_at: string
  role: GroupRole | null
}

export interface GroupListInput {
  all?: boolean
  /** 1 to 64 characters */
  query?: string
  /** Only groups that this employee is in, too */
  member_id?: string
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface GroupListOutput {
  groups: Array<{
    /** A group */
    group_id: string
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name: string
    description: string | null
    avatar: string | null
    /** An employee: a person or an AI agent */
    creator_employee_id: string
    member_count: number
    /** ISO 8601, UTC, milliseconds */
    created_at: string
    /** ISO 8601, UTC, milliseconds */
    updated_at: string
    role: GroupRole | null
    /** Of `member_id` */
    member_role?: GroupRole
  }>
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface GroupMemberListInput {
  /** A group */
  group_id: string
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface GroupMemberListOutput {
  members: GroupMember[]
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface GroupMemberAddInput {
  /** A group */
  group_id: string
  /** 1 to 1000 entries */
  member_ids: string[]
}

export interface GroupMemberAddOutput {
  /** A group */
  group_id: string
  added_ids: string[]
  current_member_count: number
}

export interface GroupMemberRemoveInput {
  /** A group */
  group_id: string
  /** 1 to 1000 entries */
  member_ids: string[]
}

export interface GroupMemberRemoveOutput {
  /** A group */
  group_id: string
  removed_ids: string[]
  current_member_count: number
}

export interface GroupLeaveInput {
  /** A group */
  group_id: string
}

export interface GroupLeaveOutput {
  /** A group */
  group_id: string
}

export interface GroupSetRoleInput {
  /** A group */
  group_id: string
  /** An employee: a person or an AI agent */
  employee_id: string
  role: 'admin' | 'member'
}

export interface GroupSetRoleOutput {
  /** A group */
  group_id: string
  /** An employee: a person or an AI agent */
  employee_id: string
  /** What a member may do in the group */
  role: GroupRole
}

export interface GroupTransferInput {
  /** A group */
  group_id: string
  /** An employee: a person or an AI agent */
  employee_id: string
}

export interface GroupTransferOutput {
  /** A group */
  group_id: string
  /** An employee: a person or an AI agent */
  owner_id: string
  /** An employee: a person or an AI agent */
  previous_owner_id: string
}

export interface GroupDismissInput {
  /** A group */
  group_id: string
  /** From `auth.challenge` */
  challenge_id?: string
  /** The code of the authenticator, or the one that was delivered; 1 to 64 characters */
  token?: string
}

export interface GroupDismissOutput {
  /** A group */
  group_id: string
  /** ISO 8601, UTC, milliseconds */
  dismissed_at: string
}

export interface MsgSendPrivateInput {
  /** An employee: a person or an AI agent */
  to_employee_id: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content: Content
  /** A message */
  quote_msg_id?: string
  /** at most 100 entries */
  mentions?: string[]
  /** at least 0 */
  n?: number
  /** at most 20 entries */
  context_messages?: unknown[]
  /** Whether the answer waits for the agents that the message is for (default), or only names their runs */
  agent_wait?: boolean
}

export interface MsgSendPrivateOutput {
  /** A message */
  msg_id: string
  /** An employee: a person or an AI agent */
  to_employee_id: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
  /** Says that this deployment relayed exactly this; check with msg.verify; 22 characters */
  proof: string
  /** The agents that the message was for, each with its run */
  agents?: Array<{
    /** An employee: a person or an AI agent */
    employee_id: string
    /** One call of an agent */
    run_id: string
    state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
    reason?: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable'
    /** What it has answered, when it was waited for */
    msg_ids?: string[]
  }>
  /** With an error: the message itself was relayed */
  delivered?: true
}

export interface MsgSendGroupInput {
  /** A group */
  group_id: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content: Content
  /** A message */
  quote_msg_id?: string
  /** at most 100 entries */
  mentions?: string[]
  /** at least 0 */
  n?: number
  /** at most 20 entries */
  context_messages?: unknown[]
  /** Whether the answer waits for the agents that the message is for (default), or only names their runs */
  agent_wait?: boolean
}

export interface MsgSendGroupOutput {
  /** A message */
  msg_id: string
  /** A group */
  group_id: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
  /** Says that this deployment relayed exactly this; check with msg.verify; 22 characters */
  proof: string
  /** The agents that the message was for, each with its run */
  agents?: Array<{
    /** An employee: a person or an AI agent */
    employee_id: string
    /** One call of an agent */
    run_id: string
    state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
    reason?: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable'
    /** What it has answered, when it was waited for */
    msg_ids?: string[]
  }>
  /** With an error: the message itself was relayed */
  delivered?: true
}

export interface MsgVerifyInput {
  /** 1 to 100 entries */
  messages: unknown[]
  attest?: boolean
}

export interface MsgVerifyOutput {
  results: Array<{
    msg_id: string | null
    genuine: boolean
    reason?: 'malformed' | 'not_genuine' | 'not_a_participant'
  }>
  /** JWS (Ed25519) over the genuine ones; keys in /.well-known/jwks.json */
  attestation?: string
}

export interface MsgReadAckInput {
  /** A message */
  msg_id?: string
  /** 1 to 100 entries */
  msg_ids?: string[]
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  peer_employee_id?: string
  /** A group */
  group_id?: string
  /** Who wrote it, in a group. Without it members are tried, which large groups refuse. */
  writer_employee_id?: string
}

export interface MsgReadAckOutput {
  /** ISO 8601, UTC, milliseconds */
  read_at: string
}

export interface MsgRecallInput {
  /** A message */
  msg_id: string
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  peer_employee_id?: string
  /** A group */
  group_id?: string
  /** Who wrote it, in a group. Without it members are tried, which large groups refuse. */
  writer_employee_id?: string
}

export interface MsgRecallOutput {
  /** A message */
  msg_id: string
  /** ISO 8601, UTC, milliseconds */
  recalled_at: string
}

export interface MsgEditInput {
  /** A message */
  msg_id: string
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  peer_employee_id?: string
  /** A group */
  group_id?: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content: Content
}

export interface MsgEditOutput {
  /** A message */
  msg_id: string
  /** ISO 8601, UTC, milliseconds */
  edited_at: string
  /** Says that this deployment relayed exactly this; check with msg.verify; 22 characters */
  proof: string
}

export interface MsgReactInput {
  /** A message */
  msg_id: string
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  peer_employee_id?: string
  /** A group */
  group_id?: string
  /** 1 to 32 characters */
  emoji: string
  remove?: boolean
}

export interface MsgReactOutput {
  /** A message */
  msg_id: string
}

export interface MsgTypingInput {
  conversation_type: 'private' | 'group'
  /** An employee: a person or an AI agent */
  peer_employee_id?: string
  /** A group */
  group_id?: string
}

export type MsgTypingOutput = Record<string, never>

export interface SyncRelayInput {
  /** What the payload is; agreed between clients */
  kind: string
  payload: unknown
  /** An installed device of one employee */
  to_client_id?: string
}

export interface SyncRelayOutput {
  sync_id: string
  /** ISO 8601, UTC, milliseconds */
  sent_at: string
}

export interface AgentCapabilityListInput {
  /** 1 to 64 characters */
  skill?: string
}

export interface AgentCapabilityListOutput {
  skill: string | null
  agent_ids: string[]
  agent_profiles: Array<{
    /** An employee: a person or an AI agent */
    employee_id: string
    name: string
    model_type: string | null
    capabilities: string[]
    skills_badge: string[]
    /** Texts, not patterns; at most 50 entries */
    trigger_keywords?: string[]
  }>
}

export interface AgentSetSecretInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  kind: 'webhook' | 'api_key'
  /** Required for an `api_key`; absent: a new one is made, `whsec_` and 32 bytes in base64; 8 to 512 characters */
  secret?: string
  /** How long webhooks are signed with the former secret, too; 0 by default; 0 to 43200 */
  overlap_minutes?: number
}

export interface AgentSetSecretOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** Only when it was made here */
  secret?: string
  former_ends_at: string | null
}

export interface AgentCancelInput {
  /** One call of an agent */
  run_id: string
}

export interface AgentCancelOutput {
  /** One call of an agent */
  run_id: string
  state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
}

export interface AgentResumeInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** A group */
  group_id?: string
  /** For `agent.manage`; oneself otherwise */
  peer_employee_id?: string
}

export interface AgentResumeOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  was_silent: boolean
}

export interface AgentRunsInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  state?: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface AgentRunsOutput {
  runs: Array<{
    /** One call of an agent */
    run_id: string
    /** An employee: a person or an AI agent */
    employee_id: string
    /** An employee: a person or an AI agent */
    asker_id: string
    group_id: string | null
    /** A message */
    in_reply_to: string
    hops: number
    state: 'queued' | 'running' | 'streaming' | 'done' | 'failed' | 'cancelled' | 'timed_out'
    reason: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable' | null
    created_at: string
    started_at: string | null
    first_answer_at: string | null
    ended_at: string | null
    input_tokens: number | null
    output_tokens: number | null
  }>
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface AgentStatsInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** In UTC, e.g. `2026-11-22`; at most 10 characters */
  from?: string
  /** In UTC, e.g. `2026-11-22`; at most 10 characters */
  to?: string
}

export interface AgentStatsOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** false after `agent.disable` */
  enabled: boolean
  /** In UTC, e.g. `2026-11-22`; at most 10 characters */
  from: string
  /** In UTC, e.g. `2026-11-22`; at most 10 characters */
  to: string
  /** Days with a call */
  days: Array<{
    /** In UTC, e.g. `2026-11-22`; at most 10 characters */
    day: string
    /** Those that are under way, too */
    calls: number
    done: number
    failed: number
    timed_out: number
    cancelled: number
    /** From the message until the agent began to answer, of the calls that it began to answer */
    first_answer_ms: {
      p50: number | null
      p95: number | null
    }
    /** From the message until the answer was with the broker, of the calls that are `done` */
    end_ms: {
      p50: number | null
      p95: number | null
    }
    /** As the agent counts */
    input_tokens: number
    output_tokens: number
  }>
  total: {
    /** Those that are under way, too */
    calls: number
    done: number
    failed: number
    timed_out: number
    cancelled: number
    /** From the message until the agent began to answer, of the calls that it began to answer */
    first_answer_ms: {
      p50: number | null
      p95: number | null
    }
    /** From the message until the answer was with the broker, of the calls that are `done` */
    end_ms: {
      p50: number | null
      p95: number | null
    }
    /** As the agent counts */
    input_tokens: number
    output_tokens: number
  }
  /** Of the deployment */
  content_filter: {
    /** Whether what agents say is held against a list of words */
    active: boolean
    /** Whether what people say is, too */
    people: boolean
  }
}

export interface AgentTestInput {
  /** An employee: a person or an AI agent */
  employee_id: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content?: Content
  /** Whether this device, and nobody else, is told meanwhile: `agent_test` events on its own response topics. With the run_id in them `agent.cancel` stops the test */
  live?: boolean
}

export interface AgentTestOutput {
  ok: boolean
  reason?: 'not_allowed' | 'rate_limited' | 'busy' | 'daily_limit' | 'unreachable' | 'forbidden_address' | 'http_error' | 'bad_answer' | 'too_large' | 'blocked' | 'circuit_open' | 'no_secret' | 'not_a_member' | 'agent' | 'timeout' | 'cancelled' | 'gateway_lost' | 'unavailable'
  /** What went wrong, in a sentence for the operator */
  detail?: string
  request?: {
    /** `PUBLISH` of an agent that is a client of MQTT */
    method: 'POST' | 'PUBLISH'
    /** Of `PUBLISH`: the topic */
    url: string
    /** With the signature; in the place of the key for an `openai` endpoint are asterisks */
    headers: Record<string, string>
    /** What was signed; without what is beyond 16000 characters */
    body: string
  }
  /** The HTTP status of its endpoint, where that was an error */
  status?: number
  /** Until the whole answer was there, or it was given up */
  ms: number
  /** Until it began to answer */
  first_answer_ms?: number
  /** What it would have said, without what is beyond the first 1,000 characters */
  messages?: Content[]
  usage?: {
    input_tokens?: number
    output_tokens?: number
  }
}

export interface AgentDisableInput {
  /** An employee: a person or an AI agent */
  employee_id: string
}

export interface AgentDisableOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  enabled: boolean
}

export interface AgentEnableInput {
  /** An employee: a person or an AI agent */
  employee_id: string
}

export interface AgentEnableOutput {
  /** An employee: a person or an AI agent */
  employee_id: string
  enabled: boolean
}

export interface AgentReplyInput {
  /** One call of an agent */
  run_id: string
  /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
  content?: Content
  /** at most 100 entries */
  mentions?: string[]
  /** 1 to 10 entries */
  messages?: {
    /** Plain text, or an object with type and body; at most 32768 bytes as JSON */
    content: Content
    /** at most 100 entries */
    mentions?: string[]
  }[]
  /** The agent that is to go on with this answer */
  next_agent?: string
  handoff?: {
    /** An employee: a person or an AI agent */
    to?: string
    /** at most 1024 characters */
    reason?: string
  }
  /** There is nothing to say */
  silent?: boolean
  usage?: {
    /** 0 to 1000000000 */
    input_tokens?: number
    /** 0 to 1000000000 */
    output_tokens?: number
  }
}

export interface AgentReplyOutput {
  /** One call of an agent */
  run_id: string
}

export interface AgentDeltaInput {
  /** One call of an agent */
  run_id: string
  /** 1 to 32768 characters */
  delta: string
  /** Characters (UTF-16) of the answer before it: with several gateways pieces may overtake each other; 0 to 32768 */
  offset?: number
}

export type AgentDeltaOutput = Record<string, never>

export interface AgentStatusInput {
  /** One call of an agent */
  run_id: string
  state: 'failed'
  /** For the log of the gateway; nothing of what was said; at most 256 characters */
  reason?: string
}

export interface AgentStatusOutput {
  /** One call of an agent */
  run_id: string
}

export interface FileUploadUrlInput {
  /** What a download is called; it stands in no key and no path; 1 to 255 characters */
  file_name: string
  /** One of `content_types` of config.storage; `application/octet-stream` for everything else; 3 to 127 characters */
  content_type: string
  /** Bytes; 0 to 5368709120 */
  size: number
  /** Of the bytes, in hex: then the store takes no others */
  sha256?: string
  /** An employee: a person or an AI agent */
  to_employee_id?: string
  /** A group */
  group_id?: string
}

export interface FileUploadUrlOutput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Whoever has it may do what it says, until it expires */
  url?: string
  method?: 'PUT' | 'GET'
  /** To be sent with it, unchanged */
  headers?: Record<string, string>
  /** Of an upload in parts; at most 2048 characters */
  upload_id?: string
  /** Bytes of every part but the last */
  part_size?: number
  part_count?: number
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

export interface FilePartUrlsInput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Of an upload in parts; at most 2048 characters */
  upload_id: string
  /** 1 to 50 entries */
  parts: {
    /** 1 to 320 */
    part_number: number
    /** Of the bytes, in hex: then the store takes no others */
    sha256?: string
  }[]
}

export interface FilePartUrlsOutput {
  parts: Array<{
    part_number: number
    /** Bytes */
    size: number
    /** Whoever has it may do what it says, until it expires */
    url: string
    method: 'PUT' | 'GET'
    /** To be sent with it, unchanged */
    headers: Record<string, string>
  }>
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

export interface FileUploadStatusInput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Of an upload in parts; at most 2048 characters */
  upload_id: string
}

export interface FileUploadStatusOutput {
  /** Bytes; 0 to 5368709120 */
  size: number
  part_size: number
  part_count: number
  uploaded_parts: number[]
}

export interface FileCompleteInput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Of an upload in parts; at most 2048 characters */
  upload_id?: string
}

export interface FileCompleteOutput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Bytes; 0 to 5368709120 */
  size: number
  content_type: string
  file_name: string | null
}

export interface FileDownloadUrlInput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
}

export interface FileDownloadUrlOutput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Bytes; 0 to 5368709120 */
  size: number
  content_type: string
  file_name: string | null
  /** Whoever has it may do what it says, until it expires */
  url: string
  method: 'PUT' | 'GET'
  /** To be sent with it, unchanged */
  headers: Record<string, string>
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

export interface FileDeleteInput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
  /** Of an upload in parts; at most 2048 characters */
  upload_id?: string
}

export interface FileDeleteOutput {
  /** Where the file is, `{service}/{whom it is for}/{uuid}`: what a message names it by; at most 256 characters */
  key: string
}

export interface AuditListInput {
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  from?: string
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  to?: string
  /** An employee: a person or an AI agent */
  operator?: string
  /** 1 to 64 characters */
  for_action?: string
  /** An installed device of one employee */
  target?: string
  /** 0 to 999 */
  code?: number
  /** Only what was done and changed something: without what was looked at, tried in a dry run, refused or failed */
  changes_only?: boolean
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  /** Entries on a page; 50 when absent; 1 to 200 */
  limit?: number
}

export interface AuditListOutput {
  rows: AuditRow[]
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface AuditExportInput {
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  from?: string
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  to?: string
  /** An employee: a person or an AI agent */
  operator?: string
  /** 1 to 64 characters */
  for_action?: string
  /** An installed device of one employee */
  target?: string
  /** 0 to 999 */
  code?: number
  /** Only what was done and changed something: without what was looked at, tried in a dry run, refused or failed */
  changes_only?: boolean
  /** `next_cursor` of the page before; 1 to 512 characters */
  cursor?: string
  format: 'csv' | 'ndjson'
}

export interface AuditExportOutput {
  /** Where the file is to be fetched, until it expires */
  url: string
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
  content_type: string
  file_name: string
  rows: number
  /** `cursor` for the next page; null on the last */
  next_cursor: string | null
}

export interface AuditVerifyInput {
  /** 1 to 9007199254740991 */
  from_seq?: number
}

export interface AuditVerifyOutput {
  /** Rows that were looked at */
  checked: number
  from_seq: number | null
  to_seq: number | null
  /** `from_seq` of the next part; null: it was checked to its end */
  next_seq: number | null
  /** Signed heads that were compared */
  heads: number
  problems: Array<{
    problem: 'changed' | 'missing' | 'inserted' | 'head'
    seq: number
    /** The last of those missing */
    to_seq?: number
    /** Of a signed head that does not fit the rows */
    day?: string
  }>
}

export interface SystemAnnounceInput {
  /** 1 to 128 characters */
  title?: string
  /** 1 to 4096 characters */
  body: string
  /** 1 to 1000 entries */
  target_employee_ids?: string[]
  /** The people in it and below it, beside those named */
  department_id?: string
}

export interface SystemAnnounceOutput {
  /** Stays the same when an event is sent again; use it to drop duplicates */
  notify_id: string
  /** ISO 8601, UTC, milliseconds */
  created_at: string
  /** Whose inbox it was put into; of one for everybody the active people, of whom those hear it who are connected or have a session with a subscription to `system/notify` on the broker */
  addressed: number
}

export interface StatsOverviewInput {
  /** How long one point of the series is */
  resolution: 'minute' | 'hour' | 'day'
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  from?: string
  /** ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`; at most 24 characters */
  to?: string
}

export interface StatsOverviewOutput {
  now: {
    /** ISO 8601, UTC, milliseconds */
    at: string
    /** Employees who are connected, each once; null: no gateway knows at the moment */
    online: {
      people: number | null
      agents: number | null
      /** `connections`: employees with a connection to the embedded broker; `status`: employees whose retained status on the broker is `online`, which is what everybody sees */
      by: 'connections' | 'status'
    }
    /** Active employees who are no agents */
    people: number
    /** Active agents */
    agents: number
    /** Groups */
    groups: number
    /** Since when the present keys of the deployment are in use, which its secret opens; null: there are none yet */
    keys_since: string | null
    gateways: Array<{
      instance: string
      version: string
      /** `lost`: it has not been heard of for 20 s */
      state: 'ready' | 'not_ready' | 'lost'
      /** Why it takes no requests, in sentences */
      problems: string[]
      /** ISO 8601, UTC, milliseconds */
      started_at: string
      /** ISO 8601, UTC, milliseconds */
      reported_at: string
      /** Of clients to its own broker; null: it has none */
      connections: number | null
      /** Calls of agents that wait or are under way there */
      agent_runs: number
    }>
  }
  /** How long one point of the series is */
  resolution: 'minute' | 'hour' | 'day'
  /** ISO 8601, UTC, milliseconds */
  from: string
  /** ISO 8601, UTC, milliseconds */
  to: string
  /** A point for each minute, hour or day from the one that `from` is in to the one that `to` is in, those in which nothing happened included; at most 400. The last 180 minutes, 48 hours or 30 days when nothing is said. Days are those of UTC */
  series: Array<{
    /** When it begins */
    at: string
    /** Messages the broker has, agents’ included; one that was sent again counts again */
    messages: number
    /** Those of them to groups */
    group_messages: number
    /** Those of them from agents */
    agent_messages: number
    /** Calls of agents that ended */
    agent_calls: number
    /** Those of them that were not `done`, nor stopped by somebody */
    agent_failures: number
    /** Requests answered */
    requests: number
    /** Those of them answered with an error */
    errors: number
    /** Of the answers to messages; see `latency` */
    p50_ms: number | null
    /** Of the answers to messages; see `latency` */
    p95_ms: number | null
  }>
  /** Of the whole time asked for, on all gateways. Percentiles are right to 10 % between 0.1 ms and 250 s; what is outside is told as that */
  latency: {
    /** From taking a message to handing its answer to the broker, which has the message by then; without those whose sender waits for an agent */
    messages: {
      count: number
      p50_ms: number | null
      p95_ms: number | null
      p99_ms: number | null
    }
    /** The same of all other requests, without those that wait for somebody outside */
    requests: {
      count: number
      p50_ms: number | null
      p95_ms: number | null
      p99_ms: number | null
    }
    /** From the message until the agent began to answer */
    agent_first_answer: {
      count: number
      p50_ms: number | null
      p95_ms: number | null
      p99_ms: number | null
    }
    /** From the message until the call of the agent was `done` */
    agent_answer: {
      count: number
      p50_ms: number | null
      p95_ms: number | null
      p99_ms: number | null
    }
  }
  /** Answers that were errors, by `reason`, the most frequent first */
  errors: {
    key: string
    count: number
  }[]
  /** Calls of agents that ended with a `reason`, the most frequent first */
  agent_errors: {
    key: string
    count: number
  }[]
  /** The ten groups with the most messages. Only the 25 busiest of a moment are counted on each gateway, so a group that is seldom among them has had more messages than it says here */
  top_groups: {
    /** A group */
    group_id: string
    /** One line of text, not blank, without control characters; 1 to 64 characters */
    name: string
    messages: number
  }[]
  /** What needs attention, the most urgent first */
  attention: Array<{
    /** `gateway_lost`: the gateway `id` has stopped without saying so; `since` it was heard of last; `gateway_not_ready`: the gateway `id` takes no requests; `problems` of the gateway say why; `certificate_ending`: the certificate that the gateway `id` shows has expired or expires within 14 days; `storage_nearly_full`: `count` percent of the room for files in the data directory of the gateway `id` are taken; `audit_problem`: the audit log does not fit together; `id` is the number of the row. Looked at are its ends and the last rows; `audit.verify` looks at all; `agent_spared`: the agent `id` fails so often that it is not called for a while, `since` then; `agent_failing`: of the calls of the agent `id` in the last quarter of an hour, `count` and at least half failed; `agents_without_manager`: `count` agents have nobody who is told when they fail; `people_without_manager`: `count` people are in no reporting line: they report to nobody, and nobody reports to them. Only where there are reporting lines; `credentials_ending`: `count` credentials end within 14 days, and with them the sessions that were opened with them; `agent_secrets_old`: `count` secrets of agents have not been replaced for a year; `since`: the oldest; `keys_old`: the secret of the deployment has not been replaced for a year; `since` it is used; `rotation_unfinished`: two secrets open the keys of the deployment: replacing one was begun, and not finished */
    kind: 'gateway_lost' | 'gateway_not_ready' | 'certificate_ending' | 'storage_nearly_full' | 'audit_problem' | 'agent_spared' | 'agent_failing' | 'agents_without_manager' | 'people_without_manager' | 'credentials_ending' | 'agent_secrets_old' | 'keys_old' | 'rotation_unfinished'
    id?: string
    count?: number
    /** ISO 8601, UTC, milliseconds */
    since?: string
  }>
}

export type ConfigServerInput = Record<string, never>

export interface ConfigServerOutput {
  version: string
  /** Version of the wire contract */
  contract: number
  service_id: string | null
  language: string
  group_delivery: 'topic' | 'inbox'
  actions: string[]
  limits: Record<string, number>
  /** ISO 8601, UTC, milliseconds */
  server_time: string
}

export type ConfigStorageInput = Record<string, never>

export interface ConfigStorageOutput {
  /** The base URL of the store */
  endpoint: string
  bucket: string
  region: string
  /** Whether the bucket stands in the path, or in the host name */
  path_style: boolean
  /** Files may be put at this and a lower-case UUID */
  key_prefix: string
  /** Their key, from file.complete on, is this and the same UUID */
  final_prefix: string
  /** What file.upload_url takes a file as */
  content_types: string[]
  /** Of one file that is put like this */
  max_bytes: number
  /** A form (POST policy): `fields`, then `key`, and `file` last */
  post: {
    url: string
    fields: Record<string, string>
  }
  /** Of AWS STS, where the deployment has a role for it */
  credentials?: {
    access_key_id: string
    secret_access_key: string
    session_token: string
  }
  /** ISO 8601, UTC, milliseconds */
  expires_at: string
}

/** Input and answer of every action (contract section 5). */
export interface ActionMap {
  'auth.bind': { input: AuthBindInput; output: AuthBindOutput }
  'auth.logout': { input: AuthLogoutInput; output: AuthLogoutOutput }
  'auth.challenge': { input: AuthChallengeInput; output: AuthChallengeOutput }
  'auth.totp_status': { input: AuthTotpStatusInput; output: AuthTotpStatusOutput }
  'auth.totp_enroll': { input: AuthTotpEnrollInput; output: AuthTotpEnrollOutput }
  'auth.totp_confirm': { input: AuthTotpConfirmInput; output: AuthTotpConfirmOutput }
  'auth.totp_renew_codes': { input: AuthTotpRenewCodesInput; output: AuthTotpRenewCodesOutput }
  'auth.totp_remove': { input: AuthTotpRemoveInput; output: AuthTotpRemoveOutput }
  'authz.explain': { input: AuthzExplainInput; output: AuthzExplainOutput }
  'session.list': { input: SessionListInput; output: SessionListOutput }
  'session.revoke': { input: SessionRevokeInput; output: SessionRevokeOutput }
  'device.list': { input: DeviceListInput; output: DeviceListOutput }
  'device.add': { input: DeviceAddInput; output: DeviceAddOutput }
  'employee.create': { input: EmployeeCreateInput; output: EmployeeCreateOutput }
  'employee.update': { input: EmployeeUpdateInput; output: EmployeeUpdateOutput }
  'employee.get': { input: EmployeeGetInput; output: EmployeeGetOutput }
  'employee.list': { input: EmployeeListInput; output: EmployeeListOutput }
  'employee.delete': { input: EmployeeDeleteInput; output: EmployeeDeleteOutput }
  'employee.reset_credentials': { input: EmployeeResetCredentialsInput; output: EmployeeResetCredentialsOutput }
  'employee.import': { input: EmployeeImportInput; output: EmployeeImportOutput }
  'employee.export': { input: EmployeeExportInput; output: EmployeeExportOutput }
  'department.create': { input: DepartmentCreateInput; output: DepartmentCreateOutput }
  'department.update': { input: DepartmentUpdateInput; output: DepartmentUpdateOutput }
  'department.delete': { input: DepartmentDeleteInput; output: DepartmentDeleteOutput }
  'department.get': { input: DepartmentGetInput; output: DepartmentGetOutput }
  'department.list': { input: DepartmentListInput; output: DepartmentListOutput }
  'org.tree': { input: OrgTreeInput; output: OrgTreeOutput }
  'group.create': { input: GroupCreateInput; output: GroupCreateOutput }
  'group.update': { input: GroupUpdateInput; output: GroupUpdateOutput }
  'group.get': { input: GroupGetInput; output: GroupGetOutput }
  'group.list': { input: GroupListInput; output: GroupListOutput }
  'group.member_list': { input: GroupMemberListInput; output: GroupMemberListOutput }
  'group.member_add': { input: GroupMemberAddInput; output: GroupMemberAddOutput }
  'group.member_remove': { input: GroupMemberRemoveInput; output: GroupMemberRemoveOutput }
  'group.leave': { input: GroupLeaveInput; output: GroupLeaveOutput }
  'group.set_role': { input: GroupSetRoleInput; output: GroupSetRoleOutput }
  'group.transfer': { input: GroupTransferInput; output: GroupTransferOutput }
  'group.dismiss': { input: GroupDismissInput; output: GroupDismissOutput }
  'msg.send_private': { input: MsgSendPrivateInput; output: MsgSendPrivateOutput }
  'msg.send_group': { input: MsgSendGroupInput; output: MsgSendGroupOutput }
  'msg.verify': { input: MsgVerifyInput; output: MsgVerifyOutput }
  'msg.read_ack': { input: MsgReadAckInput; output: MsgReadAckOutput }
  'msg.recall': { input: MsgRecallInput; output: MsgRecallOutput }
  'msg.edit': { input: MsgEditInput; output: MsgEditOutput }
  'msg.react': { input: MsgReactInput; output: MsgReactOutput }
  'msg.typing': { input: MsgTypingInput; output: MsgTypingOutput }
  'sync.relay': { input: SyncRelayInput; output: SyncRelayOutput }
  'agent.capability_list': { input: AgentCapabilityListInput; output: AgentCapabilityListOutput }
  'agent.set_secret': { input: AgentSetSecretInput; output: AgentSetSecretOutput }
  'agent.cancel': { input: AgentCancelInput; output: AgentCancelOutput }
  'agent.resume': { input: AgentResumeInput; output: AgentResumeOutput }
  'agent.runs': { input: AgentRunsInput; output: AgentRunsOutput }
  'agent.stats': { input: AgentStatsInput; output: AgentStatsOutput }
  'agent.test': { input: AgentTestInput; output: AgentTestOutput }
  'agent.disable': { input: AgentDisableInput; output: AgentDisableOutput }
  'agent.enable': { input: AgentEnableInput; output: AgentEnableOutput }
  'agent.reply': { input: AgentReplyInput; output: AgentReplyOutput }
  'agent.delta': { input: AgentDeltaInput; output: AgentDeltaOutput }
  'agent.status': { input: AgentStatusInput; output: AgentStatusOutput }
  'file.upload_url': { input: FileUploadUrlInput; output: FileUploadUrlOutput }
  'file.part_urls': { input: FilePartUrlsInput; output: FilePartUrlsOutput }
  'file.upload_status': { input: FileUploadStatusInput; output: FileUploadStatusOutput }
  'file.complete': { input: FileCompleteInput; output: FileCompleteOutput }
  'file.download_url': { input: FileDownloadUrlInput; output: FileDownloadUrlOutput }
  'file.delete': { input: FileDeleteInput; output: FileDeleteOutput }
  'audit.list': { input: AuditListInput; output: AuditListOutput }
  'audit.export': { input: AuditExportInput; output: AuditExportOutput }
  'audit.verify': { input: AuditVerifyInput; output: AuditVerifyOutput }
  'system.announce': { input: SystemAnnounceInput; output: SystemAnnounceOutput }
  'stats.overview': { input: StatsOverviewInput; output: StatsOverviewOutput }
  'config.server': { input: ConfigServerInput; output: ConfigServerOutput }
  'config.storage': { input: ConfigStorageInput; output: ConfigStorageOutput }
}

export type ActionName = keyof ActionMap
export type InputOf<A extends ActionName> = ActionMap[A]['input']
export type OutputOf<A extends ActionName> = ActionMap[A]['output']

/** Every `reason` of this version of the contract (contract section 3). A gateway may know more. */
export type ErrorReason =
  | 'malformed_request'
  | 'invalid_fields'
  | 'unknown_action'
  | 'seq_id_mismatch'
  | 'no_session'
  | 'session_expired'
  | 'session_revoked'
  | 'bad_credentials'
  | 'forbidden'
  | 'not_group_member'
  | 'not_group_admin'
  | 'not_group_owner'
  | 'field_forbidden'
  | 'challenge_required'
  | 'challenge_failed'
  | 'challenge_unavailable'
  | 'not_writer'
  | 'content_blocked'
  | 'file_refused'
  | 'employee_not_found'
  | 'department_not_found'
  | 'no_storage'
  | 'file_not_found'
  | 'run_not_found'
  | 'group_not_found'
  | 'member_not_found'
  | 'session_not_found'
  | 'message_not_found'
  | 'seq_id_reused'
  | 'id_taken'
  | 'version_conflict'
  | 'department_not_empty'
  | 'department_cycle'
  | 'manager_cycle'
  | 'last_owner'
  | 'group_owner_must_transfer'
  | 'totp_enrolled'
  | 'totp_not_enrolled'
  | 'not_agent'
  | 'run_over'
  | 'file_incomplete'
  | 'group_full'
  | 'too_many_groups'
  | 'too_many_devices'
  | 'too_large'
  | 'answer_too_large'
  | 'quota_exceeded'
  | 'rate_limited'
  | 'internal'
  | 'database_unavailable'
  | 'broker_unavailable'
  | 'storage_unavailable'
  | 'scan_unavailable'
  | 'revocation_pending'
  | 'shutting_down'
  | 'agent_timeout'
  | 'agent_failed'

export type SystemAction = 'group_created' | 'group_updated' | 'group_dismissed' | 'member_added' | 'member_removed' | 'role_changed' | 'owner_changed' | 'agent_handoff' | 'agent_resumed' | 'agent_failing'
