import type { MqttConnection } from '@mchat/schema'
import { hashToken } from '../access/credentials.ts'
import { credentials } from '../db/repositories/credentials.ts'
import { newId, newToken } from '../platform/random.ts'
import type { ChangeContext } from '../router/context.ts'

/**
 * Makes a credential and tells how to connect with it. Only its hash is kept, so this is the one time it can be shown.
 * @param clientId set: the credential opens this client_id only
 */
export const issueCredential = async (
  context: ChangeContext,
  employeeId: string,
  clientId?: string,
): Promise<MqttConnection> => {
  const token = newToken()
  await credentials.insert(context.tx, {
    credential_id: newId('cred'),
    employee_id: employeeId,
    client_id: clientId ?? null,
    kind: 'token',
    secret_hash: hashToken(token),
    now: context.now,
  })
  return { ...context.access.connection(employeeId, clientId), mqtt_password: token }
}
