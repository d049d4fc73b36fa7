import { Device } from './device.ts'
import type { TestGateway } from './gateway.ts'

export interface ConnectOptions {
  /** The same name is the same device again, with its session. Default `laptop`. */
  readonly device?: string
  readonly clean?: boolean
  /** false: nothing but the responses is subscribed. */
  readonly subscribe?: boolean
  /** Default `{employee_id}_{device}_1`. */
  readonly clientId?: string
  /** Default: the credential the person was hired with. */
  readonly secret?: string
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain: boolean }
}

/** An employee, and how to connect as them. */
export class Person {
  readonly id: string
  readonly name: string
  readonly secret: string
  readonly #gateway: TestGateway

  constructor(gateway: TestGateway, identity: { readonly id: string; readonly name: string; readonly secret: string }) {
    this.#gateway = gateway
    this.id = identity.id
    this.name = identity.name
    this.secret = identity.secret
  }

  clientId(device = 'laptop'): string {
    return `${this.id}_${device}_1`
  }

  /** Opens a connection with a session that is kept, listening to the inbox and the own devices. */
  async connect(options: ConnectOptions = {}): Promise<Device> {
    const { topics, mqttPort } = this.#gateway
    const clientId = options.clientId ?? this.clientId(options.device)
    const device = await Device.connect({
      port: mqttPort,
      topics,
      employeeId: this.id,
      clientId,
      secret: options.secret ?? this.secret,
      clean: options.clean ?? false,
      will: options.will,
    })
    this.#gateway.own(device)
    const own = [topics.inbox(this.id), topics.inboxStream(this.id), topics.sync(this.id)]
    await device.subscribe(topics.responses(clientId), ...(options.subscribe === false ? [] : own))
    return device
  }
}
