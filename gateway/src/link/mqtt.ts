import { MChatError, ownerOf, type Topics } from '@mchat/schema'
import { type IPublishPacket, writeToStream } from 'mqtt-packet'
import type { Log } from '../ops/log.ts'
import type { IncomingRequest, Link, PublishOptions } from './link.ts'
import { type BrokerEndpoint, MqttConnection } from './mqtt-connection.ts'

export interface MqttLinkOptions {
  readonly endpoint: BrokerEndpoint
  readonly topics: Topics
  readonly intake: IntakeSession
  /** Of the connection that publishes; nothing is kept for it. */
  readonly outClientId: string
  /** Requests under way; with as many the broker is read no further. */
  readonly concurrentRequests: number
  /** Does the broker let only the owner of a client_id publish its requests? */
  readonly vouches: boolean
  readonly log: Log
}

/** The MQTT session that requests come to; which one is the policy of the broker's driver. */
export interface IntakeSession {
  readonly clientId: string
  readonly clean: boolean
  readonly sessionExpirySeconds?: number
}

type OnRequest = (request: IncomingRequest) => Promise<void>

/** A publish that the broker has not acknowledged by then is not waited for; it may still arrive. */
const PUBLISH_MS = 20_000
const SUBSCRIPTION_REFUSED = 128

/**
 * The link to a broker over MQTT: one connection takes requests from the shared subscription, another publishes.
 *
 * Not one for both: mqtt.js handles what comes in one after the other, so that a request waiting for the PUBACK of its own
 * delivery would wait for ever. And the acknowledgement of a request is written here, when its handler has finished,
 * since delaying mqtt.js' own would let in one request at a time (brokers.md C).
 */
export class MqttLink implements Link {
  readonly #options: MqttLinkOptions
  #out: MqttConnection | undefined
  #in: MqttConnection | undefined
  #onRequest: OnRequest | undefined
  #underWay = 0
  readonly #waiting: (() => void)[] = []
  #onIdle: (() => void) | undefined
  #draining = false

  constructor(options: MqttLinkOptions) {
    this.#options = options
  }

  async start(onRequest: OnRequest): Promise<void> {
    const { endpoint, intake, log, outClientId, topics } = this.#options
    this.#onRequest = onRequest
    this.#out = new MqttConnection({ endpoint, clientId: outClientId, clean: true, log })
    await this.#out.live()
    this.#in = new MqttConnection({
      endpoint,
      ...intake,
      log,
      onPublish: (packet, next) => this.#take(packet, next),
      onConnect: (connection) => subscribe(connection, topics.sharedRequests),
    })
    await this.#in.live()
  }

  async publish(topic: string, payload: Buffer, options: PublishOptions): Promise<void> {
    const { qos, retain = false } = options
    const out = this.#out
    if (out === undefined) throw new MChatError('broker_unavailable')
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(new Error('the broker did not acknowledge in time')), PUBLISH_MS)
        out.client.publish(topic, payload, { qos, retain }, (error) => {
          if (error) reject(error)
          else resolve()
        })
      })
    } catch (cause) {
      throw new MChatError('broker_unavailable', { cause })
    } finally {
      clearTimeout(timer)
    }
  }

  notReady(): string | undefined {
    if (this.#draining) return 'The gateway is stopping.'
    if (this.#in === undefined || this.#out === undefined) return 'The broker link has not started.'
    return this.#in.problem ?? this.#out.problem
  }

  /** The broker gives its requests to others from now on; what it has given already is finished first. */
  async drain(): Promise<void> {
    this.#draining = true
    const intake = this.#in
    if (intake?.client.connected === true) {
      await intake.client.unsubscribeAsync(this.#options.topics.sharedRequests).catch(() => undefined)
    }
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
    await intake?.close()
    await this.#out?.close()
  }

  /**
   * Leaves at once and for good, acknowledging nothing more: what is under way belongs to another gateway. For one that
   * may not go on, because it has lost its lease.
   */
  abandon(): void {
    this.#draining = true
    this.#in?.abandon()
    this.#out?.abandon()
  }

  #take(packet: IPublishPacket, next: (error?: Error) => void): void {
    const intake = this.#in
    if (intake === undefined) return
    const { stream } = intake.client
    this.#underWay++
    this.#answer(packet)
      .then(
        () => {
          // The packet id means nothing on another connection.
          if (intake.client.stream === stream && packet.qos === 1) acknowledge(intake, packet.messageId)
        },
        () => {
          // Unanswered, so it has to come again, which brokers do on a new connection only.
          if (intake.client.stream === stream) intake.renew()
        },
      )
      .finally(() => this.#finished())
    const release = (): void => next(packet.qos === 1 ? DEFERRED : undefined)
    if (this.#underWay < this.#options.concurrentRequests) release()
    else this.#waiting.push(release)
  }

  async #answer(packet: IPublishPacket): Promise<void> {
    const { topics, vouches } = this.#options
    const { payload, qos, topic } = packet
    const ids = topics.parseRequest(topic)
    await this.#onRequest?.({
      topic,
      payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
      qos,
      vouchedEmployeeId: vouches && ids !== undefined ? ownerOf(ids.clientId) : undefined,
    })
  }

  #finished(): void {
    this.#underWay--
    this.#waiting.shift()?.()
    if (this.#underWay === 0) this.#onIdle?.()
  }
}

/** mqtt.js sends no PUBACK for a message whose handler fails, and goes on with the next. */
const DEFERRED = new Error('acknowledged later')

const acknowledge = ({ client }: MqttConnection, messageId: number | undefined): void => {
  if (messageId === undefined || client.stream.destroyed) return
  const { protocolVersion = 4 } = client.options
  writeToStream({ cmd: 'puback', messageId, reasonCode: 0 }, client.stream, { protocolVersion })
}

const subscribe = async ({ client }: MqttConnection, filter: string): Promise<void> => {
  const [grant] = await client.subscribeAsync(filter, { qos: 1 })
  if (grant === undefined || grant.qos >= SUBSCRIPTION_REFUSED) {
    throw new Error(`the broker refused the shared subscription ${filter}`)
  }
}
