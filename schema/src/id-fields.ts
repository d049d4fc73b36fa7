import Type from 'typebox'
import { CLIENT_ID_PATTERN, DEVICE_ID_PATTERN, ID_PATTERN, MSG_ID_PATTERN, SEQ_ID_PATTERN } from './ids.ts'

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
