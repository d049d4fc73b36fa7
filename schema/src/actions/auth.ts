import Type from 'typebox'
import { defineAction } from '../action.ts'
import { CHALLENGE_FIELDS, Roles, Timestamp } from '../entities.ts'
import { ClientId, EmployeeId, GroupId } from '../id-fields.ts'
import { LIMITS } from '../limits.ts'

const SecretWithheld = Type.Optional(
  Type.Literal(true, { description: 'It was shown in an earlier answer and is not repeated' }),
)

const RecoveryCodes = Type.Optional(
  Type.Array(Type.String(), { description: `${LIMITS.recoveryCodes}, each works once` }),
)

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
  'auth.challenge': defineAction({
    summary:
      'Asks for a second factor for one sensitive request, which then carries `challenge_id` and `token`: the code of the authenticator (or a recovery code), or the one that is delivered to the other devices.',
    input: Type.Object({
      for_action: Type.String({ minLength: 1, maxLength: 64 }),
      for_target: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 128,
          description: 'The id that the request will be about; absent: oneself',
        }),
      ),
    }),
    output: Type.Object({
      challenge_id: Type.String(),
      method: Type.Union([Type.Literal('totp'), Type.Literal('inbox')]),
      expires_at: Timestamp,
      sent_to: Type.Array(ClientId, { description: 'The devices that the code was delivered to' }),
    }),
    rule: 'everyone',
    kind: 'change',
    errors: ['challenge_unavailable'],
  }),
  'auth.totp_status': defineAction({
    summary: 'Whether an employee uses an authenticator app, and how many of the recovery codes are left.',
    input: Type.Object({ employee_id: Type.Optional(EmployeeId) }),
    output: Type.Object({
      employee_id: EmployeeId,
      enrolled: Type.Boolean({ description: 'It counts: auth.totp_confirm has proved it' }),
      enrolled_at: Type.Union([Timestamp, Type.Null()]),
      codes_left: Type.Integer({ description: 'Recovery codes that were not used yet' }),
    }),
    rule: 'self_or_org_manage',
    kind: 'read',
    errors: ['employee_not_found'],
  }),
  'auth.totp_enroll': defineAction({
    summary: 'Begins to use an authenticator app: shows its secret once. It counts from auth.totp_confirm on.',
    input: Type.Object({ ...CHALLENGE_FIELDS }),
    output: Type.Object({
      otpauth_url: Type.Optional(Type.String({ description: 'For a QR code' })),
      secret_withheld: SecretWithheld,
    }),
    rule: 'everyone',
    kind: 'change',
    errors: ['totp_enrolled'],
    sensitive: 'once_enrolled',
    audited: ['challenge_id'],
    secrets: ['otpauth_url'],
  }),
  'auth.totp_confirm': defineAction({
    summary: 'Proves that the authenticator shows the right codes, and answers the codes to keep for when it is lost.',
    input: Type.Object({ code: Type.String({ pattern: '^[0-9]{6}$' }) }),
    output: Type.Object({
      recovery_codes: RecoveryCodes,
      secret_withheld: SecretWithheld,
    }),
    rule: 'everyone',
    kind: 'change',
    errors: ['totp_enrolled', 'totp_not_enrolled', 'challenge_failed'],
    audited: [],
    secrets: ['recovery_codes'],
  }),
  'auth.totp_renew_codes': defineAction({
    summary: 'Answers new recovery codes; those from before work no more.',
    input: Type.Object({ ...CHALLENGE_FIELDS }),
    output: Type.Object({ recovery_codes: RecoveryCodes, secret_withheld: SecretWithheld }),
    rule: 'everyone',
    kind: 'change',
    errors: ['totp_not_enrolled'],
    sensitive: 'once_enrolled',
    audited: ['challenge_id'],
    secrets: ['recovery_codes'],
  }),
  'auth.totp_remove': defineAction({
    summary: 'Stops using the authenticator, the own one or that of an employee who has lost it.',
    input: Type.Object({ employee_id: Type.Optional(EmployeeId), ...CHALLENGE_FIELDS }),
    output: Type.Object({ employee_id: EmployeeId }),
    rule: 'credentials_manage',
    kind: 'change',
    errors: ['employee_not_found', 'totp_not_enrolled'],
    sensitive: 'always',
    audited: ['employee_id', 'challenge_id'],
    target: 'employee_id',
  }),
}
