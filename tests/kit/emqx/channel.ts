import type { Socket } from 'node:net'
import { type IPublishPacket, type ISubscribePacket, type Packet, writeToStream } from 'mqtt-packet'
import { Authorisation, type AuthorisedAction, type HookTarget, type Identity } from './authorisation.ts'

export interface Message {
  readonly topic: string
  readonly payload: Buffer
  readonly qos: 0 | 1
  /** Of the shared subscription it was handed out for. */
  readonly share?: string
}

/** What of a broker its clients' processes need. */
export interface Cluster {
  readonly hook: HookTarget
  readonly durable: boolean
  /** @returns whether anybody has subscribed to it */
  publish(message: Message, retain: boolean): boolean
  retained(filter: string): readonly Message[]
  /** The session is over. @param unanswered of shared subscriptions, for their other members */
  ended(channel: Channel, unanswered: readonly Message[]): void
}

export interface Session {
  /** Filters as clients write them, with the QoS that was granted. */
  readonly subscriptions: Map<string, 0 | 1>
  readonly queue: Message[]
  readonly inflight: Map<number, Message>
}

export interface Will extends Message {
  readonly retain: boolean
}

export interface ChannelOptions {
  readonly cluster: Cluster
  readonly identity: Identity
  readonly socket: Socket
  readonly version: 4 | 5
  readonly session: Session
  /** 0: the session ends with the connection. */
  readonly expirySeconds: number
  readonly will: Will | undefined
}

export const emptySession = (): Session => ({ subscriptions: new Map(), queue: [], inflight: new Map() })

