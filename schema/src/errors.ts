import type { FieldError } from './envelope.ts'

interface ErrorEntry {
  /** The number on the wire (contract 3). */
  readonly code: number
  /** May the same request succeed when it is sent again later, unchanged? */
  readonly retryable: boolean
  readonly en: string
  readonly zh: string
}

/** Every error MChat answers with. The key travels as `reason`; the text is for people and may change. */
export const ERRORS = {
  // 400: the request itself
  malformed_request: { code: 400, retryable: false, en: 'The request is not valid JSON.', zh: '请求不是合法的 JSON。' },
  invalid_fields: { code: 400, retryable: false, en: 'Some fields are invalid.', zh: '部分字段不合法。' },
  unknown_action: { code: 400, retryable: false, en: 'There is no such action.', zh: '没有这个操作。' },
  seq_id_mismatch: {
    code: 400,
    retryable: false,
    en: 'seq_id in the payload differs from the topic.',
    zh: '载荷中的 seq_id 与主题不一致。',
  },
  // 401: the connection
  no_session: { code: 401, retryable: false, en: 'This client has no session.', zh: '该客户端没有会话。' },
  session_expired: { code: 401, retryable: false, en: 'The session has expired.', zh: '会话已过期。' },
  session_revoked: { code: 401, retryable: false, en: 'The session was revoked.', zh: '会话已被撤销。' },
  bad_credentials: { code: 401, retryable: false, en: 'The credentials are wrong.', zh: '凭证错误。' },
  // 403: the rights
  forbidden: { code: 403, retryable: false, en: 'You are not allowed to do this.', zh: '您没有权限执行此操作。' },
  not_group_member: {
    code: 403,
    retryable: false,
    en: 'You are not a member of this group.',
    zh: '您不是该群的成员。',
  },
  not_group_admin: {
    code: 403,
    retryable: false,
    en: 'Only the owner or an admin of the group may do this.',
    zh: '只有群主或群管理员可以执行此操作。',
  },
  not_group_owner: {
    code: 403,
    retryable: false,
    en: 'Only the owner of the group may do this.',
    zh: '只有群主可以执行此操作。',
  },
  field_forbidden: {
    code: 403,
    retryable: false,
    en: 'You are not allowed to set some of these fields.',
    zh: '您没有权限设置其中的部分字段。',
  },
  challenge_required: {
    code: 403,
    retryable: false,
    en: 'This needs a second factor: ask for one with auth.challenge.',
    zh: '此操作需要二次验证，请先调用 auth.challenge。',
  },
  challenge_failed: {
    code: 403,
    retryable: false,
    en: 'The code is wrong, was used, or is no longer valid.',
    zh: '验证码错误、已使用或已失效。',
  },
  challenge_unavailable: {
    code: 403,
    retryable: false,
    en: 'You have no second factor: enrol an authenticator, or use another device.',
    zh: '您没有可用的二次验证方式，请先绑定验证器或使用其他设备。',
  },
  not_writer: {
    code: 403,
    retryable: false,
    en: 'The message was not written by you in this conversation.',
    zh: '该消息不是您在此会话中发送的。',
  },
  content_blocked: {
    code: 403,
    retryable: false,
    en: 'The content filter of this deployment does not let this pass.',
    zh: '内容未通过过滤。',
  },
  file_refused: {
    code: 403,
    retryable: false,
    en: 'The scanner of this deployment does not let this file pass.',
    zh: '文件未通过安全扫描。',
  },
  // 404: the object
  employee_not_found: { code: 404, retryable: false, en: 'There is no such employee.', zh: '没有这个员工。' },
  department_not_found: { code: 404, retryable: false, en: 'There is no such department.', zh: '没有这个部门。' },
  no_storage: {
    code: 404,
    retryable: false,
    en: 'This deployment has no object store.',
    zh: '此部署没有对象存储。',
  },
  file_not_found: { code: 404, retryable: false, en: 'There is no such file.', zh: '没有这个文件。' },
  run_not_found: { code: 404, retryable: false, en: 'There is no such run.', zh: '没有这次调用。' },
  group_not_found: { code: 404, retryable: false, en: 'There is no such group.', zh: '没有这个群。' },
  member_not_found: {
    code: 404,
    retryable: false,
    en: 'That employee is not a member of the group.',
    zh: '该员工不是群成员。',
  },
  session_not_found: { code: 404, retryable: false, en: 'There is no such session.', zh: '没有这个会话。' },
  message_not_found: {
    code: 404,
    retryable: false,
    en: 'There is no such message in this conversation.',
    zh: '此会话中没有这条消息。',
  },
  // 409: conflicts
  seq_id_reused: {
    code: 409,
    retryable: false,
    en: 'This seq_id was used for another request.',
    zh: '该 seq_id 已用于另一请求。',
  },
  id_taken: { code: 409, retryable: false, en: 'This id is taken.', zh: '该 ID 已被占用。' },
  version_conflict: {
    code: 409,
    retryable: false,
    en: 'It was changed by somebody else meanwhile.',
    zh: '数据已被他人修改。',
  },
  department_not_empty: {
    code: 409,
    retryable: false,
    en: 'The department still has people or departments in it.',
    zh: '部门下仍有员工或子部门。',
  },
  department_cycle: {
    code: 409,
    retryable: false,
    en: 'A department cannot be below itself.',
    zh: '部门不能隶属于自身。',
  },
  manager_cycle: {
    code: 409,
    retryable: false,
    en: 'A line of managers cannot lead back to where it starts.',
    zh: '汇报关系不能成环。',
  },
  last_owner: { code: 409, retryable: false, en: 'The last owner must remain.', zh: '必须保留最后一位所有者。' },
  group_owner_must_transfer: {
    code: 409,
    retryable: false,
    en: 'The owner must hand the group over first.',
    zh: '群主须先转让群。',
  },
  totp_enrolled: {
    code: 409,
    retryable: false,
    en: 'There is an authenticator already; remove it first.',
    zh: '已绑定验证器，请先移除。',
  },
  totp_not_enrolled: {
    code: 409,
    retryable: false,
    en: 'There is no authenticator.',
    zh: '尚未绑定验证器。',
  },
  not_agent: { code: 409, retryable: false, en: 'That employee is no AI agent.', zh: '该员工不是智能体。' },
  run_over: { code: 409, retryable: false, en: 'That run is over.', zh: '该次调用已结束。' },
  file_incomplete: {
    code: 409,
    retryable: false,
    en: 'The file has not arrived as it was announced.',
    zh: '文件尚未按声明完整上传。',
  },
  group_full: { code: 409, retryable: false, en: 'The group is full.', zh: '群人数已满。' },
  too_many_groups: {
    code: 409,
    retryable: false,
    en: 'That employee is in too many groups.',
    zh: '该员工加入的群过多。',
  },
  too_many_devices: {
    code: 409,
    retryable: false,
    en: 'That employee has too many devices: revoke one first.',
    zh: '该员工的设备过多，请先撤销一个。',
  },
  // 413, 429
  too_large: { code: 413, retryable: false, en: 'The request is too large.', zh: '请求过大。' },
  answer_too_large: {
    code: 413,
    retryable: false,
    en: 'The answer is larger than the broker carries; ask for less.',
    zh: '应答超过消息代理的上限，请缩小请求范围。',
  },
  quota_exceeded: {
    code: 413,
    retryable: false,
    en: 'There is no room left for this file.',
    zh: '存储空间不足。',
  },
  rate_limited: { code: 429, retryable: true, en: 'Too many requests.', zh: '请求过于频繁。' },
  // 500, 503: the gateway and what it stands on
  internal: {
    code: 500,
    retryable: true,
    en: 'The gateway failed; nothing was half done.',
    zh: '服务器内部错误，没有留下未完成的变更。',
  },
  database_unavailable: {
    code: 503,
    retryable: true,
    en: 'The database is unavailable; try again.',
    zh: '数据库不可用，请重试。',
  },
  broker_unavailable: {
    code: 503,
    retryable: true,
    en: 'The broker cannot take the message now; try again.',
    zh: '消息代理暂时不可用，请重试。',
  },
  storage_unavailable: {
    code: 503,
    retryable: true,
    en: 'The object store is unavailable; try again.',
    zh: '对象存储不可用，请重试。',
  },
  scan_unavailable: {
    code: 503,
    retryable: true,
    en: 'The file could not be scanned; try again.',
    zh: '文件暂时无法扫描，请重试。',
  },
  revocation_pending: {
    code: 503,
    retryable: true,
    en: 'The change is made and is being enforced; ask again with the same seq_id.',
    zh: '变更已生效，正在强制执行；请用相同的 seq_id 重试。',
  },
  shutting_down: {
    code: 503,
    retryable: true,
    en: 'The gateway is stopping; try again.',
    zh: '网关正在停止，请重试。',
  },
  // 504: an agent. The message itself was relayed.
  agent_timeout: {
    code: 504,
    retryable: false,
    en: 'The message was delivered; the agent did not answer in its time.',
    zh: '消息已送达；智能体未在规定时间内应答。',
  },
  agent_failed: {
    code: 504,
    retryable: false,
    en: 'The message was delivered; the agent could not answer it.',
    zh: '消息已送达；智能体未能应答。',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorKey = keyof typeof ERRORS
export type Language = 'zh-CN' | 'en'

/** Errors any action may answer with, whatever it declares itself; see errorsOf. */
export const COMMON_ERRORS = [
  'malformed_request',
  'invalid_fields',
  'unknown_action',
  'seq_id_mismatch',
  'no_session',
  'session_expired',
  'session_revoked',
  'forbidden',
  'too_large',
  'answer_too_large',
  'rate_limited',
  'internal',
  'database_unavailable',
  'broker_unavailable',
  'shutting_down',
] as const satisfies readonly ErrorKey[]

export const errorText = (key: ErrorKey, language: Language): string =>
  language === 'zh-CN' ? ERRORS[key].zh : ERRORS[key].en

export interface ErrorDetails {
  /** Which fields, for code 400 and 403 on fields. */
  readonly fields?: readonly FieldError[]
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A failure the contract knows. Whatever else is thrown is answered as `internal`. */
export class MChatError extends Error {
  readonly key: ErrorKey
  readonly fields: readonly FieldError[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(key: ErrorKey, details: ErrorDetails = {}) {
    super(ERRORS[key].en, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'MChatError'
    this.key = key
    this.fields = details.fields
    this.retryAfterMs = details.retryAfterMs
  }

  get code(): number {
    return ERRORS[this.key].code
  }
}

/** A 400 that names one field and the rule it broke. */
export const invalidField = (field: string, rule: string, message: string): MChatError =>
  new MChatError('invalid_fields', { fields: [{ field, rule, message }] })
