import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { BrokerKind } from '../../config.ts'
import type { BrokerEndpoint } from '../../link/mqtt-connection.ts'
import { newUuid } from '../../platform/random.ts'

export interface Heard {
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
}

export interface ProbeOptions {
  readonly clientId?: string
  /** false: the broker keeps the session (with MQTT 5 for a minute). */
  readonly clean?: boolean
  readonly acknowledges?: boolean
  readonly will?: { readonly topic: string; readonly payload: string }
  readonly endpoint?: BrokerEndpoint
}

/** A broker that is being examined: everything happens below one topic that nobody else uses. */
export class ExaminedBroker implements AsyncDisposable {
  readonly kind: BrokerKind
  readonly endpoint: BrokerEndpoint
  /** `…/mchat/gateway/doctor_…`, which gateways alone may use. */
  readonly topic: string
  readonly #clients = new Set<ProbeConnection>()

  constructor(kind: BrokerKind, endpoint: BrokerEndpoint, topic: string) {
    this.kind = kind
    this.endpoint = endpoint
    this.topic = topic
  }

  async connect(options: ProbeOptions = {}): Promise<ProbeConnection> {
    const connection = await ProbeConnection.connect(this.endpoint, options)
    this.#clients.add(connection)
    return connection
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#clients].map((client) => client.forget()))
  }
}

/** One connection to the broker that is examined. */
export class ProbeConnection {
  readonly clientId: string
  readonly heard: Heard[] = []
  readonly sessionPresent: boolean
  readonly #client: MqttClient
  readonly #endpoint: BrokerEndpoint
  readonly #isKept: boolean
  readonly #listeners = new Set<() => void>()

  private constructor(client: MqttClient, sessionPresent: boolean, endpoint: BrokerEndpoint, options: ProbeOptions) {
    this.#client = client
    this.#endpoint = endpoint
    this.#isKept = options.clean === false
    this.clientId = client.options.clientId ?? ''
    this.sessionPresent = sessionPresent
    client.setMaxListeners(0)
    client.on('error', () => undefined)
  }

  static async connect(endpoint: BrokerEndpoint, options: ProbeOptions): Promise<ProbeConnection> {
    const { acknowledges = true, clean = true, clientId = `mchat_doctor_${newUuid().slice(0, 8)}`, will } = options
    const target = options.endpoint ?? endpoint
    const { ca, password, protocolVersion, url, username } = target
    const client = mqtt.connect(url, {
      clientId,
      clean,
      protocolVersion,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(ca === undefined ? {} : { ca }),
      ...(will === undefined ? {} : { will: { ...will, payload: Buffer.from(will.payload), qos: 1, retain: false } }),
      ...(clean || protocolVersion !== 5 ? {} : { properties: { sessionExpiryInterval: 60 } }),
    } satisfies IClientOptions)
    let connection: ProbeConnection | undefined
    const early: IPublishPacket[] = []
    client.handleMessage = (packet, next) => {
      const publish = packet as IPublishPacket
      if (connection === undefined) early.push(publish)
      else connection.#hear(publish)
      next(acknowledges ? undefined : new Error('never acknowledged'))
    }
    const sessionPresent = await new Promise<boolean>((resolve, reject) => {
      client.once('connect', (packet) => resolve(packet.sessionPresent))
      client.once('error', reject)
      client.once('close', () => reject(new Error('the connection was closed')))
    })
    const { stream } = client
    if ('setNoDelay' in stream) (stream as unknown as { setNoDelay(): void }).setNoDelay()
    connection = new ProbeConnection(client, sessionPresent, target, options)
    for (const packet of early) connection.#hear(packet)
    return connection
  }

  /** @returns whether it was granted */
  async subscribe(filter: string): Promise<boolean> {
    const [grant] = await this.#client.subscribeAsync(filter, { qos: 1 }).catch(() => [])
    return grant !== undefined && grant.qos < 128
  }

  /** Resolves with the acknowledgement; rejects when it is refused (MQTT 5) or the connection is lost. */
  async publish(topic: string, payload: string | Buffer, retain = false): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const lost = (): void => reject(new Error('the connection was closed'))
      this.#client.once('close', lost)
      this.#client.publish(topic, payload, { qos: 1, retain }, (error) => {
        this.#client.removeListener('close', lost)
        if (error) reject(error)
        else resolve()
      })
    })
  }

  /** Resolves when so many have come, or after a time. @returns how many there are then */
  async waitFor(count: number, milliseconds: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
      const look = (): void => {
        if (this.heard.length >= count) resolve()
      }
      this.#listeners.add(look)
      look()
    })
    clearTimeout(timer)
    return this.heard.length
  }

  get isConnected(): boolean {
    return this.#client.connected
  }

  /** Resolves when the broker has ended the connection, or after a time. @returns whether it has */
  async closed(milliseconds: number): Promise<boolean> {
    if (!this.#client.connected) return true
    let timer: NodeJS.Timeout | undefined
    const closed = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), milliseconds)
      this.#client.once('close', () => resolve(true))
    })
    clearTimeout(timer)
    return closed
  }

  /** As if the machine were gone, as far as this can be done from here. */
  break(): void {
    this.#client.stream.destroy()
  }

  /** A DISCONNECT; what the broker keeps of the session stays. */
  async leave(): Promise<void> {
    await this.#client.endAsync(false).catch(() => undefined)
  }

  /** Leaves nothing behind on the broker. */
  async forget(): Promise<void> {
    await this.#client.endAsync(true).catch(() => undefined)
    if (!this.#isKept) return
    const last = await ProbeConnection.connect(this.#endpoint, { clientId: this.clientId }).catch(() => undefined)
    await last?.leave()
  }

  #hear({ payload, retain, topic }: IPublishPacket): void {
    this.heard.push({ topic, payload: payload.toString(), retained: retain })
    for (const listener of this.#listeners) listener()
  }
}
