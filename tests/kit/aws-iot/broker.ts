import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { type IConnectPacket, type Packet, parser, writeToStream } from 'mqtt-packet'
import { connackProperties, type Wish, wishOf } from './admission.ts'
import { type Authorizer, askAuthorizer, type Grant } from './authorizer.ts'
import { Connection, type Hub, NOT_AUTHORISED, TAKEN_OVER } from './connection.ts'
import { forSubscription, isExpired, type Message } from './message.ts'
import { type Quotas, Rate } from './quotas.ts'
import { Refusal, TOO_MANY } from './refusal.ts'
import { type Session, Sessions } from './sessions.ts'
import { isShared, matches, realFilter } from './topics.ts'

/** Who is let in, and where messages go. */
export class Broker implements Hub {
  /** Whoever was let in waits for this before they are connected: a service that takes its time. */
  admission: ((clientId: string) => Promise<void>) | undefined
  /** PUBLISH packets that are lost because of the quotas. What is only sent later is not among them. */
  discarded = 0
  /** `{client id}: {why it was not let in}`, which AWS IoT Core tells in its log and to nobody else. */
  readonly refusals: string[] = []
  readonly quotas: Quotas
  readonly #authorizer: Authorizer
  readonly #connections = new Map<string, Connection>()
  readonly #sessions = new Sessions()
  readonly #retained = new Map<string, Message>()
  readonly #keptForGroups = new Map<string, Message[]>()
  readonly #connectRates = new Map<string, Rate>()
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #turn = 0

