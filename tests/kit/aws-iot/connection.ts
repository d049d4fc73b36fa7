import type { Socket } from 'node:net'
import {
  type IDisconnectPacket,
  type IPublishPacket,
  type ISubscribePacket,
  type ISubscription,
  type Packet,
  writeToStream,
} from 'mqtt-packet'
import { MAXIMUM_PACKET_BYTES, type Wish } from './admission.ts'
import type { Grant } from './authorizer.ts'
import { type Message, messageOf } from './message.ts'
import { Outbox } from './outbox.ts'
import type { Policy } from './policy.ts'
import { type Quotas, Rate } from './quotas.ts'
import type { Session } from './sessions.ts'
import { isFilter, isShared, isTopic, realFilter } from './topics.ts'

/** What of a broker its connections need. */
export interface Hub {
  readonly quotas: Quotas
  publish(message: Message): void
  retained(topic: string): Message | undefined
  /** What was kept for the shared subscription goes to its new member. */
  joined(session: Session, share: string): void
  /** Somebody may have left a shared subscription: nothing is kept for one without members. */
  left(): void
  /** A message is lost because of the quotas. */
  discard(): void
  /** Its session is away from now on, or over. */
  ended(connection: Connection): void
}

export interface Ending {
  /** An MQTT 5 client is told, one of MQTT 3.1.1 cannot be. */
  readonly reasonCode?: number
  readonly preventsWill?: boolean
  readonly cleansSession?: boolean
}

export interface ConnectionOptions {
  readonly hub: Hub
  readonly socket: Socket
  readonly wish: Wish
  readonly grant: Grant
  readonly session: Session
}

export const TAKEN_OVER = 142
export const ADMINISTRATIVE_ACTION = 152
export const NOT_AUTHORISED = 135
const PROTOCOL_ERROR = 130
const FILTER_INVALID = 143
const TOPIC_INVALID = 144
const ALIAS_INVALID = 148
const PACKET_TOO_LARGE = 149
const QUOTA_EXCEEDED = 151
const QOS_NOT_SUPPORTED = 155
const NO_SUBSCRIPTION_IDENTIFIERS = 161
const FAILURE = 128

/** One client that is connected. What it must not do ends the connection wherever the answer has no word for "no". */
export class Connection {
  readonly wish: Wish
  readonly session: Session
  /** Counts from now on, for what is under way as well. */
  policy: Policy
  readonly #hub: Hub
  readonly #socket: Socket
  readonly #traffic: Rate
  readonly #outbox: Outbox
  readonly #lifetime: NodeJS.Timeout
  #will: Wish['will']
  #hasEnded = false