/** The real filter of a shared subscription, and the others as they are. */
export const realFilter = (filter: string): string => filter.replace(/^\$share\/[^/]+\//, '')

const NOT_AUTHORISED = 135
const NO_SUBSCRIBERS = 16
const TAKEN_OVER = 142
const ADMINISTRATIVE_ACTION = 152

/** The process of one client in EMQX: it does one thing after the other, packets, deliveries and calls alike. */
export class Channel {
  readonly identity: Identity
  readonly session: Session
  readonly #options: ChannelOptions
  readonly #authorisation: Authorisation
  readonly #expiry: NodeJS.Timeout | undefined
  #mailbox: Promise<unknown> = Promise.resolve()
  #will: Will | undefined
  #expirySeconds: number
  #isConnected = true
  #hasEnded = false
  #packetId = 0

  constructor(options: ChannelOptions) {
    this.#options = options
    const { cluster, expirySeconds, identity, session, socket, will } = options
    this.identity = identity
    this.session = session
    this.#will = will
    this.#expirySeconds = expirySeconds
    this.#authorisation = new Authorisation(cluster.hook, identity)
    const { expiresAt } = identity
    if (expiresAt !== undefined) this.#expiry = setTimeout(() => socket.destroy(), Math.max(0, expiresAt - Date.now()))
    socket.once('close', () => void this.call(() => this.#disconnected()))
  }

  get clientId(): string {
    return this.identity.clientId
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** A durable session that is away has no process. */
  get hasProcess(): boolean {
    return this.#isConnected || !this.#options.cluster.durable
  }

  /** In the process, behind everything it was sent before. */
  call<T>(work: () => Promise<T> | T): Promise<T> {
    const done = this.#mailbox.then(work)
    this.#mailbox = done.catch(() => undefined)
    return done
  }

  receive(packet: Packet): void {
    void this.call(() => this.#handle(packet))
  }

  /** Whatever it has subscribed to by the time it gets to it: EMQX does not look again. */
  deliver(message: Message): void {
    void this.call(() => this.#deliver(message))
  }

  /** Sends what the session has kept. */
  resume(): void {
    void this.call(() => {
      for (const [messageId, message] of this.session.inflight) this.#send(message, messageId, true)
      for (const message of this.session.queue.splice(0)) this.#deliver(message)
    })
  }

  forgetAuthorisations(): Promise<void> {
    return this.call(() => this.#authorisation.forget())
  }

  /** The session goes on in another process, or is over. */
  async takeOver(keeps: boolean): Promise<Session> {
    return this.call(async () => {
      await this.#publishWill()
      this.#expirySeconds = 0
      this.#write({ cmd: 'disconnect', reasonCode: TAKEN_OVER })
      this.#close()
      if (!keeps) this.#end()
      this.#hasEnded = true
      return keeps ? this.session : emptySession()
    })
  }

  kick(): Promise<void> {
    return this.call(async () => {
      await this.#publishWill()
      this.#write({ cmd: 'disconnect', reasonCode: ADMINISTRATIVE_ACTION })
      this.#close()
      // Nothing of it is handed on.
      this.session.inflight.clear()
      this.session.queue.length = 0
      this.#end()
    })
  }

  async #disconnected(): Promise<void> {
    if (!this.#isConnected || this.#hasEnded) return
    await this.#publishWill()
    this.#close()
    if (this.#expirySeconds === 0) this.#end()
  }

  #close(): void {
    this.#isConnected = false
    clearTimeout(this.#expiry)
    this.#options.socket.end()
    this.#options.socket.destroySoon()
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    const unanswered = [...this.session.inflight.values(), ...this.session.queue].filter(
      ({ share }) => share !== undefined,
    )
    this.#options.cluster.ended(this, unanswered)
  }

  async #publishWill(): Promise<void> {
    const will = this.#will
    this.#will = undefined
    if (will === undefined) return
    const { cluster } = this.#options
    const action: AuthorisedAction = { action: 'publish', topic: will.topic, qos: will.qos, retain: will.retain }
    if (await this.#authorisation.allows(action)) cluster.publish(will, will.retain)
  }

  async #handle(packet: Packet): Promise<void> {
    if (!this.#isConnected) return
    switch (packet.cmd) {
      case 'publish':
        return await this.#publish(packet)
      case 'subscribe':
        return await this.#subscribe(packet)
      case 'unsubscribe':
        for (const filter of packet.unsubscriptions) this.session.subscriptions.delete(filter)
        this.#write({ cmd: 'unsuback', messageId: packet.messageId ?? 0, granted: packet.unsubscriptions.map(() => 0) })
        return
      case 'puback':
        this.session.inflight.delete(packet.messageId ?? 0)
        return
      case 'pingreq':
        this.#write({ cmd: 'pingresp' })
        return
      case 'disconnect':
        this.#will = undefined
        this.#expirySeconds = packet.properties?.sessionExpiryInterval ?? this.#expirySeconds
        await this.#disconnected()
        return
      default:
        this.#options.socket.destroy()
    }
  }

  async #publish({ messageId, payload, qos, retain, topic }: IPublishPacket): Promise<void> {
    // `max_qos_allowed = 1`.
    if (qos === 2) return void this.#options.socket.destroy()
    const allowed = await this.#authorisation.allows({ action: 'publish', topic, qos, retain })
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    const isHeard = allowed && this.#options.cluster.publish({ topic, payload: bytes, qos }, retain)
    if (qos === 0) return
    // MQTT 3.1.1 has no word for "no".
    const reasonCode = allowed ? (isHeard ? 0 : NO_SUBSCRIBERS) : NOT_AUTHORISED
    this.#write({ cmd: 'puback', messageId: messageId ?? 0, reasonCode })
  }

  async #subscribe({ messageId, subscriptions }: ISubscribePacket): Promise<void> {
    const granted: number[] = []
    const added: string[] = []
    for (const { qos, topic } of subscriptions) {
      const action = { action: 'subscribe', topic: realFilter(topic), qos, retain: false } as const
      if (await this.#authorisation.allows(action)) {
        this.session.subscriptions.set(topic, qos === 0 ? 0 : 1)
        granted.push(qos === 0 ? 0 : 1)
        added.push(topic)
      } else granted.push(this.#options.version === 5 ? NOT_AUTHORISED : 128)
    }
    this.#write({ cmd: 'suback', messageId: messageId ?? 0, granted })
    for (const filter of added.filter((one) => !one.startsWith('$share/'))) {
      for (const message of this.#options.cluster.retained(filter)) this.#deliver(message, true)
    }
  }

  #deliver(message: Message, retain = false): void {
    if (this.#hasEnded) return
    // `mqueue_store_qos0 = false`.
    if (message.qos === 0) {
      if (this.#isConnected) this.#send(message, undefined, false, retain)
      return
    }
    if (!this.#isConnected) return void this.session.queue.push(message)
    this.#packetId = (this.#packetId % 65_535) + 1
    while (this.session.inflight.has(this.#packetId)) this.#packetId++
    this.session.inflight.set(this.#packetId, message)
    this.#send(message, this.#packetId, false, retain)
  }

  #send({ payload, qos, topic }: Message, messageId: number | undefined, dup: boolean, retain = false): void {
    this.#write({ cmd: 'publish', topic, payload, qos, dup, retain, ...(messageId === undefined ? {} : { messageId }) })
  }

  #write(packet: Packet): void {
    const { socket, version } = this.#options
    if (packet.cmd === 'disconnect' && version === 4) return
    if (!socket.destroyed) writeToStream(packet, socket, { protocolVersion: version })
  }
}
