import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type IConnectPacket, type Packet, parser, writeToStream } from 'mqtt-packet'
import { authenticate, type HookTarget, type Identity, matches } from './authorisation.ts'
import { Channel, type Cluster, emptySession, type Message, realFilter, type Session, type Will } from './channel.ts'

/** `mqtt.session_expiry_interval`, which counts for MQTT 3.1.1. */
const SESSION_EXPIRY_SECONDS = 86_400
const BAD_CREDENTIALS = { 4: 5, 5: 135 }

/** Where messages go, and whose session is where. */
export class Broker implements Cluster {
  /** Whoever was let in waits for this before they are connected: a cluster that takes its time. */
  admission: ((clientId: string) => Promise<void>) | undefined
  readonly hook: HookTarget
  readonly durable: boolean
  readonly #channels = new Map<string, Channel>()
  readonly #connecting = new Map<string, Promise<void>>()
  readonly #retained = new Map<string, Message>()
  readonly #sockets = new Set<Socket>()
  readonly #server: Server

  constructor(hook: HookTarget, durable: boolean) {
    this.hook = hook
    this.durable = durable
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket))
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels
  }

  publish(message: Message, retain: boolean): boolean {
    if (retain && message.payload.length === 0) this.#retained.delete(message.topic)
    else if (retain) this.#retained.set(message.topic, message)
    const shares = new Set<string>()
    let isHeard = false
    for (const channel of this.#channels.values()) {
      for (const [filter, qos] of channel.session.subscriptions) {
        if (!matches(message.topic, realFilter(filter))) continue
        isHeard = true
        if (filter.startsWith('$share/')) shares.add(filter)
        else channel.deliver({ ...message, qos: message.qos === 0 ? 0 : qos })
      }
    }
    for (const share of shares) this.#handOut({ ...message, share })
    return isHeard
  }

  retained(filter: string): readonly Message[] {
    return [...this.#retained.values()].filter(({ topic }) => matches(topic, filter))
  }

  ended(channel: Channel, unanswered: readonly Message[]): void {
    if (this.#channels.get(channel.clientId) === channel) this.#channels.delete(channel.clientId)
    for (const message of unanswered) this.#handOut(message)
  }

  /** `hash_clientid`, as far as the sender is in the topic. */
  #handOut(message: Message): void {
    const members = [...this.#channels.values()].filter((one) => one.session.subscriptions.has(message.share ?? ''))
    const hash = [...message.topic].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0)
    members[hash % members.length]?.deliver(message)
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const packets = parser()
    let channel: Channel | undefined
    let connected: Promise<void> | undefined
    packets.on('error', () => socket.destroy())
    packets.on('packet', (packet: Packet) => {
      if (connected === undefined) {
        if (packet.cmd !== 'connect') return void socket.destroy()
        connected = this.#connect(socket, packet).then((opened) => {
          channel = opened
        })
      } else void connected.then(() => channel?.receive(packet))
    })
    socket.on('data', (chunk: Buffer) => packets.parse(chunk))
  }

  async #connect(socket: Socket, packet: IConnectPacket): Promise<Channel | undefined> {
    const version = packet.protocolVersion === 5 ? 5 : 4
    const identity = await authenticate(this.hook, {
      clientid: packet.clientId,
      username: packet.username ?? '',
      password: packet.password?.toString() ?? '',
    })
    const answer = (code: number, sessionPresent: boolean): void => {
      const codes = version === 5 ? { reasonCode: code } : { returnCode: code }
      if (!socket.destroyed)
        writeToStream({ cmd: 'connack', sessionPresent, ...codes }, socket, { protocolVersion: version })
    }
    if (identity === undefined || packet.clientId === '') {
      answer(BAD_CREDENTIALS[version], false)
      socket.end()
      return undefined
    }
    await this.admission?.(packet.clientId)
    return await this.#alone(packet.clientId, async () => {
      const clean = packet.clean !== false
      const known = this.#channels.get(packet.clientId)
      const session = (await known?.takeOver(!clean)) ?? emptySession()
      // Gone while it waited.
      if (socket.destroyed) return undefined
      const channel = this.#open(socket, packet, identity, session, version)
      answer(0, known !== undefined && !clean)
      channel.resume()
      return channel
    })
  }

  #open(socket: Socket, packet: IConnectPacket, identity: Identity, session: Session, version: 4 | 5): Channel {
    const given = packet.properties?.sessionExpiryInterval ?? 0
    const channel = new Channel({
      cluster: this,
      identity,
      socket,
      version,
      session,
      expirySeconds: version === 5 ? given : packet.clean === false ? SESSION_EXPIRY_SECONDS : 0,
      will: willOf(packet),
    })
    this.#channels.set(packet.clientId, channel)
    return channel
  }

  /** One connection after the other for each client_id. */
  async #alone<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#connecting.get(clientId)
    const done = (before ?? Promise.resolve()).then(work)
    this.#connecting.set(
      clientId,
      done.then(
        () => undefined,
        () => undefined,
      ),
    )
    return await done
  }
}

const willOf = ({ will }: IConnectPacket): Will | undefined =>
  will === undefined
    ? undefined
    : {
        topic: will.topic,
        payload: Buffer.from(will.payload),
        qos: will.qos === 0 ? 0 : 1,
        retain: will.retain === true,
      }
