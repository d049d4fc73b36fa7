import type { ColumnType, Generated } from 'kysely'
import type { AgentProfile } from './agent-profile.ts'
import type { EndState, RunFailure } from './agent-run.ts'
import type { GroupRole } from './entities.ts'
import type { RoleName } from './roles.ts'
import type { StatResolution } from './stats.ts'

/**
 * The tables of the gateway, declared once: migrations make them, repositories read and write them, and a test compares
 * both. Nothing here ever holds the content of a message (design 3.6).
 *
 * Times are `timestamptz(3)` and come back as `Date`; `bigint` comes back as a number and throws past 2^53. `jsonb` is
 * written as JSON text, because `pg` would turn a JavaScript array into a PostgreSQL array.
 */
export interface Tables {
  counter: CounterTable
  department: DepartmentTable
  employee: EmployeeTable
  employee_role: EmployeeRoleTable
  chat_group: ChatGroupTable
  group_member: GroupMemberTable
  credential: CredentialTable
  client_session: ClientSessionTable
  request_log: RequestLogTable
  gateway: GatewayTable
  gateway_slot: GatewaySlotTable
  deployment: DeploymentTable
  deployment_key: DeploymentKeyTable
  challenge: ChallengeTable
  totp: TotpTable
  recovery_code: RecoveryCodeTable
  audit_log: AuditLogTable
  audit_chain: AuditChainTable
  audit_head: AuditHeadTable
  agent_run: AgentRunTable
  agent_usage: AgentUsageTable
  agent_secret: AgentSecretTable
  agent_silence: AgentSilenceTable
  agent_pause: AgentPauseTable
  stat_count: StatCountTable
  gateway_report: GatewayReportTable
}

/** A time that is written once. */
type CreatedAt = ColumnType<Date, Date, never>
type Json<T> = ColumnType<T, string, string>
type NullableJson<T> = ColumnType<T | null, string | null | undefined, string | null>

/** Versions of things that clients cache, such as the organisation. */
export interface CounterTable {
  name: ColumnType<string, string, never>
  value: number
}

export interface DepartmentTable {
  department_id: ColumnType<string, string, never>
  name: string
  /** null: at the top. */
  parent_id: string | null
  sort_order: number
  created_at: CreatedAt
  updated_at: Date
}

/** People and AI agents. Rows are never deleted, so that an id never changes its owner. */
export interface EmployeeTable {
  employee_id: ColumnType<string, string, never>
  name: string
  department_id: string | null
  manager_id: string | null
  is_ai_agent: ColumnType<boolean, boolean, never>
  agent_profile: NullableJson<AgentProfile>
  skills_badge: Json<string[]>
  status: Generated<'active' | 'disabled'>
  /** Grows by one with every change, those of the roles included. */
  version: Generated<number>
  created_at: CreatedAt
  updated_at: Date
}

export interface EmployeeRoleTable {
  employee_id: string
  role: RoleName
  /** '' when the grant is not limited to a department: a primary key takes no null. */
  department_id: Generated<string>
}

export interface ChatGroupTable {
  group_id: ColumnType<string, string, never>
  name: string
  description: string | null
  avatar: string | null
  creator_employee_id: ColumnType<string, string, never>
  created_at: CreatedAt
  updated_at: Date
  /** Set: the group is gone for everybody; the row stays so that its id is not given to another group. */
  dismissed_at: Date | null
}

/** At most one row per group has the role `owner`; the database guarantees it. */
export interface GroupMemberTable {
  group_id: ColumnType<string, string, never>
  employee_id: ColumnType<string, string, never>
  role: GroupRole
  joined_at: CreatedAt
}

export interface CredentialTable {
  credential_id: ColumnType<string, string, never>
  employee_id: ColumnType<string, string, never>
  /** Set: the credential opens this client_id only. */
  client_id: ColumnType<string | null, string | null, never>
  kind: ColumnType<'token' | 'password', 'token' | 'password', never>
  /** Of a token a plain digest, found by equality and unique; of a password a salted one. */
  secret_hash: ColumnType<string, string, never>
  created_at: CreatedAt
  /** The credential of the device that asked for it; null: it was made by somebody else. */
  issued_by: ColumnType<string | null, string | null | undefined, never>
  expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>
  revoked_at: ColumnType<Date | null, null | undefined, Date | null>
}

export type SessionEndReason = 'logout' | 'revoked' | 'surplus' | 'disabled' | 'expired'

/** One row per client_id, reused when the same client binds again. */
export interface ClientSessionTable {
  client_id: ColumnType<string, string, never>
  employee_id: string
  device_info: string | null
  /** What it was opened with; null where the broker vouched for the connection. */
  credential_id: string | null
  connected_at: Date
  last_seen_at: Date
  expires_at: Date
  ended_at: Date | null
  end_reason: SessionEndReason | null
}

