import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt'
import type { Log } from '../ops/log.ts'
import { randomFraction } from '../platform/random.ts'
import type { Quota } from './publish-quota.ts'

/** Where the broker is, and who the gateway is to it. */
export interface BrokerEndpoint {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM of the authority that signed the broker's certificate; the system's otherwise. */
  readonly ca?: string | undefined
  readonly protocolVersion: 4 | 5
  /** How soon a connection that is gone without a word is noticed, times one and a half. Default: 10. */
  readonly keepaliveSeconds?: number
  /** The first delay before connecting again, which then grows. Default: 200. */
  readonly reconnectMs?: number
  /** Of each connection. Default: none. */
  readonly quota?: Quota
}

export interface ConnectionOptions {
  readonly endpoint: BrokerEndpoint
  readonly clientId: string
  /** false: the broker keeps the session, with what it has not been acknowledged for, while the gateway is away. */
  readonly clean: boolean
  /** How long it keeps it (MQTT 5; 3.1.1 leaves it to the broker's configuration). */
  readonly sessionExpirySeconds?: number
  readonly log: Log
  /** Called for every PUBLISH, with the connection it came over; what is to become of it is the caller's concern. */
  readonly onPublish?: (packet: IPublishPacket, client: MqttClient, next: (error?: Error) => void) => void
  /** Called each time the connection is there, before anything is reported as live. */
  readonly onConnect?: (client: MqttClient) => Promise<void>
  /** Called each time it is live no more. */
  readonly onLost?: () => void
  /** Asked before each attempt: a session that may belong to another gateway by now must not be taken from it. */
  readonly mayConnect?: () => boolean
}

/** A connection that died without a word is noticed after one and a half of it. */
const KEEPALIVE_SECONDS = 10
const CONNECT_TIMEOUT_MS = 10_000
const CLOSE_MS = 2000
/** What MQTT itself allows. */
const MAX_PACKET_BYTES = 268_435_455
/** The first delay before connecting again, and the longest; each is drawn from the upper half. */
const RECONNECT_MS = { first: 200, longest: 10_000 }

/**
 * A connection to a broker that comes back by itself, after a random and growing time: when a broker restarts, all
 * gateways lose it at the same moment.
 *
 * Each attempt is a client of its own. mqtt.js' reconnection would send again what had been published into a lost
 * connection, long after it was reported as failed and possibly after its receiver lost the right to it.
 */
