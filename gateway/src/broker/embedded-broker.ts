import type { Duplex } from 'node:stream'
import { mayPublish, maySubscribe, ownerOf, type RightsSubject, type Topics } from '@mchat/schema'
import { Aedes, type AuthenticateError, type Client, type PublishPacket, type Subscription } from 'aedes'
import type { IncomingRequest } from '../link/link.ts'
import type { Log } from '../ops/log.ts'
import { type Arrival, Arrivals } from './arrivals.ts'
import { BrokerPersistence } from './broker-persistence.ts'
import { ConnectionWriter } from './connection-writer.ts'
import { limitPackets } from './packet-limit.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { TooManySubscriptionsError } from './sessions/session-table.ts'
import type { Sessions } from './sessions/sessions.ts'

/** What the broker asks the rest of the gateway. */
export interface BrokerHooks {
  /** Says who connects, and opens their session; undefined refuses. */
  login(login: BrokerLogin): Promise<string | undefined>
  /** The rights of a client at this moment; undefined when it has none, since its session or its employee's time is over. */
  subject(clientId: string, employeeId: string): Promise<RightsSubject | undefined>
  /** A request arrived; the client's PUBACK waits for the promise, which never rejects. */
  request(request: IncomingRequest): Promise<void>
  /** A client (or its will) says whether its employee is online; already checked to be its own status. */
  status(employeeId: string, clientId: string, payload: Buffer, isWill: boolean): Promise<void>
}

export interface BrokerLogin {
  readonly clientId: string
  readonly username: string
  readonly secret: string
}

export interface BrokerLimits {
  readonly packetBytes: number
  readonly connectTimeoutSeconds: number
  readonly subscriptionsPerClient: number
  readonly concurrentRequestsPerClient: number
}

export interface EmbeddedBrokerOptions {
  readonly topics: Topics
  readonly store: SessionStore
  readonly sessions: Sessions
  readonly hooks: BrokerHooks
  readonly limits: BrokerLimits
  readonly log: Log
}

interface ConnectedClient {
  readonly client: Client
  readonly writer: ConnectionWriter
  readonly employeeId: string
  readonly arrival: Arrival
  /** Filters that were granted and are not subscribed yet. */
  readonly granted: Set<string>
  /** Topic of this client's requests up to the seq_id. */
  readonly requestRoot: string
  requests: number
  /** Set when it is thrown out: its will must not speak for it any more. */
  expelled: boolean
}

/** Where aedes is sent with a publish that has been taken care of: nobody can subscribe to it. */
const CONSUMED = '$mchat/consumed'
const EMPTY = Buffer.alloc(0)
/** Characters; the longest topic there is has an encoded skill in it. */
const MAX_FILTER_LENGTH = 1024