  constructor(authorizer: Authorizer, quotas: Quotas) {
    this.#authorizer = authorizer
    this.quotas = quotas
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

  get connections(): ReadonlyMap<string, Connection> {
    return this.#connections
  }

  /**
   * Asks the authorizer again for every connection, as AWS IoT Core does after `refreshAfterInSeconds`, which here never
   * comes by itself. Whoever is denied is disconnected; the others have their new rights when this resolves.
   */
  async refreshPolicies(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => this.#refresh(connection)))
  }

  publish(message: Message): void {
    if (message.retain && message.payload.length === 0) this.#retained.delete(message.topic)
    else if (message.retain) this.#retained.set(message.topic, message)
    const shares = new Set<string>()
    for (const session of this.#sessions.all()) {
      for (const [filter, qos] of session.subscriptions) {
        if (!matches(message.topic, realFilter(filter))) continue
        if (isShared(filter)) shares.add(filter)
        else this.#deliver(session, forSubscription(message, qos))
      }
    }
    for (const share of shares) this.#handOut(share, message)
  }

  retained(topic: string): Message | undefined {
    const message = this.#retained.get(topic)
    return message === undefined || isExpired(message) ? undefined : message
  }

  joined(session: Session, share: string): void {
    // A subscription of QoS 0 gets nothing late.
    if (session.subscriptions.get(share) !== 1) return
    session.storedOfGroup.push(...(this.#keptForGroups.get(share) ?? []))
    this.#keptForGroups.delete(share)
  }

  left(): void {
    const sessions = [...this.#sessions.all()]
    for (const share of this.#keptForGroups.keys()) {
      if (!sessions.some(({ subscriptions }) => subscriptions.has(share))) this.#keptForGroups.delete(share)
    }
  }

  discard(): void {
    this.discarded++
  }

  ended({ clientId, session }: Connection): void {
    this.#connections.delete(clientId)
    this.#sessions.leave(session, () => this.left())
  }

  #deliver(session: Session, message: Message): void {
    const connection = this.#connections.get(session.clientId)
    if (connection !== undefined) connection.deliver(message)
    else if (message.qos === 1) session.stored.push(message)
  }

  /**
   * To one member that is online, in turn where AWS takes any. A member that has it keeps it: when its connection ends
   * before it has acknowledged, nobody else gets the message, and it itself only if its session is persistent. The
   * documents promise no more. While nobody is online it is kept for whoever of the group comes first.
   */
  #handOut(share: string, message: Message): void {
    const members = [...this.#sessions.all()].filter(({ subscriptions }) => subscriptions.has(share))
    const online = members.filter(({ clientId }) => this.#connections.has(clientId))
    const chosen = online[this.#turn++ % online.length]
    if (chosen !== undefined) {
      this.#deliver(chosen, forSubscription(message, chosen.subscriptions.get(share) ?? 0))
    } else if (message.qos === 1) {
      this.#keptForGroups.set(share, [...(this.#keptForGroups.get(share) ?? []), { ...message, retain: false }])
    }
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    const packets = parser()
    let isAsked = false
    let connection: Connection | undefined
    packets.on('error', () => socket.destroy())
    packets.on('packet', (packet: Packet) => {
      if (connection !== undefined) return void connection.receive(packet)
      // A client must wait for the CONNACK before it sends anything else.
      if (isAsked || packet.cmd !== 'connect') return void socket.destroy()
      isAsked = true
      this.#connect(socket, packet).then(
        (opened) => {
          connection = opened
        },
        () => socket.destroy(),
      )
    })
    socket.on('data', (chunk: Buffer) => packets.parse(chunk))
  }

  async #connect(socket: Socket, packet: IConnectPacket): Promise<Connection | undefined> {
    try {
      const wish = wishOf(packet, this.quotas)
      if (!this.#connectRateOf(wish.clientId).take()) throw new Refusal('too many CONNECT a second', TOO_MANY)
      const grant = await this.#authorise(wish)
      await this.admission?.(wish.clientId)
      // Gone while it waited.
      return socket.destroyed ? undefined : this.#open(socket, wish, grant)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusals.push(`${packet.clientId}: ${error.message}`)
      const codes = packet.protocolVersion === 5 ? { reasonCode: error.codes[5] } : { returnCode: error.codes[4] }
      const protocolVersion = packet.protocolVersion ?? 4
      if (!socket.destroyed)
        writeToStream({ cmd: 'connack', sessionPresent: false, ...codes }, socket, { protocolVersion })
      socket.end()
      return undefined
    }
  }

  /** @throws {Refusal} */
  async #authorise({ attributes, clientId, event }: Wish): Promise<Grant> {
    const grant = await askAuthorizer(this.#authorizer, event, this.quotas.authorizerSeconds)
    if (!grant.policy.allows('iot:Connect', `client/${clientId}`, attributes)) {
      throw new Refusal(`no statement allows iot:Connect with ${attributes.join(' and ') || 'no attributes'}`)
    }
    return grant
  }

  /** At once: between the end of an older connection and the CONNACK nothing else happens. */
  #open(socket: Socket, wish: Wish, grant: Grant): Connection {
    const { clientId, expirySeconds, resumes, version } = wish
    this.#connections.get(clientId)?.close({ reasonCode: TAKEN_OVER })
    const [session, sessionPresent] = this.#sessions.open({ clientId, version, expirySeconds }, resumes)
    this.left()
    const connection = new Connection({ hub: this, socket, wish, grant, session })
    this.#connections.set(clientId, connection)
    const answer =
      version === 5 ? { reasonCode: 0, properties: connackProperties(wish, this.quotas) } : { returnCode: 0 }
    writeToStream({ cmd: 'connack', sessionPresent, ...answer }, socket, { protocolVersion: version })
    connection.resume()
    return connection
  }

  async #refresh(connection: Connection): Promise<void> {
    try {
      const { policy } = await this.#authorise(connection.wish)
      connection.policy = policy
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      this.refusals.push(`${connection.clientId}: ${error.message}`)
      connection.close({ reasonCode: NOT_AUTHORISED })
    }
  }

  #connectRateOf(clientId: string): Rate {
    const rate = this.#connectRates.get(clientId) ?? new Rate(this.quotas.connectsPerSecond)
    this.#connectRates.set(clientId, rate)
    return rate
  }
}
