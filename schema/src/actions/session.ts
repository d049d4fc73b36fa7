import Type from 'typebox'
import { defineAction } from '../action.ts'
import { Device, ExpiresInDays, MqttConnection, Session } from '../entities.ts'
import { ClientId, DeviceId, EmployeeId } from '../id-fields.ts'

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
      'Ends a session at once, or takes away the credential of a device that has none. Its client_id cannot come back with the credential it used; a credential of that device alone is revoked, one that other devices share goes on working for them (see employee.reset_credentials).',
    input: Type.Object({ client_id: ClientId }),
    output: Type.Object({ client_id: ClientId }),
    rule: 'session_owner_or_org_manage',
    kind: 'change',
    errors: ['revocation_pending'],
    audited: ['client_id'],
    target: 'client_id',
  }),
  'device.list': defineAction({
    summary: 'The devices of an employee that have a credential of their own; session.revoke takes it away.',
    input: Type.Object({ employee_id: Type.Optional(EmployeeId) }),
    output: Type.Object({ devices: Type.Array(Device) }),
    rule: 'self_or_org_manage',
    kind: 'read',
    errors: ['employee_not_found'],
    audited: ['employee_id'],
    target: 'employee_id',
  }),
  'device.add': defineAction({
    summary: 'Makes a credential of its own for one more device.',
    input: Type.Object({
      device_id: DeviceId,
      employee_id: Type.Optional(EmployeeId),
      expires_in_days: ExpiresInDays,
    }),
    output: Type.Object({ employee_id: EmployeeId, mqtt_connection: MqttConnection }),
    rule: 'credentials_manage',
    kind: 'change',
    errors: ['employee_not_found', 'too_many_devices', 'revocation_pending'],
    audited: ['device_id', 'employee_id', 'expires_in_days'],
    target: 'employee_id',
    secrets: ['mqtt_connection.mqtt_password'],
  }),
}
