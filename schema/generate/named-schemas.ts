import { AgentProfile } from '../src/agent-profile.ts'
import { AgentRunInfo, RunFailure, RunId, RunState } from '../src/agent-run.ts'
import { Content } from '../src/content.ts'
import {
  Avatar,
  Cursor,
  Department,
  Description,
  Employee,
  EmployeeStatus,
  Group,
  GroupMember,
  GroupRole,
  Limit,
  MqttConnection,
  Name,
  NextCursor,
  RoleGrant,
  Roles,
  Session,
  SkillsBadge,
  Timestamp,
} from '../src/entities.ts'
import { FailureData, FieldError } from '../src/envelope.ts'
import { EventId, Proof, TOPIC_EVENTS } from '../src/events.ts'
import { ClientId, DepartmentId, DeviceId, EmployeeId, GroupId, MsgId, SeqId } from '../src/id-fields.ts'
import { canonicalText, type JsonObject, mapSubschemas, plainSchema, sortedRecord } from './schema-form.ts'

/** The schemas of everything that is pushed, by name. */
export const EVENT_SCHEMAS: Readonly<Record<string, JsonObject>> = sortedRecord(
  Object.fromEntries(
    Object.values(TOPIC_EVENTS).flatMap(({ events }) =>
      Object.entries(events).map(([name, schema]) => [name, plainSchema(schema)]),
    ),
  ),
)

/** The schemas several actions or events share, and so are written down once where a document allows it. */
export const SHARED_SCHEMAS: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  Object.entries({
    EmployeeId,
    GroupId,
    DepartmentId,
    ClientId,
    DeviceId,
    SeqId,
    MsgId,
    EventId,
    Proof,
    Timestamp,
    Name,
    Description,
    Avatar,
    Limit,
    Cursor,
    NextCursor,
    EmployeeStatus,
    GroupRole,
    RoleGrant,
    Roles,
    SkillsBadge,
    AgentProfile,
    AgentRunInfo,
    RunFailure,
    RunId,
    RunState,
    Employee,
    Department,
    Group,
    GroupMember,
    Session,
    MqttConnection,
    Content,
    FieldError,
    FailureData,
  }).map(([name, schema]) => [name, plainSchema(schema)]),
)

const nameByText = new Map(
  Object.entries({ ...SHARED_SCHEMAS, ...EVENT_SCHEMAS }).map(([name, schema]) => [canonicalText(schema), name]),
)

/** The name under which exactly this schema is shared, description included. */
export const nameOf = (schema: JsonObject): string | undefined => nameByText.get(canonicalText(schema))

/** The same schema with a reference in place of every shared one inside it. */
export const withReferences = (schema: JsonObject): JsonObject =>
  mapSubschemas(schema, (inner) => {
    const name = nameOf(inner)
    return name === undefined ? withReferences(inner) : { $ref: `#/components/schemas/${name}` }
  })