export class MqttConnection {
  readonly #options: ConnectionOptions
  #client: MqttClient
  #failures = 0
  #largestPacket = MAX_PACKET_BYTES
  #live = false
  #ended = false
  #retry: NodeJS.Timeout | undefined
  #waiting: (() => void)[] = []
  #problem = 'The broker has not been reached yet.'

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = this.#connect()
  }

  /** The present attempt. */
  get client(): MqttClient {
    return this.#client
  }

  /** Bytes of the largest packet that the broker takes (MQTT 5, 3.2.2.3.6; it need not say). */
  get largestPacket(): number {
    return this.#largestPacket
  }

  /** Connected, and whatever `onConnect` had to do is done. */
  get isLive(): boolean {
    return this.#live
  }

  /** Why it is not live, in a sentence. */
  get problem(): string | undefined {
    return this.#live ? undefined : this.#problem
  }

  /** Resolves when it is live, or never will be. */
  async live(): Promise<void> {
    if (!this.#live && !this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Breaks the connection, so that the broker hands out again what it was not acknowledged for. */
  renew(): void {
    this.#client.stream.destroy()
  }

  /** Leaves in order, with a DISCONNECT. @param endsSession where the protocol can say so (MQTT 5, 3.14.2.2.2) */
  async close(endsSession = false): Promise<void> {
    this.#end()
    const { protocolVersion } = this.#options.endpoint
    const packet = endsSession && protocolVersion === 5 ? { properties: { sessionExpiryInterval: 0 } } : {}
    const client = this.#client
    // mqtt.js waits for what was not acknowledged, which without a connection is for ever.
    const left = client.connected ? client.endAsync(false, packet).catch(() => undefined) : undefined
    await Promise.race([left, sleep(CLOSE_MS, undefined, { ref: false })])
    client.end(true)
  }

  /** Is gone without a word, and does not come back. */
  abandon(): void {
    this.#end()
    this.#client.end(true)
  }

  #end(): void {
    this.#live = false
    this.#ended = true
    this.#options.onLost?.()
    clearTimeout(this.#retry)
    this.#tellWaiting()
  }

  #connect(): MqttClient {
    const { clean, clientId, endpoint, onPublish } = this.#options
    const client = mqtt.connect(endpoint.url, { ...clientOptions(endpoint, this.#options), clientId, clean })
    if (onPublish !== undefined) {
      client.handleMessage = (packet, next) => onPublish(packet as IPublishPacket, client, next)
    }
    client.on('connect', ({ properties }) => {
      this.#largestPacket = properties?.maximumPacketSize ?? MAX_PACKET_BYTES
      this.#connected(client)
    })
    client.on('error', (error) => this.#failed(error))
    client.on('disconnect', ({ reasonCode }) => {
      this.#problem = `The broker ended the connection (reason code ${reasonCode ?? 0}).`
    })
    client.on('close', () => this.#closed(client))
    return client
  }

  #connected(client: MqttClient): void {
    const { onConnect } = this.#options
    const { stream } = client
    // Without noDelay a request waits for the delayed acknowledgement of the other side: 44 ms.
    if ('setNoDelay' in stream) (stream as unknown as { setNoDelay(): void }).setNoDelay()
    const settled = onConnect === undefined ? Promise.resolve() : onConnect(client)
    settled.then(
      () => {
        if (this.#client !== client || !client.connected || this.#ended) return
        this.#failures = 0
        this.#live = true
        this.#tellWaiting()
      },
      (error: Error) => {
        this.#failed(error)
        client.stream.destroy()
      },
    )
  }

  #closed(client: MqttClient): void {
    if (this.#client !== client || this.#ended) return
    if (this.#live) this.#problem = 'The connection to the broker is lost.'
    this.#live = false
    this.#options.onLost?.()
    // What waits for the broker's acknowledgement fails now.
    client.end(true)
    const attempt = (): void => {
      const { mayConnect } = this.#options
      if (mayConnect !== undefined && !mayConnect()) this.#retry = setTimeout(attempt, RECONNECT_MS.first)
      else this.#client = this.#connect()
    }
    this.#retry = setTimeout(attempt, this.#nextDelay())
  }

  #failed(error: Error): void {
    this.#problem = `The broker cannot be used: ${error.message}.`
    this.#options.log.warn({ client_id: this.#options.clientId, error: error.message }, 'the broker cannot be used')
  }

  #tellWaiting(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #nextDelay(): number {
    const { reconnectMs = RECONNECT_MS.first } = this.#options.endpoint
    const ceiling = Math.min(RECONNECT_MS.longest, reconnectMs * 2 ** this.#failures)
    this.#failures++
    return Math.round((ceiling * (1 + randomFraction())) / 2)
  }
}

const clientOptions = (endpoint: BrokerEndpoint, options: ConnectionOptions): IClientOptions => ({
  protocolVersion: endpoint.protocolVersion,
  ...(endpoint.username === undefined ? {} : { username: endpoint.username }),
  ...(endpoint.password === undefined ? {} : { password: endpoint.password }),
  ...(endpoint.ca === undefined ? {} : { ca: endpoint.ca }),
  keepalive: endpoint.keepaliveSeconds ?? KEEPALIVE_SECONDS,
  // With it mqtt.js asks only when it has sent nothing for a while, and whoever goes on publishing never learns that
  // nobody is there.
  reschedulePings: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  reconnectPeriod: 0,
  ...(endpoint.protocolVersion === 5 && options.sessionExpirySeconds !== undefined
    ? { properties: { sessionExpiryInterval: options.sessionExpirySeconds } }
    : {}),
})