/** The answered changes of the last 24 hours, so that a repetition answers the same (contract 3.1, 3). No secrets. */
export interface RequestLogTable {
  client_id: ColumnType<string, string, never>
  seq_id: ColumnType<string, string, never>
  employee_id: ColumnType<string, string, never>
  action: ColumnType<string, string, never>
  payload_hash: ColumnType<string, string, never>
  response: ColumnType<unknown, string, never>
  /** What is still to be done outside the database; null once it is done. */
  effects: NullableJson<unknown>
  created_at: CreatedAt
}

/** A gateway among those that share the database; with PGlite there is no row. */
export interface GatewayTable {
  instance: ColumnType<string, string, never>
  /** Until then it may use what it remembers. */
  lease_until: Date
  /** Number of the last change that it has forgotten everything about. */
  confirmed: number
  started_at: CreatedAt
  /** Which deployment secret it was started with; null: it is of a release that does not say. */
  secret_id: ColumnType<string | null, string | null | undefined, never>
}

/** A numbered session on a broker that keeps the sessions of gateways. */
export interface GatewaySlotTable {
  slot: ColumnType<number, number, never>
  /** `instance` of the gateway that has it, dead or alive; null: nobody, and nothing is left in its session. */
  holder: string | null
  /** Whether its session is subscribed to the requests. */
  takes: Generated<boolean>
}

/** What all gateways on the database must have in common. */
export interface DeploymentTable {
  name: ColumnType<string, string, never>
  value: string
}

/**
 * The roots of all keys, wrapped: one row for each generation and each deployment secret that opens it. There is one secret,
 * and two while it is being replaced.
 */
export interface DeploymentKeyTable {
  generation: ColumnType<number, number, never>
  /** Which secret it is, without telling it. */
  secret_id: ColumnType<string, string, never>
  /** AES-256-GCM under a key that derives from the secret. */
  wrapped: ColumnType<string, string, never>
  /** `secret`: the root is the deployment secret of the time before roots were drawn. */
  origin: ColumnType<'random' | 'secret', 'random' | 'secret', never>
  created_at: ColumnType<Date, never, never>
}

/**
 * What was asked for and how it was answered (contract 5, A), for good: rows are added and, years later, purged from the
 * front, never changed. `seq` counts without a gap.
 */
export interface AuditLogTable {
  seq: ColumnType<number, number, never>
  at: ColumnType<Date, Date, never>
  /** null: the gateway itself, in its maintenance. */
  operator_employee_id: ColumnType<string | null, string | null, never>
  client_id: ColumnType<string, string, never>
  seq_id: ColumnType<string, string, never>
  action: ColumnType<string, string, never>
  /** The id of what it was about, where there is one. */
  target: ColumnType<string | null, string | null, never>
  /** The fields of the request that may be written down; null: it was refused before they were looked at. */
  params: ColumnType<Readonly<Record<string, unknown>> | null, string | null, never>
  /** As answered (contract 3). */
  code: ColumnType<number, number, never>
  reason: ColumnType<string | null, string | null, never>
  instance: ColumnType<string, string, never>
  /** Which payload it was, for the gateway alone to recognise: a repetition leaves no second row. */
  request_mark: ColumnType<string, string, never>
  /** SHA-256 over the row and the hash of the row before, hex: whoever holds a later one can tell that this was not changed. */
  hash: ColumnType<string, string, never>
  /** HMAC of the row under a key that is not in the database: whoever can write to it cannot forge a row. */
  seal: ColumnType<string, string, never>
}

/** Where the chain ends (`head`) and where what was purged ended (`base`). */
export interface AuditChainTable {
  name: ColumnType<'head' | 'base', 'head' | 'base', never>
  seq: number
  hash: string
  seal: string
}

/** The end of the chain at the end of each day (UTC), signed. */
export interface AuditHeadTable {
  /** `2026-11-22` */
  day: ColumnType<string, string, never>
  seq: ColumnType<number, number, never>
  hash: ColumnType<string, string, never>
  /** A JWS over the others. */
  signature: ColumnType<string, string, never>
}

/** A second factor that was asked for. The code is in no table: it is derived, or the authenticator's. */
export interface ChallengeTable {
  challenge_id: ColumnType<string, string, never>
  employee_id: ColumnType<string, string, never>
  client_id: ColumnType<string, string, never>
  action: ColumnType<string, string, never>
  /** SHA-256 of what the request is about. */
  target_hash: ColumnType<string, string, never>
  method: ColumnType<'totp' | 'inbox', 'totp' | 'inbox', never>
  tries: Generated<number>
  created_at: ColumnType<Date, never, never>
  expires_at: ColumnType<Date, Date, never>
  used_at: ColumnType<Date | null, null | undefined, Date | null>
}

