import type { Journal } from '../journal/journal.ts'
import { IncomingPackets } from './incoming-packets.ts'
import { LiveJournal } from './live-journal.ts'
import { Delivery, Message, PERHAPS } from './message.ts'
import { packetCodec, type StoredPacket } from './packet-codec.ts'
import { decodePublish } from './packets.ts'
import { Publications } from './publications.ts'
import { RECORD } from './records.ts'
import { Replay } from './replay.ts'
import { Retained, type RetainedValue } from './retained.ts'
import { Session, type SessionHost, writeSubscriptions } from './session.ts'
import type {
  OutgoingMessage,
  RetainedMessage,
  SessionConnection,
  SessionLimits,
  SessionStats,
  Sessions,
  Subscription,
} from './sessions.ts'
import { SHELF, Shelf } from './shelf.ts'
import { matches, SubscriptionIndex } from './subscription-index.ts'

export interface SessionStoreOptions {
  /** Opens the journal and gives every record in it to `replay`, oldest first. The store closes the journal. */
  readonly openJournal: (replay: (record: Uint8Array, segment: number) => void) => Promise<Journal>
  readonly limits: SessionLimits
  /** The journal is cleaned up above this size, when three quarters of it are not needed any more. */
  readonly compactAboveBytes?: number
  /** Told when a session has been ended because its queue was full. */
  readonly onOverflow?: (clientId: string) => void
}

/** A subscription with what aedes wants back besides filter and QoS, as JSON. */
export interface StoredSubscription extends Subscription {
  readonly extras?: string
}

/** Rejects a SUBSCRIBE. */
export class TooManySubscriptionsError extends Error {
  override readonly name = 'TooManySubscriptionsError'
}

const DEFAULT_COMPACT_ABOVE = 64 * 1024 * 1024
const DONE = Promise.resolve()

/** Reads the journal and goes on where the last process stopped, however it stopped. */
export const openSessions = async (options: SessionStoreOptions): Promise<SessionStore> => {
  const store = new SessionStore(options)
  await store.open()
  return store
}

/** Sessions over a journal, and the rest of what an MQTT broker must not forget: wills and incoming QoS 2 packets. */
export class SessionStore implements Sessions, SessionHost {
  readonly limits: SessionLimits
  readonly incoming: IncomingPackets
  /** Packets that aedes itself queued (aedes-persistence.ts); none where Sessions delivers. */
  readonly outgoing: Shelf<StoredPacket>
  readonly #options: SessionStoreOptions
  readonly #journal: LiveJournal
  readonly #index = new SubscriptionIndex<Session>()
  readonly #publications: Publications
  readonly #retained: Retained
  readonly #wills: Shelf<StoredPacket>
  readonly #sessions = new Map<string, Session>()
  /** Purges that the journal has not confirmed yet. */
  readonly #purges = new Map<string, Promise<void>>()
  #lastNumber = 0
  #queuedMessages = 0
  #queuedBytes = 0
  #overflowed = 0