/** aedes' internal message bus, which has nothing to do here: Sessions delivers. */
const silentBus = {
  on: (_topic: string, _listener: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  removeListener: (_topic: string, _listener: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  emit: (_packet: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  close: (done?: () => void) => done !== undefined && setImmediate(done),
}

/** What a CONNECT said, from preConnect until authenticate: aedes keeps it to itself in between. */
const pendingConnects = new WeakMap<
  Client,
  { clientId: string; will: { topic: string; retain: boolean } | undefined }
>()

const refusal = (returnCode: 2 | 3 | 4 | 5, message: string): AuthenticateError =>
  Object.assign(new Error(message), { returnCode })

/**
 * The MQTT 3.1.1 broker inside the gateway: aedes speaks the protocol, the hooks below decide, Sessions delivers.
 * Whatever is not allowed by schema/src/rights.ts is refused: a SUBSCRIBE with 128, a PUBLISH by closing the connection
 * (3.1.1 has no other way to tell), a CONNECT by its return code, a forbidden will already at CONNECT.
 */
export class EmbeddedBroker {
  readonly #aedes: Aedes
  readonly #options: EmbeddedBrokerOptions
  readonly #connected = new Map<string, ConnectedClient>()
  readonly #byClient = new WeakMap<Client, ConnectedClient>()
  readonly #arrivals = new Arrivals()
  readonly #clientIdsOf = new Map<string, Set<string>>()
  #expulsions = 0
  #acceptsRequests = true

  private constructor(options: EmbeddedBrokerOptions) {
    this.#options = options
    this.#aedes = new Aedes({
      mq: silentBus,
      persistence: new BrokerPersistence<Client>(options.store, {
        isWaiting: (client) => (this.#byClient.get(client)?.granted.size ?? 0) > 0,
        allowed: (client, subscriptions) => this.#takeGranted(client, subscriptions),
      }),
      connectTimeout: options.limits.connectTimeoutSeconds * 1000,
      drainTimeout: 30_000,
      maxClientsIdLength: 128,
      preConnect: (client, packet, callback) => {
        const { clientId, will } = packet
        pendingConnects.set(client, {
          clientId,
          will: will === undefined ? undefined : { topic: will.topic, retain: will.retain === true },
        })
        callback(null, true)
      },
      authenticate: (client, username, password, done) => {
        this.#authenticate(client, username, password).then(
          () => done(null, true),
          (error: AuthenticateError) => done(error, null),
        )
      },
      authorizeSubscribe: (client, subscription, callback) => {
        this.#authorizeSubscribe(client, subscription).then(
          (granted) => callback(null, granted ? subscription : null),
          (error: Error) => callback(error),
        )
      },
      authorizePublish: (client, packet, callback) => this.#takePublish(client, packet, callback),
      // Nothing is delivered by aedes itself.
      authorizeForward: () => null,
    })
    this.#aedes.on('clientReady', (client) => this.#attach(client))
    this.#aedes.on('clientDisconnect', (client) => this.#detach(client))
    this.#aedes.on('subscribe', (subscriptions, client) => this.#background(this.#subscribed(subscriptions, client)))
    this.#aedes.on('unsubscribe', (filters, client) => {
      if (client.clean) this.#background(options.sessions.unsubscribe(client.id, filters))
    })
    for (const event of ['clientError', 'connectionError'] as const) {
      this.#aedes.on(event, (client, error) => {
        options.log.debug({ client_id: client.id, error: error.message }, 'connection ended')
      })
    }
    for (const clientId of options.sessions.clientIds()) this.#remember(clientId)
    options.sessions.watchEnds((clientId) => this.#forgetIfGone(clientId))
  }

  static async start(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(options)
    await broker.#aedes.listen()
    return broker
  }

  /** Takes over a new connection: a TCP or TLS socket, or a WebSocket's stream. */
  accept(stream: Duplex): void {
    limitPackets(stream, this.#options.limits.packetBytes, () => {
      this.#options.log.info({}, 'a connection was ended: packet too large')
    })
    this.#aedes.handle(stream)
  }

  get connections(): number {
    return this.#connected.size
  }

  isConnected(clientId: string): boolean {
    return this.#connected.has(clientId)
  }

  /** The client_ids of an employee that are connected, about to be, or have a session here. */
  clientIdsOf(employeeId: string): ReadonlySet<string> {
    return this.#clientIdsOf.get(employeeId) ?? new Set()
  }

  /** Subscribes for a client, connected or not, as its own SUBSCRIBE would. One that has no room for it goes without. */
  async subscribe(clientId: string, filter: string): Promise<void> {
    const clean = this.#connected.get(clientId)?.client.clean ?? false
    try {
      await this.#options.sessions.subscribe(clientId, clean, [{ filter, qos: 1 }])
    } catch (error) {
      if (!(error instanceof TooManySubscriptionsError)) throw error
      this.#options.log.warn({ client_id: clientId }, 'a client has too many subscriptions to hear its new group')
    }
  }

  /** Is another device of the employee connected? */
  hasOtherConnection(employeeId: string, clientId: string): boolean {
    for (const other of this.clientIdsOf(employeeId)) {
      if (other !== clientId && this.#connected.has(other)) return true
    }
    return false
  }

  /** Throws a client out: the connection is closed without its will, its session with everything queued is gone. */
  async expel(clientId: string): Promise<void> {
    this.#expulsions++
    this.#arrivals.expel(clientId)
    const connected = this.#connected.get(clientId)
    if (connected !== undefined) {
      connected.expelled = true
      await new Promise<void>((resolve) => connected.client.close(() => resolve()))
    }
    await this.#options.store.deleteWill(clientId)
    await this.#options.sessions.purge(clientId)
    this.#forgetIfGone(clientId)
  }

  /** From now on requests are left unacknowledged, so that clients send them again after the restart. */
  refuseRequests(): void {
    this.#acceptsRequests = false
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()))
  }

  async #authenticate(client: Client, username: string | undefined, password: Buffer | undefined): Promise<void> {
    const { clientId, will } = pendingConnects.get(client) ?? { clientId: '', will: undefined }
    if (username === undefined || password === undefined) throw refusal(4, 'no credentials')
    // aedes asks a turn after the CONNECT; of a connection that has ended by then nobody would ever hear the end.
    if (client.closed || client.conn.closed || client.conn.destroyed) throw refusal(3, 'gone')
    const { topics } = this.#options
    const arrival = this.#arrivals.add(clientId, client, () => this.#forgetIfGone(clientId))
    this.#remember(clientId)
    const employeeId = await this.#login({ clientId, username, secret: password.toString('utf8') }, arrival)
    const connected: ConnectedClient = {
      client,
      writer: new ConnectionWriter(client.conn, () => client.close()),
      employeeId,
      arrival,
      granted: new Set(),
      requestRoot: topics.request(clientId, ''),
      requests: 0,
      expelled: false,
    }
    const subject = await this.#subjectOf(clientId, employeeId)
    if (subject === undefined || arrival.expelled) throw refusal(5, 'not authorised')
    if (will !== undefined && !mayPublish(will.topic, will.retain, subject, topics.prefix)) {
      throw refusal(5, 'the will is not allowed')
    }
    if (will !== undefined && topics.parseStatus(will.topic) === undefined) throw refusal(5, 'the will is not a status')
    this.#byClient.set(client, connected)
  }

  /** Asks again when the client was thrown out meanwhile: what was read may be from before. */
  async #login(login: BrokerLogin, arrival: Arrival): Promise<string> {
    try {
      for (;;) {
        arrival.expelled = false
        const employeeId = await this.#options.hooks.login(login)
        if (employeeId === undefined) break
        if (arrival.expelled) continue
        arrival.admitted = true
        return employeeId
      }
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'a login could not be checked')
      throw refusal(3, 'unavailable')
    }
    throw refusal(5, 'not authorised')
  }

  /** A database that is away is no reason to tell a client that its credentials are wrong. */
  async #subjectOf(clientId: string, employeeId: string): Promise<RightsSubject | undefined> {
    try {
      return await this.#options.hooks.subject(clientId, employeeId)
    } catch (error) {
      this.#options.log.warn({ error: String(error) }, 'the rights of a login could not be read')
      throw refusal(3, 'unavailable')
    }
  }

  #attach(client: Client): void {
    const connected = this.#byClient.get(client)
    if (connected === undefined || client.closed) return
    const { sessions } = this.#options
    // When a client_id comes again while its connection is closing, aedes loses track of the new one: it neither closes
    // it for the next nor tells of its end.
    const before = this.#connected.get(client.id)
    this.#connected.set(client.id, connected)
    this.#remember(client.id)
    this.#arrivals.remove(client.id, connected.arrival)
    sessions.attach(client.id, client.clean, connected.writer)
    client.conn.on('drain', () => sessions.resume(client.id))
    client.conn.once('close', () => this.#detach(client))
    before?.client.close()
  }

  #detach(client: Client): void {
    const connected = this.#byClient.get(client)
    if (connected === undefined) return
    this.#options.sessions.detach(client.id, connected.writer)
    if (this.#connected.get(client.id) === connected) this.#connected.delete(client.id)
    this.#forgetIfGone(client.id)
  }

  async #authorizeSubscribe(client: Client, subscription: Subscription): Promise<boolean> {
    const connected = this.#byClient.get(client)
    if (connected === undefined || connected.expelled) return false
    const { hooks, limits, sessions, topics } = this.#options
    const { topic } = subscription
    const subject = await hooks.subject(client.id, connected.employeeId)
    const known = sessions.subscriptionsOf(client.id)
    const isKnown = known.has(topic)
    const room = isKnown || known.size + connected.granted.size < limits.subscriptionsPerClient
    const fits = room && topic.length <= MAX_FILTER_LENGTH
    const granted = fits && subject !== undefined && maySubscribe(topic, subject, topics.prefix)
    if (granted && !isKnown) connected.granted.add(topic)
    // A subscription of a returning session that is no longer allowed goes with what it had queued.
    if (!granted && isKnown) await sessions.revoke(client.id, [topic])
    return granted
  }

  /**
   * Those of a SUBSCRIBE that were granted, looked at again at the very moment of subscribing: the rights may have
   * changed since the first look, and the client may be gone, which must not bring back its session.
   */
  async #takeGranted<S extends { readonly topic: string }>(client: Client, subscriptions: readonly S[]): Promise<S[]> {
    const connected = this.#byClient.get(client)
    if (connected === undefined) return []
    const { hooks, sessions, topics } = this.#options
    const subject = await hooks.subject(client.id, connected.employeeId)
    const known = sessions.subscriptionsOf(client.id)
    const granted = subscriptions.filter(({ topic }) => connected.granted.delete(topic) || known.has(topic))
    if (subject === undefined || connected.expelled || client.closed) return []
    return granted.filter(({ topic }) => maySubscribe(topic, subject, topics.prefix))
  }

  /** SUBACK is on its way. Persistent sessions have been subscribed before it, clean ones are now. */
  async #subscribed(subscriptions: readonly Subscription[], client: Client): Promise<void> {
    const { sessions } = this.#options
    const granted = subscriptions.filter((subscription) => (subscription.qos as number) !== 128)
    const allowed = (await this.#takeGranted(client, granted)).map(
      ({ topic, qos }) => ({ filter: topic, qos: qos === 0 ? 0 : 1 }) as const,
    )
    if (client.clean && allowed.length > 0) await sessions.subscribe(client.id, true, allowed)
    sessions.sendRetained(client.id, allowed)
  }

  #takePublish(client: Client | null, packet: PublishPacket, callback: (error?: Error | null) => void): void {
    const connected = client === null ? undefined : this.#byClient.get(client)
    if (client === null || connected === undefined) {
      // Only the wills of an earlier process come without a client, and those are taken care of at the start.
      callback(new Error('not a connected client'))
      return
    }
    const { topic, payload, retain, qos } = packet
    const isWill = (client as Client & { will?: unknown }).will === packet
    packet.topic = CONSUMED
    packet.payload = EMPTY
    packet.retain = false
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload
    if (topic.startsWith(connected.requestRoot) && !retain && !isWill) {
      this.#takeRequest(connected, { topic, payload: bytes, qos, vouchedEmployeeId: connected.employeeId }, callback)
      return
    }
    if (connected.expelled) {
      callback(new Error('expelled'))
      return
    }
    this.#takeStatus(connected, topic, retain, bytes, isWill).then(
      () => callback(null),
      (error: Error) => callback(error),
    )
  }

  #takeRequest(connected: ConnectedClient, request: IncomingRequest, callback: (error?: Error | null) => void): void {
    // Unacknowledged, the request comes again when the client reconnects.
    if (!this.#acceptsRequests || connected.expelled) return
    if (connected.requests >= this.#options.limits.concurrentRequestsPerClient) {
      callback(new Error('too many unanswered requests'))
      return
    }
    connected.requests++
    this.#options.hooks.request(request).then(
      () => {
        connected.requests--
        callback(null)
      },
      (error: Error) => callback(error),
    )
  }

  async #takeStatus(
    connected: ConnectedClient,
    topic: string,
    retain: boolean,
    payload: Buffer,
    isWill: boolean,
  ): Promise<void> {
    const { hooks, topics } = this.#options
    const clientId = connected.client.id
    let subject: RightsSubject | undefined
    let expulsions: number
    // A will speaks for a client that is gone, and being thrown out while the rights are read must silence it.
    do {
      expulsions = this.#expulsions
      subject = await hooks.subject(clientId, connected.employeeId)
    } while (expulsions !== this.#expulsions)
    const allowed = subject !== undefined && mayPublish(topic, retain, subject, topics.prefix)
    if (!allowed || connected.expelled) throw new Error('not allowed to publish there')
    await hooks.status(connected.employeeId, clientId, payload, isWill)
  }

  #remember(clientId: string): void {
    const owner = ownerOf(clientId)
    const known = this.#clientIdsOf.get(owner)
    if (known === undefined) this.#clientIdsOf.set(owner, new Set([clientId]))
    else known.add(clientId)
  }

  #forgetIfGone(clientId: string): void {
    if (this.#connected.has(clientId) || this.#arrivals.has(clientId) || this.#options.sessions.has(clientId)) return
    const owner = ownerOf(clientId)
    const known = this.#clientIdsOf.get(owner)
    known?.delete(clientId)
    if (known?.size === 0) this.#clientIdsOf.delete(owner)
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#options.log.error({ error: String(error) }, 'a subscription could not be kept'),
    )
  }
}
