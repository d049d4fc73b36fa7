import Type from 'typebox'

/**
 * Identifier grammars (contract 1). Every id that becomes a topic level is checked against one of these before it is
 * used anywhere, so that no id can contain `/`, `+`, `#`, `$`, control characters or look-alikes.
 */
export const ID_PATTERN: string = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
export const CLIENT_ID_PATTERN: string = '^[A-Za-z0-9._-]{1,128}$'
export const SEQ_ID_PATTERN: string = '^[A-Za-z0-9._-]{1,64}$'
export const MSG_ID_PATTERN: string = '^msg_[a-z2-7]{29}$'
export const SERVICE_ID_PATTERN: string = '^[a-z0-9_]{1,32}$'
export const DEVICE_ID_PATTERN: string = '^[A-Za-z0-9.-]{1,32}$'

/**
 * Employee_ids nobody gets. On a broker outside the gateway, the gateways connect as `mchat_gateway_{slot}`, and by the
 * rule of `ownerOf` those client_ids belong to an employee of this name.
 */
export const RESERVED_EMPLOYEE_IDS: readonly string[] = ['mchat']

const idRegExp = new RegExp(ID_PATTERN)
const clientIdRegExp = new RegExp(CLIENT_ID_PATTERN)
const seqIdRegExp = new RegExp(SEQ_ID_PATTERN)
const msgIdRegExp = new RegExp(MSG_ID_PATTERN)
const serviceIdRegExp = new RegExp(SERVICE_ID_PATTERN)

/** `true` for a well-formed employee_id, group_id or department_id. */
export const isId = (value: string): boolean => idRegExp.test(value)
export const isClientId = (value: string): boolean => clientIdRegExp.test(value)
export const isSeqId = (value: string): boolean => seqIdRegExp.test(value)
export const isMsgId = (value: string): boolean => msgIdRegExp.test(value)
export const isServiceId = (value: string): boolean => serviceIdRegExp.test(value)

/**
 * The one employee who may connect with, publish as or read for a client_id (contract 1): with two or more `_` what is
 * left after cutting the last two `_` segments, otherwise the client_id itself. A result that is not a well-formed
 * employee_id belongs to nobody.
 */
export const ownerOf = (clientId: string): string => {
  const last = clientId.lastIndexOf('_')
  const secondLast = last > 0 ? clientId.lastIndexOf('_', last - 1) : -1
  return secondLast < 0 ? clientId : clientId.slice(0, secondLast)
}

export const EmployeeId = Type.String({ pattern: ID_PATTERN, description: 'An employee: a person or an AI agent' })
export const GroupId = Type.String({ pattern: ID_PATTERN, description: 'A group' })
export const DepartmentId = Type.String({ pattern: ID_PATTERN, description: 'A department' })
export const ClientId = Type.String({ pattern: CLIENT_ID_PATTERN, description: 'An installed device of one employee' })
export const SeqId = Type.String({ pattern: SEQ_ID_PATTERN, description: 'Chosen by the client, unique for 24 h' })
export const MsgId = Type.String({ pattern: MSG_ID_PATTERN, description: 'A message' })
export const DeviceId = Type.String({
  pattern: DEVICE_ID_PATTERN,
  description: 'One device of an employee; no underscore, since the client_id is cut there',
})