  constructor(options: SessionStoreOptions) {
    this.#options = options
    // A packet id must always be left to choose.
    this.limits = { ...options.limits, inflight: Math.min(options.limits.inflight, 65_000) }
    this.#journal = new LiveJournal(options.compactAboveBytes ?? DEFAULT_COMPACT_ABOVE)
    this.#publications = new Publications(this.#index, this.#journal, (session) => this.#dropIfEmpty(session))
    this.#retained = new Retained(this.#journal)
    this.#wills = new Shelf(SHELF.will, packetCodec, this.#journal)
    this.incoming = new IncomingPackets(this.#journal)
    this.outgoing = new Shelf(SHELF.outgoing, packetCodec, this.#journal)
  }

  async open(): Promise<void> {
    const replay = new Replay([this.#retained.shelf, this.#wills, this.incoming.shelf, this.outgoing])
    const journal = await this.#options.openJournal((record, segment) => replay.accept(record, segment))
    this.#restore(replay)
    this.#journal.start(journal)
  }

  publish(message: OutgoingMessage): Promise<void> {
    return this.#publications.publish(message)
  }

  subscriptionsOf(clientId: string): ReadonlyMap<string, 0 | 1> {
    return this.#sessions.get(clientId)?.subscriptions ?? NO_SUBSCRIPTIONS
  }

  subscriptionExtras(clientId: string, filter: string): string {
    return this.#sessions.get(clientId)?.extras?.get(filter) ?? ''
  }

  /** The sessions that outlive their connection. */
  *persistentSessions(): Generator<Session> {
    for (const session of this.#sessions.values()) if (!session.clean) yield session
  }

  isPersistent(clientId: string): boolean {
    return this.#sessions.get(clientId)?.clean === false
  }

  async subscribe(clientId: string, clean: boolean, subscriptions: readonly StoredSubscription[]): Promise<void> {
    const session = this.#sessions.get(clientId) ?? this.#create(clientId, clean)
    const wanted = new Map(subscriptions.map((subscription) => [subscription.filter, subscription]))
    const changed = [...wanted.values()].filter((subscription) => session.differs(subscription))
    const added = changed.filter(({ filter }) => !session.subscriptions.has(filter)).length
    if (session.subscriptions.size + added > this.limits.subscriptionsPerClient) {
      this.#dropIfEmpty(session)
      throw new TooManySubscriptionsError(`more than ${this.limits.subscriptionsPerClient} subscriptions`)
    }
    for (const { filter, qos, extras = '' } of changed) {
      session.subscriptions.set(filter, qos)
      this.#index.add(filter, session, qos)
      session.setExtras(filter, extras)
    }
    if (session.clean) return
    if (changed.length === 0) return this.#confirm(session)
    if (session.segment === undefined) return this.#commit(session, true)
    this.#journal.writer.begin(RECORD.subscribed).number(session.number)
    writeSubscriptions(
      this.#journal.writer,
      session,
      changed.map(({ filter }) => filter),
    )
    return this.#commit(session, false)
  }

  unsubscribe(clientId: string, filters: readonly string[]): Promise<void> {
    return this.#unsubscribe(clientId, filters, false)
  }

  revoke(clientId: string, filters: readonly string[]): Promise<void> {
    return this.#unsubscribe(clientId, filters, true)
  }

  async purge(clientId: string): Promise<void> {
    const ended = this.discard(clientId)
    await Promise.all([ended, this.#wills.delete(clientId), this.incoming.clear(clientId)])
  }

  /** Ends the session as a CONNECT with clean=true does: subscriptions and queue are gone, the will is not. */
  discard(clientId: string): Promise<void> {
    const session = this.#sessions.get(clientId)
    return session === undefined ? this.#confirmGone(clientId) : this.#end(session)
  }

  has(clientId: string): boolean {
    const session = this.#sessions.get(clientId)
    return session?.worthKeeping === true
  }

  *clientIds(): Generator<string> {
    for (const session of this.#sessions.values()) if (session.worthKeeping) yield session.clientId
  }

  attach(clientId: string, clean: boolean, connection: SessionConnection): void {
    let session = this.#sessions.get(clientId)
    if (session?.connection !== undefined) this.detach(clientId, session.connection)
    session = this.#sessions.get(clientId)
    if (session !== undefined && session.clean !== clean) {
      this.#background(this.#end(session))
      session = undefined
    }
    session ??= this.#create(clientId, clean)
    session.attach(connection)
  }

  detach(clientId: string, connection: SessionConnection): void {
    const session = this.#sessions.get(clientId)
    if (session === undefined || session.connection !== connection) return
    session.detach()
    if (session.clean) this.#background(this.#end(session))
    else this.#dropIfEmpty(session)
  }

  acknowledge(clientId: string, packetId: number): void {
    this.#sessions.get(clientId)?.acknowledge(packetId)
  }

  resume(clientId: string): void {
    this.#sessions.get(clientId)?.pump()
  }

  async retain(topic: string, payload: Buffer, qos: 0 | 1): Promise<void> {
    await this.#retained.set({ cmd: 'publish', topic, payload, qos, retain: true })
  }

  /** As `retain`, with all that aedes wants back. */
  async retainPacket(packet: StoredPacket): Promise<void> {
    await this.#retained.set(packet)
  }

  retained(filter: string): Iterable<RetainedMessage> & Iterable<RetainedValue> {
    return this.#retained.matching(filter)
  }

  sendRetained(clientId: string, subscriptions: readonly Subscription[]): void {
    const session = this.#sessions.get(clientId)
    if (session === undefined) return
    for (const { filter, qos } of subscriptions)
      session.feed(filter, { qos, messages: this.#retained.matching(filter) })
    session.pump()
  }

  /** The wills of the clients that are connected, and after a restart of those that were. */
  *wills(): Generator<StoredPacket & { clientId: string }> {
    for (const will of this.#wills.values()) if (hasClientId(will)) yield will
  }

  will(clientId: string): StoredPacket | undefined {
    return this.#wills.get(clientId)
  }

  async putWill(clientId: string, will: StoredPacket): Promise<void> {
    will.clientId = clientId
    await this.#wills.put(clientId, will)
  }

  async deleteWill(clientId: string): Promise<void> {
    await this.#wills.delete(clientId)
  }

  stats(): SessionStats {
    let attached = 0
    let subscriptions = 0
    for (const session of this.#sessions.values()) {
      if (session.connection !== undefined) attached++
      subscriptions += session.subscriptions.size
    }
    return {
      sessions: this.#sessions.size,
      attached,
      subscriptions,
      retained: this.#retained.size,
      queuedBytes: this.#queuedBytes,
      queuedMessages: this.#queuedMessages,
      overflowed: this.#overflowed,
      journalBytes: this.#journal.bytes,
    }
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  get lastSettledId(): number {
    return this.#publications.lastSettledId
  }

  queued({ message }: Delivery): void {
    this.#queuedMessages++
    if (message.open++ === 0) this.#queuedBytes += message.payloadBytes
  }

  over(delivery: Delivery, record: boolean): void {
    const { message, session } = delivery
    this.#queuedMessages--
    if (--message.open === 0) this.#queuedBytes -= message.payloadBytes
    if (delivery.place < 0) return
    message.unkeep(delivery)
    delivery.place = -1
    if (!message.live) this.#journal.release(message)
    if (record) this.#journal.settled(session.number, message.id)
  }

  overflowed(session: Session): void {
    const { connection } = session
    this.#overflowed++
    this.#background(this.#end(session))
    connection?.end('queue overflow')
    this.#options.onOverflow?.(session.clientId)
  }

  broken(session: Session, connection: SessionConnection): void {
    this.detach(session.clientId, connection)
    connection.end('write failed')
  }

  #create(clientId: string, clean: boolean): Session {
    const session = new Session(++this.#lastNumber, clientId, clean, this)
    this.#sessions.set(clientId, session)
    return session
  }

  async #unsubscribe(clientId: string, filters: readonly string[], withQueue: boolean): Promise<void> {
    const session = this.#sessions.get(clientId)
    if (session === undefined) return this.#confirmGone(clientId)
    const removed = filters.filter((filter) => this.#removeSubscription(session, filter))
    const chosen = (message: Message): boolean => filters.some((filter) => matches(filter, message.topic))
    const dropped = withQueue ? [...session.drop(chosen), ...this.#publications.withdraw(session, chosen)] : []
    const committed = session.clean ? DONE : this.#commitEnd(session, removed, dropped)
    this.#dropIfEmpty(session)
    return committed
  }

  #commitEnd(session: Session, filters: readonly string[], messageIds: readonly number[]): Promise<void> {
    if (filters.length === 0 && messageIds.length === 0) return this.#confirm(session)
    const { writer } = this.#journal
    writer.begin(RECORD.unsubscribed).number(session.number).number(filters.length)
    for (const filter of filters) writer.text(filter)
    for (const id of messageIds) writer.number(id)
    return this.#commit(session, false)
  }

  #removeSubscription(session: Session, filter: string): boolean {
    if (!session.subscriptions.delete(filter)) return false
    this.#index.remove(filter, session)
    session.setExtras(filter, '')
    session.unfeed(filter)
    return true
  }

  /** Takes a session out of everything; the journal is told where it knows of it. */
  #end(session: Session): Promise<void> {
    const { clientId } = session
    this.#forget(session)
    session.end()
    if (session.clean) return DONE
    const purge = this.#journal.recommit(session)
    const settled = purge.finally(() => {
      if (this.#purges.get(clientId) === settled) this.#purges.delete(clientId)
    })
    this.#purges.set(clientId, settled)
    return settled
  }

  #forget(session: Session): void {
    for (const filter of session.subscriptions.keys()) this.#index.remove(filter, session)
    session.subscriptions.clear()
    this.#sessions.delete(session.clientId)
  }

  /** Its last record says that it has neither subscriptions nor messages, so there is nothing to write. */
  #dropIfEmpty(session: Session): void {
    if (session.ended || session.connection !== undefined || session.worthKeeping) return
    this.#forget(session)
    session.end()
    this.#journal.release(session)
  }

  #commit(session: Session, whole: boolean): Promise<void> {
    const committed = whole ? this.#journal.recommit(session) : this.#journal.commit(session, false)
    const settled = committed.finally(() => {
      if (session.commit === settled) session.commit = undefined
    })
    session.commit = settled
    return settled
  }

  /** Nothing has changed: resolves when what was changed before is in the journal. */
  #confirm(session: Session): Promise<void> {
    if (this.#journal.doubtful.has(session)) return this.#commit(session, true)
    return session.commit ?? DONE
  }

  async #confirmGone(clientId: string): Promise<void> {
    await this.#purges.get(clientId)
    for (const item of this.#journal.doubtful) {
      if (item instanceof Session && item.clientId === clientId) await this.#journal.recommit(item)
    }
  }

  /** For what nobody waits for: the journal has reported the error and is told again. */
  #background(work: Promise<void>): void {
    work.catch(() => undefined)
  }

  #restore(replay: Replay): void {
    this.#lastNumber = replay.lastSessionNumber
    this.#publications.continueAfter(replay.lastMessageId)
    const messages = new Map<number, Message>()
    for (const [number, replayed] of [...replay.sessions].sort(([a], [b]) => b - a)) {
      const { clientId } = replayed
      // An earlier session of the same client had ended without anything to remember.
      if (clientId === undefined || this.#sessions.has(clientId)) continue
      if (replayed.subscriptions.size === 0 && replayed.open.size === 0) continue
      const session = new Session(number, clientId, false, this)
      this.#sessions.set(clientId, session)
      for (const [filter, { qos, extras }] of replayed.subscriptions) {
        session.subscriptions.set(filter, qos)
        session.setExtras(filter, extras)
        this.#index.add(filter, session, qos)
      }
      for (const id of [...replayed.open].sort((a, b) => a - b)) {
        const message = messages.get(id) ?? this.#restoreMessage(replay, id, messages)
        if (message === undefined) continue
        const delivery = new Delivery(session, message)
        delivery.sentOn = PERHAPS
        message.keep(delivery)
        session.append(delivery)
      }
      this.#journal.hold(session, replayed.segment, replayed.recordBytes)
    }
  }

  #restoreMessage(replay: Replay, id: number, messages: Map<number, Message>): Message | undefined {
    const replayed = replay.messages.get(id)
    if (replayed === undefined) return undefined
    const message = new Message(id, decodePublish(replayed.packet).topic, replayed.packet, replayed.open === 1)
    messages.set(id, message)
    this.#journal.hold(message, replayed.segment, replayed.recordBytes)
    return message
  }
}

const NO_SUBSCRIPTIONS: ReadonlyMap<string, 0 | 1> = new Map()

const hasClientId = (will: StoredPacket): will is StoredPacket & { clientId: string } =>
  typeof will.clientId === 'string'
