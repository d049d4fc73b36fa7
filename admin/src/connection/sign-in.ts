import { isClientId, isId, ownerOf } from '@mchat/schema/ids'
import { type Credentials, connect, type MChatClient, memoryStore, RequestRejectedError } from '@mchat/sdk'
import { deployment } from '../deployment.ts'

/** What a person gives to sign in. */
export type SignInWith =
  | { readonly kind: 'password'; readonly name: string; readonly password: string; readonly brokerAddress: string }
  /** As `employee.create`, `device.add` and `first-admin.json` have it. */
  | { readonly kind: 'file'; readonly credentials: Credentials; readonly brokerAddress: string }

const DEVICE_ID = 'console'
/** The longest somebody stays signed in; the credential made for it ends then, wherever it is. */
export const SIGNED_IN_DAYS = 1

/** Whether it can be what somebody signs in with: an employee_id, or a client_id where credentials are bound to devices. */
export const isSignInName = (name: string): boolean =>
  deployment.bindsCredentials ? isClientId(name) && isId(ownerOf(name)) : isId(name)

/** Where brokers bind a credential to one device, people sign in with the client_id of that one. */
const credentialsOf = (given: SignInWith): Credentials => {
  if (given.kind === 'file') {
    const { employee_id, mqtt_connection } = given.credentials
    return { employee_id, mqtt_connection: { ...mqtt_connection, ws_url: given.brokerAddress } }
  }
  const isDevice = given.name.split('_').length > 2 && deployment.bindsCredentials
  const employeeId = isDevice ? given.name.split('_').slice(0, -2).join('_') : given.name
  return {
    employee_id: employeeId,
    mqtt_connection: {
      ...deployment.connection,
      ws_url: given.brokerAddress,
      mqtt_username: given.name,
      mqtt_password: given.password,
      ...(isDevice ? { client_id: given.name } : {}),
    },
  }
}

/**
 * Makes this tab a device of its own and answers its credential. What was typed in is used once, for that, and not kept.
 * @throws what `connect` and `device.add` throw
 */
export const signIn = async (given: SignInWith): Promise<Credentials> => {
  const credentials = credentialsOf(given)
  const client = await connect(credentials, {
    store: memoryStore(),
    presence: false,
    typing: false,
    device: DEVICE_ID,
    deviceInfo: 'MChat console, signing in',
    timing: { openMs: 15_000 },
  })
  try {
    const added = await addDevice(client)
    const { ws_url } = credentials.mqtt_connection
    return {
      employee_id: client.employeeId,
      mqtt_connection: { ...added, ...(ws_url === undefined ? {} : { ws_url }) },
    }
  } finally {
    // A session of a credential that is bound to a device is that device's own, which stays signed in.
    if (credentials.mqtt_connection.client_id === undefined) await client.auth.logout({}).catch(() => undefined)
    await client.close()
  }
}

const addDevice = async (client: MChatClient): Promise<Credentials['mqtt_connection']> => {
  const add = async () => await client.device.add({ device_id: DEVICE_ID, expires_in_days: SIGNED_IN_DAYS })
  try {
    return (await add()).mqtt_connection
  } catch (error) {
    if (!(error instanceof RequestRejectedError) || error.reason !== 'too_many_devices') throw error
    await removeOldest(client)
    return (await add()).mqtt_connection
  }
}

/** Tabs that were closed without signing out leave a device each until it expires. */
const removeOldest = async (client: MChatClient): Promise<void> => {
  const { devices } = await client.device.list({})
  const oldest = devices
    .filter(({ client_id }) => client_id.startsWith(`${client.employeeId}_${DEVICE_ID}_`))
    .toSorted((a, b) => a.created_at.localeCompare(b.created_at))[0]
  if (oldest !== undefined) await client.session.revoke({ client_id: oldest.client_id })
}
