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

/** A secret that others have made: what can be seen and typed, without spaces. */
export const SECRET_PATTERN: string = '^[\\x21-\\x7e]+$'

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