/** An authenticator: one for each employee. */
export interface TotpTable {
  employee_id: ColumnType<string, string, never>
  /** Sealed with keys of the deployment (platform/sealing.ts). */
  sealed_secret: string
  /** null: it does not count yet. */
  confirmed_at: Date | null
  /** Of the last code that was accepted: no code is good twice (RFC 6238, 5.2). */
  last_step: number
  created_at: Date
}

export interface RecoveryCodeTable {
  employee_id: ColumnType<string, string, never>
  /** HMAC under a key that is not in the database. */
  code_hash: ColumnType<string, string, never>
  used_at: ColumnType<Date | null, null | undefined, Date | null>
}

/** One call of an agent: what has to be known of it on every gateway, and nothing of what was said. */
export interface AgentRunTable {
  run_id: ColumnType<string, string, never>
  /** In the order of writing down, on whatever gateway. */
  number: ColumnType<string, never, never>
  agent_id: ColumnType<string, string, never>
  asker_id: ColumnType<string, string, never>
  /** null: the conversation is the private one of agent and asker. */
  group_id: ColumnType<string | null, string | null, never>
  /** msg_id */
  in_reply_to: ColumnType<string, string, never>
  hops: ColumnType<number, number, never>
  /** Of the gateway that calls, which ends the run; when it is gone another one does. */
  instance: ColumnType<string, string, never>
  /** null: it is not over. */
  end_state: EndState | null
  reason: RunFailure | null
  /** Set: somebody wants it to be stopped. */
  cancelled_by: ColumnType<string | null, null | undefined, string>
  created_at: ColumnType<Date, Date, never>
  started_at: Date | null
  first_answer_at: Date | null
  ended_at: Date | null
  /** How many messages it has answered with. */
  said: Generated<number>
  input_tokens: number | null
  output_tokens: number | null
}

/** How often an agent was called on a day (UTC), on all gateways. */
export interface AgentUsageTable {
  agent_id: ColumnType<string, string, never>
  day: ColumnType<string, string, never>
  calls: number
}

/** What an agent's webhook is signed with, or its endpoint asked with; sealed with the deployment's keys. */
export interface AgentSecretTable {
  secret_id: ColumnType<string, string, never>
  agent_id: ColumnType<string, string, never>
  kind: ColumnType<'webhook' | 'api_key', 'webhook' | 'api_key', never>
  sealed: string
  created_at: ColumnType<Date, Date, never>
  /** Set: another one has taken its place, and until then both are used. */
  ends_at: Date | null
}

/** A conversation in which an agent has handed over to a person, and is silent. */
export interface AgentSilenceTable {
  agent_id: ColumnType<string, string, never>
  /** The key of the conversation (gateway/src/delivery/message-ids.ts). */
  conversation: ColumnType<string, string, never>
  since: ColumnType<Date, Date, never>
}

/** An agent that is paused everywhere. */
export interface AgentPauseTable {
  agent_id: ColumnType<string, string, never>
  paused_by: ColumnType<string, string, never>
  since: ColumnType<Date, Date, never>
}

/** What is counted. Latencies by the upper end of their bucket, in seconds; `group` by group_id; errors by their key. */
export type StatName =
  | 'message'
  | 'agent_message'
  | 'agent_call'
  | 'agent_error'
  | 'request'
  | 'error'
  | 'group'
  | 'message_time'
  | 'request_time'
  | 'agent_first_answer_time'
  | 'agent_answer_time'

/** How much of what happened in a minute, an hour and a day: what all gateways have added up. Numbers only. */
export interface StatCountTable {
  resolution: ColumnType<StatResolution, StatResolution, never>
  start: ColumnType<Date, Date, never>
  name: ColumnType<StatName, StatName, never>
  label: ColumnType<string, string, never>
  value: number
}

/** What a gateway says of itself every few seconds; the row goes when it stops in order. */
export interface GatewayReport {
  readonly version: string
  readonly problems: readonly string[]
  /** null: its broker is another process. */
  readonly connections: number | null
  /** Employees who are online; null: it does not know. */
  readonly people_online: number | null
  readonly agents_online: number | null
  readonly agent_runs: number
  /** Agents that are not called for a while. */
  readonly spared: readonly { readonly agent_id: string; readonly since: string }[]
  readonly certificate_ending: boolean
  /** Of the room for files in the data directory; null: files are elsewhere. */
  readonly storage_percent: number | null
}

export interface GatewayReportTable {
  instance: ColumnType<string, string, never>
  /** Of the last batch of counts that it has added: none is added twice. */
  number: number
  started_at: CreatedAt
  reported_at: Date
  report: Json<GatewayReport>
}
