// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.

/** Limits of the contract that the client itself keeps to (contract sections 3 and 7). */
export const LIMITS = {
  /** Largest request payload, in bytes of UTF-8. */
  requestBytes: 65536,
  /** Most entries a list answers with at once. */
  pageSize: 200,
  /** Most characters of why an agent failed. */
  agentReasonChars: 256,
  /** Largest file that is put in one piece, in bytes. */
  filePutBytes: 104857600,
  /** How long a challenge is good, and how many wrong codes it takes. */
  challengeMinutes: 5,
  challengeTries: 5,
} as const

/** Actions that are published at QoS 0 and get no answer. */
export const UNANSWERED: readonly string[] = ['msg.typing', 'agent.delta']

/** Actions that may need a second factor, and the field with the id that it is bound to (contract section 5, S). */
export const SENSITIVE: Readonly<Record<string, string | undefined>> = {
  'auth.totp_enroll': undefined,
  'auth.totp_renew_codes': undefined,
  'auth.totp_remove': 'employee_id',
  'employee.update': 'employee_id',
  'employee.delete': 'employee_id',
  'employee.reset_credentials': 'employee_id',
  'group.dismiss': 'group_id',
}
