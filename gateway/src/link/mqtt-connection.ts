import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Log } from '../ops/log.ts'
import { randomFraction } from '../platform/random.ts'

/** Where the broker is, and who the gateway is to it. */
export interface BrokerEndpoint {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM of the authority that signed the broker's certificate; the system's otherwise. */
  readonly ca?: string | undefined
  readonly protocolVersion: 4 | 5
}

export interface ConnectionOptions {
  readonly endpoint: BrokerEndpoint
  readonly clientId: string
  /** false: the broker keeps the session, with what it has not been acknowledged for, while the gateway is away. */
  readonly clean: boolean
  /** How long it keeps it (MQTT 5; 3.1.1 leaves it to the broker's configuration). */
  readonly sessionExpirySeconds?: number
  readonly log: Log
  /** Called for every PUBLISH; what is to become of it is the caller's concern, see `acknowledge`. */
  readonly onPublish?: (packet: IPublishPacket, next: (error?: Error) => void) => void
  /** Called each time the connection is there, before anything is reported as live. */
  readonly onConnect?: (connection: MqttConnection) => Promise<void>
}

const KEEPALIVE_SECONDS = 30
const CONNECT_TIMEOUT_MS = 10_000
/** The first delay before connecting again, and the longest; each is drawn from the upper half. */
const RECONNECT_MS = { first: 200, longest: 10_000 }

/**
 * A connection to a broker that comes back by itself, after a random and growing time: when a broker restarts, all
 * gateways lose it at the same moment.
 */
export class MqttConnection {
  readonly client: MqttClient
  readonly #options: ConnectionOptions
  #failures = 0
  #live = false
  #waiting: (() => void)[] = []
  #problem = 'The broker has not been reached yet.'

  constructor(options: ConnectionOptions) {
    this.#options = options
    const { clean, clientId, endpoint, onPublish } = options
    const client = mqtt.connect(endpoint.url, { ...clientOptions(endpoint, options), clientId, clean })
    this.client = client
    if (onPublish !== undefined) client.handleMessage = (packet, next) => onPublish(packet as IPublishPacket, next)
    // Before mqtt.js' own listener, which takes the delay as it stands.
    client.prependListener('close', () => {
      this.#live = false
      client.options.reconnectPeriod = this.#nextDelay()
    })
    client.on('connect', () => this.#connected())
    client.on('error', (error) => this.#failed(error))
    client.on('close', () => {
      this.#problem = 'The connection to the broker is lost.'
    })
  }

  /** Connected, and whatever `onConnect` had to do is done. */
  get isLive(): boolean {
    return this.#live
  }

  /** Why it is not live, in a sentence. */
  get problem(): string | undefined {
    return this.#live ? undefined : this.#problem
  }

  /** Resolves when it is live. */
  async live(): Promise<void> {
    if (!this.#live) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Breaks the connection, so that the broker hands out again what it was not acknowledged for. */
  renew(): void {
    this.client.stream.destroy()
  }

  /** Leaves in order, with a DISCONNECT. */
  async close(): Promise<void> {
    this.#live = false
    await this.client.endAsync(false).catch(() => undefined)
  }

  /** Is gone without a word, and does not come back. */
  abandon(): void {
    this.#live = false
    this.client.end(true)
  }

  #connected(): void {
    const { onConnect } = this.#options
    const { stream } = this.client
    // Without noDelay a request waits for the delayed acknowledgement of the other side: 44 ms.
    if ('setNoDelay' in stream) (stream as unknown as { setNoDelay(): void }).setNoDelay()
    const settled = onConnect === undefined ? Promise.resolve() : onConnect(this)
    settled.then(
      () => {
        if (this.client.stream !== stream || !this.client.connected) return
        this.#failures = 0
        this.#live = true
        for (const resolve of this.#waiting.splice(0)) resolve()
      },
      (error: Error) => {
        this.#failed(error)
        if (this.client.stream === stream) this.renew()
      },
    )
  }

  #failed(error: Error): void {
    this.#problem = `The broker cannot be used: ${error.message}.`
    this.#options.log.warn({ client_id: this.#options.clientId, error: error.message }, 'the broker cannot be used')
  }

  #nextDelay(): number {
    const ceiling = Math.min(RECONNECT_MS.longest, RECONNECT_MS.first * 2 ** this.#failures)
    this.#failures++
    return Math.round((ceiling * (1 + randomFraction())) / 2)
  }
}

const clientOptions = (endpoint: BrokerEndpoint, options: ConnectionOptions): IClientOptions => ({
  protocolVersion: endpoint.protocolVersion,
  ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
  ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
  ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  keepalive: KEEPALIVE_SECONDS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  reconnectPeriod: RECONNECT_MS.first,
  // What is subscribed, and when, is said by onConnect.
  resubscribe: false,
  ...(endpoint.protocolVersion === 5 && options.sessionExpirySeconds !== undefined
    ? { properties: { sessionExpiryInterval: options.sessionExpirySeconds } }
    : {}),
})
