import type { MqttConnection } from '../../schema/src/index.ts'
import { Device } from './device.ts'
import type { TestGateway } from './gateway.ts'

export interface ConnectOptions {
  /** The same name is the same device again, with its session. Default `laptop`. */
  readonly device?: string
  readonly clean?: boolean
  /** false: nothing but the responses is subscribed. */
  readonly subscribe?: boolean
  /** Default: that of the gateway's broker. */
  readonly port?: number
  /** false: no session is opened, where the broker does not do it. */
  readonly binds?: boolean
  /** Default `{employee_id}_{device}_1`. */
  readonly clientId?: string
  /** Default: the credential the person was hired with. */
  readonly secret?: string
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain: boolean }
}

export interface Identity {
  readonly id: string
  readonly name: string
  readonly connection: MqttConnection
}

export interface Login {
  readonly clientId: string
  readonly username: string
  readonly password: string
}

const DEFAULT_DEVICE = 'laptop'

/** An employee, and how to connect as them. */
export class Person {
  readonly id: string
  readonly name: string
  readonly secret: string
  readonly #gateway: TestGateway
  /** Where every device has a credential of its own: `mqtt_connection` by device. */
  readonly #bound = new Map<string, { readonly client_id: string; readonly secret: string }>()

  /** @param device the one that the credential is for, where it is for one only */
  constructor(gateway: TestGateway, identity: Identity, device = DEFAULT_DEVICE) {
    this.#gateway = gateway
    this.id = identity.id
    this.name = identity.name
    this.secret = identity.connection.mqtt_password ?? ''
    const { client_id } = identity.connection
    if (client_id !== undefined) this.#bound.set(device, { client_id, secret: this.secret })
  }

  /** Where devices have credentials of their own, that of one that has connected. */
  clientId(device = DEFAULT_DEVICE): string {
    return this.#bound.get(device)?.client_id ?? `${this.id}_${device}_1`
  }

  /** Opens a connection with a session that is kept, listening to the inbox and the own devices. */
  async connect(options: ConnectOptions = {}): Promise<Device> {
    const { topics, mqttPort } = this.#gateway
    const bound = this.#gateway.bindsCredentials
      ? await this.#credentialOf(options.device ?? DEFAULT_DEVICE)
      : undefined
    const clientId = options.clientId ?? bound?.client_id ?? this.clientId(options.device)
    const device = await Device.connect({
      port: options.port ?? mqttPort,
      topics,
      employeeId: this.id,
      clientId,
      username: bound === undefined ? undefined : clientId,
      secret: options.secret ?? bound?.secret ?? this.secret,
      clean: options.clean ?? false,
      will: options.will,
    })
    this.#gateway.own(device)
    const own = [topics.inbox(this.id), topics.inboxStream(this.id), topics.sync(this.id)]
    await device.subscribe(topics.responses(clientId), ...(options.subscribe === false ? [] : own))
    if (bound !== undefined && options.binds !== false) await device.call('auth.bind', { employee_id: this.id })
    return device
  }

  /** What a device of this name connects with, for connections that are made by hand. */
  async login(device = DEFAULT_DEVICE): Promise<Login> {
    if (!this.#gateway.bindsCredentials) {
      return { clientId: this.clientId(device), username: this.id, password: this.secret }
    }
    const { client_id, secret } = await this.#credentialOf(device)
    return { clientId: client_id, username: client_id, password: secret }
  }

  async #credentialOf(device: string): Promise<{ readonly client_id: string; readonly secret: string }> {
    const known = this.#bound.get(device)
    if (known !== undefined) return known
    const office = await this.#gateway.office
    const added = await office.call('device.add', { employee_id: this.id, device_id: device })
    const { client_id = '', mqtt_password = '' } = added.mqtt_connection
    const credential = { client_id, secret: mqtt_password }
    this.#bound.set(device, credential)
    return credential
  }
}
