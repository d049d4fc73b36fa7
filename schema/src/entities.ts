import Type, { type Static } from 'typebox'
import { AgentProfile } from './agent-profile.ts'
import { ClientId, DepartmentId, EmployeeId, GroupId } from './id-fields.ts'
import { SEQ_ID_PATTERN } from './ids.ts'
import { LIMITS } from './limits.ts'
import { ROLE_NAMES } from './roles.ts'

/** A UTC time with milliseconds, ISO 8601. */
export const Timestamp = Type.String({ description: 'ISO 8601, UTC, milliseconds' })

/** A time somebody asks for, with or without milliseconds. */
export const Instant = Type.String({
  maxLength: 24,
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,3})?Z$',
  description: 'ISO 8601, UTC, e.g. `2026-11-22T08:00:00Z`',
})

/** Text a person typed as a name: no control or line-breaking characters, and not blank. */
export const Name = Type.String({
  minLength: 1,
  maxLength: LIMITS.nameChars,
  pattern: '^(?=.*\\S)[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$',
  description: 'One line of text, not blank, without control characters',
})
export const Description = Type.String({ maxLength: LIMITS.descriptionChars, description: 'What a group is for' })
export const Avatar = Type.String({ maxLength: 2048, description: 'A URL or an object key' })

export const RoleGrant = Type.Object({
  role: Type.Enum(ROLE_NAMES),
  department_id: Type.Optional(DepartmentId),
})
export const Roles = Type.Array(RoleGrant, { maxItems: 16, description: 'Everybody is a `member` beside these' })

const Word = Type.String({ minLength: 1, maxLength: LIMITS.nameChars })

export const SkillsBadge = Type.Array(Word, {
  maxItems: LIMITS.skills,
  uniqueItems: true,
  description: 'What the employee is good at, shown beside the name',
})
export const EmployeeStatus = Type.Union([Type.Literal('active'), Type.Literal('disabled')], {
  description: 'Whoever is `disabled` cannot connect, send or receive',
})

export const Employee = Type.Object({
  employee_id: EmployeeId,
  name: Name,
  department_id: Type.Union([DepartmentId, Type.Null()]),
  manager_id: Type.Union([EmployeeId, Type.Null()]),
  is_ai_agent: Type.Boolean(),
  agent_profile: Type.Union([AgentProfile, Type.Null()]),
  skills_badge: SkillsBadge,
  status: EmployeeStatus,
  roles: Roles,
  version: Type.Integer({ description: 'Grows with every change; see if_version' }),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type Employee = Static<typeof Employee>

export const Department = Type.Object({
  department_id: DepartmentId,
  name: Name,
  parent_id: Type.Union([DepartmentId, Type.Null()]),
  sort_order: Type.Integer(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type Department = Static<typeof Department>

export const GroupRole = Type.Union([Type.Literal('owner'), Type.Literal('admin'), Type.Literal('member')], {
  description: 'What a member may do in the group',
})
export type GroupRole = Static<typeof GroupRole>

export const Group = Type.Object({
  group_id: GroupId,
  name: Name,
  description: Type.Union([Description, Type.Null()]),
  avatar: Type.Union([Avatar, Type.Null()]),
  creator_employee_id: EmployeeId,
  member_count: Type.Integer(),
  created_at: Timestamp,
  updated_at: Timestamp,
})
export type Group = Static<typeof Group>

export const GroupMember = Type.Object({
  employee_id: EmployeeId,
  name: Name,
  is_ai_agent: Type.Boolean(),
  role: GroupRole,
  joined_at: Timestamp,
})
export type GroupMember = Static<typeof GroupMember>

/** What a sensitive request carries beside its own fields (seed 6.2). */
export const CHALLENGE_FIELDS = {
  challenge_id: Type.Optional(Type.String({ pattern: SEQ_ID_PATTERN, description: 'From `auth.challenge`' })),
  token: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The code of the authenticator, or the one that was delivered',
    }),
  ),
}

/** All a client needs to connect (seed 4.1). The password is shown once, in the first answer only. */
export const MqttConnection = Type.Object({
  broker_host: Type.String(),
  broker_port: Type.Integer(),
  use_tls: Type.Boolean(),
  ws_url: Type.Optional(Type.String({ description: 'The same broker over WebSocket' })),
  service_id: Type.Optional(Type.String({ description: 'Prefix of every topic' })),
  client_id_scheme: Type.String({ description: 'How to form the client_id; braces stand for what to fill in' }),
  client_id: Type.Optional(ClientId),
  mqtt_username: Type.String(),
  mqtt_password: Type.Optional(Type.String()),
  expires_at: Type.Optional(Type.String({ description: 'When the credential ends; absent: it does not by itself' })),
  secret_withheld: Type.Optional(
    Type.Literal(true, { description: 'The password was shown in an earlier answer and is not repeated' }),
  ),
})
export type MqttConnection = Static<typeof MqttConnection>

export const ExpiresInDays = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: LIMITS.credentialDaysAtMost,
    description:
      'After how many days the credential ends; no later than the deployment has it. Default: as the deployment has it',
  }),
)

export const Session = Type.Object({
  client_id: ClientId,
  employee_id: EmployeeId,
  device_info: Type.Union([Type.String(), Type.Null()]),
  connected_at: Timestamp,
  last_seen_at: Timestamp,
  expires_at: Timestamp,
})
export type Session = Static<typeof Session>

/** A device with a credential of its own that is still good. */
export const Device = Type.Object({
  client_id: ClientId,
  created_at: Timestamp,
  expires_at: Type.Union([Timestamp, Type.Null()], { description: 'When the credential ends; null: not by itself' }),
  has_session: Type.Boolean(),
})
export type Device = Static<typeof Device>

/** One request that was audited, and how it was answered. */
export const AuditRow = Type.Object({
  seq: Type.Integer({ description: 'Counts the rows without a gap' }),
  at: Timestamp,
  operator_employee_id: Type.Union([EmployeeId, Type.Null()], { description: 'null: the gateway itself' }),
  client_id: Type.String(),
  seq_id: Type.String(),
  action: Type.String(),
  target: Type.Union([Type.String(), Type.Null()], { description: 'The id of what it was about' }),
  params: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description: 'The fields of the request, without those that are nobody’s business; null: they were invalid',
  }),
  code: Type.Integer({ description: 'As it was answered' }),
  reason: Type.Union([Type.String(), Type.Null()]),
  instance: Type.String({ description: 'The gateway' }),
  hash: Type.String({ description: 'SHA-256 over the hash of the row before and this row; see docs/compliance.md' }),
})
export type AuditRow = Static<typeof AuditRow>

export const Cursor = Type.String({ minLength: 1, maxLength: 512, description: '`next_cursor` of the page before' })
export const Limit = Type.Integer({
  minimum: 1,
  maximum: LIMITS.pageSize,
  description: `Entries on a page; ${LIMITS.pageSizeDefault} when absent`,
})
export const NextCursor = Type.Union([Type.String(), Type.Null()], {
  description: '`cursor` for the next page; null on the last',
})
