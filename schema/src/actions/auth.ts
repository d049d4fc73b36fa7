import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Roles, Timestamp } from '../entities.ts'
import { EmployeeId, GroupId } from '../ids.ts'

export const authActions = {
  'auth.bind': defineAction({
    summary:
      'Opens (or renews) the session of this client_id. Where the broker has checked who connects, no token is needed.',
    input: Type.Object({
      employee_id: EmployeeId,
      token: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
      device_info: Type.Optional(Type.String({ maxLength: 256 })),
    }),
    output: Type.Object({
      employee_id: EmployeeId,
      expires_at: Timestamp,
      groups: Type.Array(Type.Object({ group_id: GroupId, name: Type.String(), role: Type.String() })),
      roles: Roles,
    }),
    rule: 'connection',
    kind: 'connection',
    errors: ['bad_credentials'],
  }),
  'auth.logout': defineAction({
    summary: 'Ends the session of this client_id: subscriptions and queued messages are dropped.',
    input: Type.Object({}),
    output: Type.Object({}),
    rule: 'everyone',
    kind: 'change',
    errors: ['revocation_pending'],
  }),
}
