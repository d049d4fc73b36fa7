import type { IPublishPacket, MqttClient } from 'mqtt'
import { writeToStream } from 'mqtt-packet'
import type { Log } from '../ops/log.ts'
import { type BrokerEndpoint, MqttConnection } from './mqtt-connection.ts'
import type { RequestWindow } from './request-window.ts'
import { subscribe } from './subscribe.ts'

/** The MQTT session that requests come to. */
export interface IntakeSession {
  readonly clientId: string
  /** true: the broker hands what is unanswered to other gateways when the connection ends. */
  readonly clean: boolean
  /** MQTT 5: how long the broker keeps a session that is not clean. */
  readonly sessionExpirySeconds?: number
}

export interface IntakeOptions {
  readonly endpoint: BrokerEndpoint
  readonly session: IntakeSession
  /** What it subscribes to, and a topic of its own that nobody else publishes to. */
  readonly filter: string
  readonly markerTopic: string
  readonly window: RequestWindow
  /** The request is acknowledged when this resolves, and comes again when it rejects. */
  readonly onRequest: (packet: IPublishPacket) => Promise<void>
  /** Only what the session holds is answered; it is not subscribed. */
  readonly isLeaving?: boolean
  readonly mayConnect?: () => boolean
  readonly log: Log
}

/**
 * Takes requests from a shared subscription, through one MQTT session.
 *
 * Each is acknowledged when it has been answered, so the acknowledgement is written here: delaying mqtt.js' own would let
 * in one request at a time.
 */
export class Intake {
  readonly #options: IntakeOptions
  readonly #connection: MqttConnection
  #underWay = 0
  #leaving = false
  #paused = false
  #onIdle: (() => void) | undefined
  #onMarker: (() => void) | undefined

  constructor(options: IntakeOptions) {
    const { endpoint, filter, log, mayConnect, session } = options
    this.#options = options
    this.#leaving = options.isLeaving === true
    this.#connection = new MqttConnection({
      endpoint,
      ...session,
      log,
      ...(mayConnect === undefined ? {} : { mayConnect }),
      onPublish: (packet, client, next) => this.#take(packet, client, next),
      onConnect: async (client) => {
        if (!this.#leaving) await subscribe(client, filter)
      },
    })
  }

  get session(): IntakeSession {
    return this.#options.session
  }

  live(): Promise<void> {
    return this.#connection.live()
  }

  get problem(): string | undefined {
    return this.#connection.problem
  }

  /**
   * Asks for no more, and answers everything the broker has set aside for this session. What it has not handed out when
   * the subscription ends is still in its queue for us, so a message of our own at the end of that queue tells when there
   * is nothing left.
   * @returns false when the connection was lost on the way: something may be left in the session
   */
  async drain(): Promise<boolean> {
    this.#leaving = true
    const { client } = this.#connection
    const isEmpty = this.#connection.isLive && (await this.#empty(client))
    await this.#idle()
    return isEmpty && client === this.#connection.client && client.connected
  }

  /** Takes no more, and resolves when what was taken is answered. The broker keeps the rest for this session. */
  async pause(): Promise<void> {
    this.#paused = true
    await this.#idle()
  }

  /** Leaves in order. @param ends the session, which is empty, goes with the connection (MQTT 5) */
  close(ends: boolean): Promise<void> {
    this.#leaving = true
    return this.#connection.close(ends)
  }

  /** Leaves at once; what is under way is not acknowledged and belongs to others. */
  abandon(): void {
    this.#leaving = true
    this.#connection.abandon()
  }

  async #empty(client: MqttClient): Promise<boolean> {
    const { filter, markerTopic } = this.#options
    const { promise: marked, resolve } = Promise.withResolvers<boolean>()
    this.#onMarker = () => resolve(true)
    client.once('close', () => resolve(false))
    try {
      await Promise.race([client.unsubscribeAsync(filter), marked])
      await Promise.race([subscribe(client, markerTopic), marked])
      client.publish(markerTopic, '', { qos: 1 }, (error) => {
        if (error) resolve(false)
      })
      return await marked
    } catch {
      return false
    }
  }

  async #idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
  }

  #take(packet: IPublishPacket, client: MqttClient, next: (error?: Error) => void): void {
    const { markerTopic, onRequest, window } = this.#options
    if (packet.topic === markerTopic) {
      this.#onMarker?.()
      next()
      return
    }
    // Left on the broker: Mosquitto gives it to whoever subscribes, shared or not, so a request would be carried out once
    // more by every gateway that starts. What is published now has no such flag.
    if (packet.retain) {
      next()
      return
    }
    if (this.#paused) {
      next(DEFERRED)
      return
    }
    this.#underWay++
    onRequest(packet)
      .then(
        () => {
          // The packet id means nothing on another connection.
          if (packet.qos === 1 && client === this.#connection.client) acknowledge(client, packet.messageId)
        },
        () => {
          // Unanswered, so it has to come again, which brokers do on a new connection only.
          if (client === this.#connection.client) this.#connection.renew()
        },
      )
      .finally(() => {
        this.#underWay--
        window.leave()
        if (this.#underWay === 0) this.#onIdle?.()
      })
    window.enter(() => next(packet.qos === 1 ? DEFERRED : undefined))
  }
}

/** mqtt.js sends no PUBACK for a message whose handler fails, and goes on with the next. */
const DEFERRED = new Error('acknowledged later')

const acknowledge = (client: MqttClient, messageId: number | undefined): void => {
  if (messageId === undefined || client.stream.destroyed) return
  const { protocolVersion = 4 } = client.options
  writeToStream({ cmd: 'puback', messageId, reasonCode: 0 }, client.stream, { protocolVersion })
}
