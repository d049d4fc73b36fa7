/** What a null gateway must find in a request to relay it: by searching bytes, since nothing is checked anyway. */

const QUOTE = 34
const TO_EMPLOYEE = Buffer.from('"to_employee_id":"')
const GROUP = Buffer.from('"group_id":"')
const REQUEST_PREFIX = 'mchat/msg/req/'

const valueAfter = (payload: Buffer, key: Buffer): string | undefined => {
  const at = payload.indexOf(key)
  if (at < 0) return undefined
  const start = at + key.length
  return payload.toString('latin1', start, payload.indexOf(QUOTE, start))
}

/** The topic that the request's message is for, or undefined when it names nobody. */
export const deliveryTopicOf = (payload: Buffer): string | undefined => {
  const employeeId = valueAfter(payload, TO_EMPLOYEE)
  if (employeeId !== undefined) return `mchat/inbox/${employeeId}`
  const groupId = valueAfter(payload, GROUP)
  return groupId === undefined ? undefined : `mchat/group/${groupId}`
}

export const isRequestTopic = (topic: string): boolean => topic.startsWith(REQUEST_PREFIX)

/** `mchat/msg/resp/{client_id}/{seq_id}` for `mchat/msg/req/{client_id}/{seq_id}`. */
export const responseTopicOf = (requestTopic: string): string =>
  `mchat/msg/resp/${requestTopic.slice(REQUEST_PREFIX.length)}`

/** About as long as the product's answer, 200 bytes. */
export const answerTo = (requestTopic: string): Buffer => {
  const seqId = requestTopic.slice(requestTopic.lastIndexOf('/') + 1)
  return Buffer.from(
    `{"seq_id":"${seqId}","code":0,"message":"ok","data":{"msg_id":"msg_00000000000000000000000000000",` +
      '"to_employee_id":"emp_00000","sent_at":"2026-01-01T00:00:00.000Z","proof":"0000000000000000000000"}}',
  )
}
