import type { Duplex } from 'node:stream'
import type { Topics } from '@mchat/schema'
import { Aedes, type Client } from 'aedes'
import type { Log } from '../ops/log.ts'
import { Admission } from './admission.ts'
import { type BrokerHooks, type BrokerLimits, Offence } from './broker-hooks.ts'
import { BrokerPersistence } from './broker-persistence.ts'
import { ConnectedClients } from './connected-clients.ts'
import { Keepalive } from './keepalive.ts'
import { PacketReader } from './packet-reader.ts'
import { Publishing } from './publishing.ts'
import type { SessionStore } from './sessions/session-store.ts'
import { TooManySubscriptionsError } from './sessions/session-table.ts'
import type { Sessions } from './sessions/sessions.ts'
import { Subscribing } from './subscribing.ts'

export interface EmbeddedBrokerOptions {
  readonly topics: Topics
  readonly store: SessionStore
  readonly sessions: Sessions
  readonly hooks: BrokerHooks
  readonly limits: BrokerLimits
  readonly log: Log
}

/** aedes' internal message bus, which has nothing to do here: Sessions delivers. */
const silentBus = {
  on: (_topic: string, _listener: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  removeListener: (_topic: string, _listener: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  emit: (_packet: unknown, done?: () => void) => done !== undefined && setImmediate(done),
  close: (done?: () => void) => done !== undefined && setImmediate(done),
}

/**
 * The MQTT 3.1.1 broker inside the gateway: aedes speaks the protocol, the hooks below decide, Sessions delivers.
 * Whatever is not allowed by schema/src/rights.ts is refused: a SUBSCRIBE with 128 (subscribing.ts), a PUBLISH by closing
 * the connection (publishing.ts; 3.1.1 has no other way to tell), a CONNECT by its return code, a forbidden will already
 * at CONNECT (admission.ts).
 */
export class EmbeddedBroker {
  readonly #aedes: Aedes
  readonly #options: EmbeddedBrokerOptions
  readonly #clients: ConnectedClients
  readonly #publishing: Publishing
  readonly #keepalive: Keepalive
  readonly #readers = new WeakMap<Duplex, PacketReader>()
  readonly #addresses = new WeakMap<Duplex, string>()

  private constructor(options: EmbeddedBrokerOptions) {
    const { log, sessions } = options
    const clients = new ConnectedClients((clientId) => sessions.has(clientId))
    const parts = { ...options, clients }
    const admission = new Admission({
      ...parts,
      readerOf: (client) => this.#readerOf(client.conn),
      addressOf: (client) => this.#addresses.get(client.conn),
    })
    const subscribing = new Subscribing(parts)
    const publishing = new Publishing(parts)
    this.#options = options
    this.#clients = clients
    this.#publishing = publishing
    this.#keepalive = new Keepalive(clients)
    this.#aedes = new Aedes({
      mq: silentBus,
      persistence: new BrokerPersistence<Client>(options.store, {
        isWaiting: (client) => subscribing.isWaiting(client),
        allowed: (client, subscriptions) => subscribing.takeGranted(client, subscriptions),
      }),
      connectTimeout: options.limits.connectTimeoutSeconds * 1000,
      // For what aedes writes; a slow client that reads gets its time, and one that does not is noticed by its keepalive.
      drainTimeout: 300_000,
      maxClientsIdLength: 128,
      preConnect: (client, packet, callback) => {
        admission.note(client, packet)
        callback(null, true)
      },
      authenticate: (client, username, password, done) => {
        admission.admit(client, username, password).then(
          () => done(null, true),
          (refusal) => done(refusal, null),
        )
      },
      authorizeSubscribe: (client, subscription, callback) => {
        subscribing.authorise(client, subscription).then(
          (granted) => callback(null, granted ? subscription : null),
          (error: Error) => callback(error),
        )
      },
      authorizePublish: (client, packet, callback) => publishing.take(client, packet, callback),
      // Nothing is delivered by aedes itself.
      authorizeForward: () => null,
    })
    this.#aedes.on('clientReady', (client) => this.#attach(client))
    this.#aedes.on('clientDisconnect', (client) => this.#detach(client))
    this.#aedes.on('subscribe', (subscriptions, client) =>
      this.#background(subscribing.answered(client, subscriptions)),
    )
    this.#aedes.on('unsubscribe', (filters, client) => {
      if (client.clean) this.#background(sessions.unsubscribe(client.id, filters))
    })
    for (const event of ['clientError', 'connectionError'] as const) {
      this.#aedes.on(event, (client, error: Error & { errorCode?: number }) => {
        log.debug({ client_id: client.id, error: error.message }, 'connection ended')
        if (error instanceof Offence) options.hooks.ended(client.id, error.message)
        const { errorCode: returnCode } = error
        // What aedes refuses by itself; the others have been told of by Admission.
        if (returnCode !== 1 && returnCode !== 2) return
        options.hooks.refused({ clientId: client.id ?? '', returnCode, reason: error.message })
      })
    }
    for (const clientId of sessions.clientIds()) clients.remember(clientId)
    sessions.watchEnds((clientId) => clients.forgetIfGone(clientId))
  }

  static async start(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
    const broker = new EmbeddedBroker(options)
    await broker.#aedes.listen()
    broker.#keepalive.start()
    return broker
  }

  /**
   * Takes over a new connection: a TCP or TLS socket, or a WebSocket's stream.
   * @param address where it comes from
   */
  accept(stream: Duplex, address?: string): void {
    if (address !== undefined) this.#addresses.set(stream, address)
    const reader = new PacketReader(stream, {
      maxBytes: this.#options.limits.packetBytes,
      onTooLarge: () => this.#options.hooks.ended(client.id ?? '', 'packet too large'),
    })
    this.#readers.set(stream, reader)
    const client = this.#aedes.handle(stream)
  }

  get connections(): number {
    return this.#clients.size
  }

  /** Each once. */
  get connectedEmployeeIds(): Iterable<string> {
    return this.#clients.employeeIds
  }

  isConnected(clientId: string): boolean {
    return this.#clients.get(clientId) !== undefined
  }

  /** The client_ids of an employee that are connected, about to be, or have a session here. */
  clientIdsOf(employeeId: string): ReadonlySet<string> {
    return this.#clients.clientIdsOf(employeeId)
  }

  /** Is another device of the employee connected? */
  hasOtherConnection(employeeId: string, clientId: string): boolean {
    return this.#clients.hasOther(employeeId, clientId)
  }

  /** Subscribes for a client, connected or not, as its own SUBSCRIBE would. One that has no room for it goes without. */
  async subscribe(clientId: string, filter: string): Promise<void> {
    const clean = this.#clients.get(clientId)?.client.clean ?? false
    try {
      await this.#options.sessions.subscribe(clientId, clean, [{ filter, qos: 1 }])
    } catch (error) {
      if (!(error instanceof TooManySubscriptionsError)) throw error
      this.#options.log.warn({ client_id: clientId }, 'a client has too many subscriptions to hear its new group')
    }
  }

  /** Throws a client out: the connection is closed without its will, its session with everything queued is gone. */
  async expel(clientId: string): Promise<void> {
    await this.#clients.expel(clientId)
    await this.#options.store.deleteWill(clientId)
    await this.#options.sessions.purge(clientId)
    this.#clients.forgetIfGone(clientId)
  }

  /** What is done each second: see `Keepalive`. */
  secondPassed(): void {
    this.#keepalive.secondPassed()
  }

  /** From now on requests are left unacknowledged, so that clients send them again after the restart. */
  refuseRequests(): void {
    this.#publishing.refuseRequests()
  }

  async close(): Promise<void> {
    this.#keepalive.stop()
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()))
  }

  #attach(client: Client): void {
    const connected = this.#clients.of(client)
    if (connected === undefined || client.closed) return
    const { sessions } = this.#options
    // When a client_id comes again while its connection is closing, aedes loses track of the new one: it neither closes
    // it for the next nor tells of its end.
    const before = this.#clients.attach(connected)
    sessions.attach(client.id, client.clean, connected.writer)
    connected.reader.taker = this.#publishing.takerFor(connected)
    client.conn.on('drain', () => sessions.resume(client.id))
    client.conn.once('close', () => this.#detach(client))
    before?.client.close()
  }

  #detach(client: Client): void {
    const connected = this.#clients.of(client)
    if (connected === undefined) return
    connected.reader.taker = undefined
    this.#options.sessions.detach(client.id, connected.writer)
    this.#clients.detach(connected)
  }

  #readerOf(connection: Duplex): PacketReader {
    const reader = this.#readers.get(connection)
    if (reader === undefined) throw new Error('a connection that was not accepted')
    return reader
  }

  #background(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#options.log.error({ error: String(error) }, 'a subscription could not be kept'),
    )
  }
}
