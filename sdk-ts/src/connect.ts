import { MChatClient } from './client.ts'
import type { MqttConnection } from './generated/types.ts'
import { accountOf } from './identity.ts'
import type { ClientOptions, Credentials } from './options.ts'

/**
 * A client that is not connected yet: attach handlers, then `open()`.
 * @param credentials what `employee.create` or `device.add` answered, or the `mqtt_connection` in it
 * @throws {TypeError} they cannot make a connection; the message says why
 */
export const createClient = (credentials: Credentials | MqttConnection, options: ClientOptions = {}): MChatClient =>
  new MChatClient(accountOf(credentials, options), options)

/**
 * A connected client. When there is no session within `openMs` (30 s) it gives up and closes the client; for a program
 * that should start without a network use `createClient` and `open`, which goes on trying.
 * @param credentials what `employee.create` or `device.add` answered, or the `mqtt_connection` in it
 * @throws as `MChatClient.open`, and {TypeError} for credentials that cannot make a connection
 */
export const connect = async (
  credentials: Credentials | MqttConnection,
  options: ClientOptions = {},
): Promise<MChatClient> => {
  const client = createClient(credentials, options)
  try {
    await client.open()
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}
