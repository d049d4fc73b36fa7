export { type ActionClass, type ActionDefinition, classOf, errorsOf } from './action.ts'
export { ACTION_NAMES, ACTIONS, type ActionName, findAction, type InputOf, type OutputOf } from './actions/index.ts'
export { isCallable } from './agent-callable.ts'
export {
  type AgentConnector,
  type AgentGroupPolicy,
  AgentProfile,
  PRIVATE_PROFILE_FIELDS,
} from './agent-profile.ts'
export {
  type AgentRunInfo,
  type CalledAgents,
  END_STATES,
  type EndState,
  RUN_FAILURES,
  RUN_STATES,
  type RunCounts,
  type RunFailure,
  type RunState,
} from './agent-run.ts'
export { AUDITED_READS } from './audited-reads.ts'
export {
  AGENT_HANDOFF,
  type AuditRowBrief,
  CHANGE_NOUNS,
  type Change,
  type ChangedAudit,
  type ChangedNoun,
  type ChangedRun,
  type ChangedThing,
  type ChangeNoun,
  changedNounOf,
  changeNoun,
  SESSION_EXPIRED,
} from './changes.ts'
export { CONTENT_TYPES, Content, type ContentType, isContentType, textOf } from './content.ts'
export { csvLine, withoutApostrophe } from './csv.ts'
export { type DepartmentPaths, departmentPaths } from './department-paths.ts'
export { EMPLOYEE_COLUMNS, type EmployeeColumn } from './employee-columns.ts'
export { EmployeeRecord, type EmployeeRow } from './employee-row.ts'
export {
  AuditRow,
  Department,
  Employee,
  Group,
  GroupMember,
  GroupRole,
  MqttConnection,
  Session,
} from './entities.ts'
export { CONTRACT_VERSION, FailureData, FieldError, Request, Response } from './envelope.ts'
export {
  COMMON_ERRORS,
  ERRORS,
  type ErrorDetails,
  type ErrorKey,
  errorText,
  invalidField,
  type Language,
  MChatError,
} from './errors.ts'
export {
  type AgentDelta,
  AgentRun,
  type AgentStatus,
  type AgentTest,
  type Changes,
  type Message,
  type ProfileEvent,
  Status,
  SYSTEM_ACTIONS,
  type SystemAction,
  type SystemMessage,
  type SystemNotify,
  TOPIC_EVENTS,
} from './events.ts'
export { createFileKeys, FILE_KEY_PATTERN, type FileKeys, type FilePlace, placeOf, privatePlace } from './file-keys.ts'
export {
  CLIENT_ID_PATTERN,
  DEVICE_ID_PATTERN,
  ID_PATTERN,
  isClientId,
  isId,
  isMsgId,
  isSeqId,
  isServiceId,
  MSG_ID_PATTERN,
  ownerOf,
  RESERVED_EMPLOYEE_IDS,
  SEQ_ID_PATTERN,
  SERVICE_ID_PATTERN,
} from './ids.ts'
export { BROKER_PACKET_BYTES, LIMITS } from './limits.ts'
export { CLIENT_RIGHTS, isRevocable, mayPublish, maySubscribe, type RightsSubject, type TopicRight } from './rights.ts'
export {
  PERMISSIONS,
  type Permission,
  ROLE_NAMES,
  ROLES,
  type RoleGrant,
  type RoleName,
  SCOPED_ROLES,
} from './roles.ts'
export { type Alternatives, CONDITIONS, type ConditionName, RULES, type RuleName } from './rules.ts'
export { joined, rolesIn, rolesText, separated } from './sheet-text.ts'
export {
  type Attention,
  type GatewayInfo,
  STAT_RESOLUTIONS,
  STAT_SPANS,
  type StatLatency,
  type StatPoint,
  type StatResolution,
} from './stats.ts'
export { createTopics, EXCHANGE_TOPICS, encodeSkill, type RequestTopic, SHARE_GROUP, type Topics } from './topics.ts'
export { AgentCall, AgentReply, type AgentRequest } from './webhook.ts'