  constructor({ grant, hub, session, socket, wish }: ConnectionOptions) {
    this.wish = wish
    this.session = session
    this.policy = grant.policy
    this.#hub = hub
    this.#socket = socket
    this.#will = wish.will
    this.#traffic = new Rate(hub.quotas.publishesPerSecond)
    this.#outbox = new Outbox({
      session,
      quotas: hub.quotas,
      traffic: this.#traffic,
      receiveMaximum: wish.receiveMaximum,
      mayReceive: (topic) => this.policy.allows('iot:Receive', `topic/${topic}`),
      send: (packet) => this.#write(packet),
      discarded: () => hub.discard(),
    })
    const lifetimeMs = grant.disconnectAfterSeconds * 1000
    this.#lifetime = setTimeout(() => this.close({ reasonCode: NOT_AUTHORISED }), lifetimeMs).unref()
    socket.once('close', () => this.close())
  }

  get clientId(): string {
    return this.wish.clientId
  }

  /** Sends what the session has kept. */
  resume(): void {
    for (const filter of this.session.subscriptions.keys()) {
      if (isShared(filter)) this.#hub.joined(this.session, filter)
    }
    this.#outbox.pump()
  }

  deliver(message: Message): void {
    this.#outbox.deliver(message)
  }

  /** When this returns its session is away or over, and the will published if it is to be. */
  close({ cleansSession = false, preventsWill = false, reasonCode }: Ending = {}): void {
    if (this.#hasEnded) return
    if (reasonCode !== undefined) this.#write({ cmd: 'disconnect', reasonCode })
    this.#hasEnded = true
    clearTimeout(this.#lifetime)
    this.#outbox.close()
    this.#socket.end()
    this.#socket.destroySoon()
    if (cleansSession) this.session.expirySeconds = 0
    this.#hub.ended(this)
    if (!preventsWill) this.#publishWill()
  }

  receive(packet: Packet): void {
    if (this.#hasEnded) return
    switch (packet.cmd) {
      case 'publish':
        return void this.#publish(packet)
      case 'subscribe':
        return void this.#subscribe(packet)
      case 'unsubscribe':
        for (const filter of packet.unsubscriptions) this.session.subscriptions.delete(filter)
        this.#hub.left()
        return void this.#write({
          cmd: 'unsuback',
          messageId: packet.messageId ?? 0,
          granted: packet.unsubscriptions.map(() => 0),
        })
      case 'puback':
        return void this.#outbox.acknowledged(packet.messageId ?? 0)
      case 'pingreq':
        return void this.#write({ cmd: 'pingresp' })
      case 'disconnect':
        return void this.#disconnect(packet)
      default:
        // PUBREC, PUBREL, PUBCOMP and AUTH are not supported, and the others are not a client's.
        return void this.close({ reasonCode: PROTOCOL_ERROR })
    }
  }

  #disconnect({ properties, reasonCode = 0 }: IDisconnectPacket): void {
    const { session } = this
    const asked = properties?.sessionExpiryInterval
    if (asked !== undefined && asked > 0 && session.expirySeconds === 0) {
      return void this.close({ reasonCode: PROTOCOL_ERROR })
    }
    if (asked !== undefined) session.expirySeconds = Math.min(asked, this.#hub.quotas.persistentSessionSeconds)
    this.close({ preventsWill: reasonCode === 0 })
  }

  #publish(packet: IPublishPacket): void {
    const { quotas } = this.#hub
    const { length = 0, messageId = 0, properties, qos, topic } = packet
    const message = messageOf(packet)
    if (qos === 2) return void this.close({ reasonCode: QOS_NOT_SUPPORTED })
    if (properties?.topicAlias !== undefined) return void this.close({ reasonCode: ALIAS_INVALID })
    if (!isTopic(topic, quotas)) return void this.close({ reasonCode: TOPIC_INVALID })
    if (message.payload.length > quotas.payloadBytes || length > MAXIMUM_PACKET_BYTES) {
      return void this.close({ reasonCode: PACKET_TOO_LARGE })
    }
    // No acknowledgement, and no word: the publisher waits for one until it gives up.
    if (!this.#traffic.take()) return void this.#hub.discard()
    const isAllowed = this.#mayPublish(message)
    if (!isAllowed && (qos === 0 || this.wish.version === 4)) return void this.close({ reasonCode: NOT_AUTHORISED })
    if (isAllowed) this.#hub.publish(message)
    if (qos === 1) this.#write({ cmd: 'puback', messageId, reasonCode: isAllowed ? 0 : NOT_AUTHORISED })
  }

  #publishWill(): void {
    const will = this.#will
    this.#will = undefined
    if (will === undefined) return
    const message = messageOf(will)
    if (this.#mayPublish(message)) this.#hub.publish(message)
  }

  #mayPublish({ retain, topic }: Message): boolean {
    const { policy } = this
    return (
      policy.allows('iot:Publish', `topic/${topic}`) &&
      (!retain || policy.allows('iot:RetainPublish', `topic/${topic}`))
    )
  }

  #subscribe({ messageId = 0, properties, subscriptions }: ISubscribePacket): void {
    const { quotas } = this.#hub
    if (properties?.subscriptionIdentifier !== undefined)
      return void this.close({ reasonCode: NO_SUBSCRIPTION_IDENTIFIERS })
    if (subscriptions.length > quotas.filtersPerSubscribe) return void this.close({ reasonCode: QUOTA_EXCEEDED })
    if (subscriptions.some(({ qos }) => qos === 2)) return void this.close({ reasonCode: QOS_NOT_SUPPORTED })
    if (!subscriptions.every(({ topic }) => isFilter(topic, quotas)))
      return void this.close({ reasonCode: FILTER_INVALID })
    // None of the options is among what AWS IoT Core supports.
    if (subscriptions.some(({ nl, rap, rh = 0 }) => nl === true || rap === true || rh > 0)) {
      return void this.close({ reasonCode: PROTOCOL_ERROR })
    }
    const answers = subscriptions.map((subscription) => this.#grant(subscription))
    const granted = answers.map((code) => (code >= FAILURE && this.wish.version === 4 ? FAILURE : code))
    this.#write({ cmd: 'suback', messageId, granted })
    for (const [i, { topic }] of subscriptions.entries()) {
      if ((answers[i] ?? FAILURE) < FAILURE) this.#catchUp(topic, answers[i] === 0 ? 0 : 1)
    }
  }

  /** @returns the QoS, or the reason why not */
  #grant({ qos, topic }: ISubscription): number {
    const { subscriptions } = this.session
    const filters = isShared(topic) ? [topic, realFilter(topic)] : [topic]
    const isAllowed = filters.every((filter) => this.policy.allows('iot:Subscribe', `topicfilter/${filter}`))
    if (!isAllowed) return NOT_AUTHORISED
    const isNew = !subscriptions.has(topic)
    if (isNew && subscriptions.size >= this.#hub.quotas.subscriptionsPerConnection) return QUOTA_EXCEEDED
    const granted = qos === 0 ? 0 : 1
    subscriptions.set(topic, granted)
    return granted
  }

  /** What is retained goes to filters that are the topic itself, and to none that is shared or has wildcards. */
  #catchUp(filter: string, qos: 0 | 1): void {
    if (isShared(filter)) {
      this.#hub.joined(this.session, filter)
      return void this.#outbox.pump()
    }
    const message = this.#hub.retained(filter)
    if (message !== undefined) this.deliver({ ...message, qos: message.qos === 0 ? 0 : qos })
  }

  #write(packet: Packet): void {
    const { version } = this.wish
    if (this.#hasEnded || this.#socket.destroyed || (packet.cmd === 'disconnect' && version === 4)) return
    writeToStream(packet, this.#socket, { protocolVersion: version })
  }
}
