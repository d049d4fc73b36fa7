import type { MqttConnection } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { credentials } from '../db/repositories/credentials.ts'
import { newId, newUuid } from '../platform/random.ts'
import type { Access } from './access.ts'
import { hashToken, type TokenOf } from './tokens.ts'

export interface IssueParts {
  readonly access: Pick<Access, 'bindsCredentials' | 'connection'>
  readonly tokenOf: TokenOf
}

/** A client_id that nobody has had: one that came back would get what the broker still keeps for it. */
export const newClientId = (employeeId: string, deviceId: string): string =>
  `${employeeId}_${deviceId}_${newUuid().slice(0, 8)}`

/**
 * Makes a credential and tells how to connect with it.
 * @param clientId set: the credential opens this client_id only
 * @param issuedBy the credential of the device that asks, when it asks for another device of its own
 */
export const issueToken = async (
  { access, tokenOf }: IssueParts,
  tx: Db,
  employeeId: string,
  now: Date,
  clientId?: string,
  issuedBy?: string | null,
): Promise<MqttConnection> => {
  const bound = clientId ?? (access.bindsCredentials ? newClientId(employeeId, 'main') : undefined)
  const credentialId = newId('cred')
  const token = tokenOf(credentialId)
  await credentials.insert(tx, {
    credential_id: credentialId,
    employee_id: employeeId,
    client_id: bound ?? null,
    kind: 'token',
    secret_hash: hashToken(token),
    issued_by: issuedBy ?? null,
    now,
  })
  return { ...access.connection(employeeId, bound), mqtt_password: token }
}
