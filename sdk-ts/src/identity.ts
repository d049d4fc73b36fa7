import type { StoreWriter } from './device-store.ts'
import { NotConnectedError } from './errors.ts'
import { DEVICE_ID_PATTERN, isClientId, isId, isServiceId, ownerOf } from './generated/ids.ts'
import type { MqttConnection } from './generated/types.ts'
import type { ClientOptions, Credentials } from './options.ts'
import { randomId } from './random.ts'
import type { TransportOptions } from './transport.ts'

/** Most tabs of one browser profile that can be connected at once, each with its own client_id. */
const SLOTS = 20

const isBrowser = (): boolean => 'document' in globalThis || 'importScripts' in globalThis

/** Who connects, and where to. Checked before anything is sent. */
export interface Account {
  readonly employeeId: string
  readonly connection: MqttConnection
  readonly address: TransportOptions['address']
  readonly device: string
  /** Set where the client_id is given and not made here. */
  readonly clientId: string | undefined
  /** Prefix of this account's keys in the device store. */
  readonly storeKey: string
}

const NO_CREDENTIALS = 'not what employee.create or device.add answers, nor the mqtt_connection in it'

/** @throws {TypeError} what was passed cannot make a connection; the message says why */
export const accountOf = (credentials: Credentials | MqttConnection, options: ClientOptions): Account => {
  if (typeof credentials !== 'object' || credentials === null) throw new TypeError(NO_CREDENTIALS)
  const connection = 'mqtt_connection' in credentials ? credentials.mqtt_connection : credentials
  const { client_id_scheme, mqtt_password, mqtt_username } = connection ?? {}
  if (typeof client_id_scheme !== 'string' || typeof mqtt_username !== 'string') throw new TypeError(NO_CREDENTIALS)
  if (mqtt_password === undefined)
    throw new TypeError('the mqtt_connection has no mqtt_password, which is told only once')
  const named = 'mqtt_connection' in credentials ? credentials.employee_id : undefined
  const device = options.device ?? (isBrowser() ? 'web' : 'node')
  if (!new RegExp(DEVICE_ID_PATTERN).test(device)) throw new TypeError(`not a device id: ${device}`)
  if (connection.service_id !== undefined && connection.service_id !== '' && !isServiceId(connection.service_id)) {
    throw new TypeError(`not a service_id: ${connection.service_id}`)
  }
  const clientId = connection.client_id ?? options.clientId
  const employeeId = options.employeeId ?? named ?? ownerOf(clientId ?? schemeOwner(connection))
  if (!isId(employeeId)) throw new TypeError('cannot tell whose connection this is; pass employeeId')
  if (clientId !== undefined && (!isClientId(clientId) || ownerOf(clientId) !== employeeId)) {
    throw new TypeError(`the client_id ${clientId} does not belong to ${employeeId}`)
  }
  const service = connection.service_id ?? ''
  return {
    employeeId,
    connection,
    address: addressOf(connection, options),
    device,
    clientId,
    storeKey: `mchat/${service}/${employeeId}/`,
  }
}

const addressOf = (connection: MqttConnection, options: ClientOptions): TransportOptions['address'] => {
  const transport = options.transport ?? (isBrowser() ? 'websocket' : 'tcp')
  if (transport === 'tcp') {
    const { broker_host: host, broker_port: port, use_tls } = connection
    return { host, port, tls: use_tls ? (options.tls ?? {}) : undefined }
  }
  if (connection.ws_url === undefined) throw new TypeError('the mqtt_connection has no ws_url, which browsers need')
  return { url: connection.ws_url }
}

/** A scheme such as `emp_1_{device_id}_{uuid}` names the employee; one with `{employee_id}` leaves it to the username. */
const schemeOwner = ({ client_id_scheme: scheme, mqtt_username: username }: MqttConnection): string =>
  scheme.includes('{employee_id}') || !scheme.includes('{')
    ? (username.split('@')[0] ?? '')
    : scheme.replaceAll(/\{\w+\}/g, 'x')

const makeClientId = ({ connection, employeeId, device }: Account): string => {
  const filled = connection.client_id_scheme.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    if (name === 'employee_id') return employeeId
    return name === 'device_id' || name === 'device' ? device : randomId()
  })
  const usable = filled !== connection.client_id_scheme && isClientId(filled) && ownerOf(filled) === employeeId
  return usable ? filled : `${employeeId}_${device}_${randomId()}`
}

export interface ClaimedId {
  readonly clientId: string
  /** Whether this client_id has had a session on the broker before. */
  readonly known: boolean
  release(): void
}

export type Claim = ((name: string) => Promise<(() => void) | undefined>) | undefined

/**
 * The client_id of this device: as given, or the one made here before, or a new one, kept for the next time.
 * @throws {NotConnectedError} another tab or process of this device is connected with it
 */
export const claimClientId = async (account: Account, store: StoreWriter, claim: Claim): Promise<ClaimedId> => {
  const { clientId, storeKey } = account
  if (clientId !== undefined) {
    const release = claim === undefined ? () => undefined : await claim(`${storeKey}${clientId}`)
    if (release === undefined) throw new NotConnectedError(`${clientId} is connected from elsewhere on this device`)
    return { clientId, known: await hadSession(store, storeKey, clientId), release }
  }
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const key = `${storeKey}client_id/${account.device}/${slot}`
    const release = claim === undefined ? () => undefined : await claim(key)
    if (release === undefined) continue
    const stored = await store.read(key)
    if (stored !== undefined && isClientId(stored) && ownerOf(stored) === account.employeeId) {
      return { clientId: stored, known: await hadSession(store, storeKey, stored), release }
    }
    const made = makeClientId(account)
    store.write(key, made)
    return { clientId: made, known: false, release }
  }
  throw new NotConnectedError(`${SLOTS} clients of this account are already running on this device`)
}

/** Remembers for which client_ids the broker holds a session, so that its loss can be told from a first connection. */
export const sessionKey = (storeKey: string, clientId: string): string => `${storeKey}session/${clientId}`

const hadSession = async (store: StoreWriter, storeKey: string, clientId: string): Promise<boolean> =>
  (await store.read(sessionKey(storeKey, clientId))) === '1'
