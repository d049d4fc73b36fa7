import Type from 'typebox'
import { defineAction } from '../action.ts'
import { MqttConnection, Session } from '../entities.ts'
import { ClientId, DeviceId, EmployeeId } from '../ids.ts'

export const sessionActions = {
  'session.list': defineAction({
    summary: 'The sessions of an employee: one for each device.',
    input: Type.Object({ employee_id: Type.Optional(EmployeeId) }),
    output: Type.Object({ sessions: Type.Array(Session) }),
    rule: 'self_or_org_manage',
    kind: 'read',
    errors: ['employee_not_found'],
    audited: ['employee_id'],
    target: 'employee_id',
  }),
  'session.revoke': defineAction({
    summary:
      'Ends a session at once. Its client_id cannot come back with the credential it used; a credential of that device alone is revoked, one that other devices share goes on working for them (see employee.reset_credentials).',
    input: Type.Object({ client_id: ClientId }),
    output: Type.Object({ client_id: ClientId }),
    rule: 'session_owner_or_org_manage',
    kind: 'change',
    errors: ['revocation_pending'],
    audited: ['client_id'],
    target: 'client_id',
  }),
  'device.add': defineAction({
    summary: 'Makes a credential of its own for one more device.',
    input: Type.Object({ device_id: DeviceId, employee_id: Type.Optional(EmployeeId) }),
    output: Type.Object({ employee_id: EmployeeId, mqtt_connection: MqttConnection }),
    rule: 'credentials_manage',
    kind: 'change',
    errors: ['employee_not_found', 'revocation_pending'],
    audited: ['device_id', 'employee_id'],
    target: 'employee_id',
    secrets: ['mqtt_connection.mqtt_password'],
  }),
}
