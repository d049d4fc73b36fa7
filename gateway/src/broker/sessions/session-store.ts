import type { Journal } from '../journal/journal.ts'
import { IncomingPackets } from './incoming-packets.ts'
import { LiveJournal } from './live-journal.ts'
import { packetCodec, type StoredPacket } from './packet-codec.ts'
import { Replay } from './replay.ts'
import { restore } from './restore.ts'
import { Retained, type RetainedValue } from './retained.ts'
import type { Session } from './session.ts'
import { SessionTable, type StoredSubscription } from './session-table.ts'
import type {
  OutgoingMessage,
  SessionConnection,
  SessionLimits,
  SessionStats,
  Sessions,
  Subscription,
} from './sessions.ts'
import { SHELF, Shelf } from './shelf.ts'

export interface SessionStoreOptions {
  /** Opens the journal and gives every record in it to `replay`, oldest first. The store closes the journal. */
  readonly openJournal: (replay: (record: Uint8Array, segment: number) => void) => Promise<Journal>
  readonly limits: SessionLimits
  /** The journal is cleaned up above this size, when three quarters of it are not needed any more. */
  readonly compactAboveBytes?: number
  /** Told when a session has lost its subscriptions because its queue was full. */
  readonly onOverflow?: (clientId: string) => void
}

const DEFAULT_COMPACT_ABOVE = 64 * 1024 * 1024
/** A packet id must always be left to choose. */
const MAX_INFLIGHT = 65_000
const NO_SUBSCRIPTIONS: ReadonlyMap<string, 0 | 1> = new Map()

/** Reads the journal and goes on where the last process stopped, however it stopped. */
export const openSessions = async (options: SessionStoreOptions): Promise<SessionStore> => {
  const store = new SessionStore(options)
  await store.open()
  return store
}

/** Sessions over a journal, and the rest of what an MQTT broker must not forget: wills and incoming QoS 2 packets. */
export class SessionStore implements Sessions {
  readonly incoming: IncomingPackets
  /** Packets that aedes itself queued (aedes-persistence.ts); none where Sessions delivers. */
  readonly outgoing: Shelf<StoredPacket>
  readonly #options: SessionStoreOptions
  readonly #journal: LiveJournal
  readonly #table: SessionTable
  readonly #retained: Retained
  readonly #wills: Shelf<StoredPacket>
  /** By topic: the state that was published last, until it is told. */
  readonly #newest = new Map<string, Promise<void>>()

  constructor(options: SessionStoreOptions) {
    const { limits, compactAboveBytes = DEFAULT_COMPACT_ABOVE, onOverflow = () => undefined } = options
    this.#options = options
    this.#journal = new LiveJournal(compactAboveBytes)
    const inflight = Math.min(limits.inflight, MAX_INFLIGHT)
    this.#retained = new Retained(this.#journal)
    this.#table = new SessionTable(this.#journal, { ...limits, inflight }, this.#retained, onOverflow)
    this.#wills = new Shelf(SHELF.will, packetCodec, this.#journal)
    this.incoming = new IncomingPackets(this.#journal)
    this.outgoing = new Shelf(SHELF.outgoing, packetCodec, this.#journal)
  }

  async open(): Promise<void> {
    const replay = new Replay([this.#retained.shelf, this.#wills, this.incoming.shelf, this.outgoing])
    const journal = await this.#options.openJournal((record, segment) => replay.accept(record, segment))
    restore(replay, this.#table, this.#journal)
    this.#journal.start(journal)
  }

  publish(message: OutgoingMessage): Promise<void> {
    if (message.retain === true) return this.#publishState(message)
    const accepted = this.#table.publications.publish(message)
    const { ending } = this.#table
    return ending === undefined || !message.durable ? accepted : accepted.then(() => ending)
  }

  async #publishState({ topic, payload, qos, exceptClientId }: OutgoingMessage): Promise<void> {
    const stored = this.#retained.set({ cmd: 'publish', topic, payload, qos, retain: true })
    this.#newest.set(topic, stored)
    try {
      await stored
    } finally {
      // It holds whatever the journal says. Where a newer value has taken its place, that one is told.
      if (this.#newest.get(topic) === stored) {
        this.#newest.delete(topic)
        this.#table.publications.announce(topic, exceptClientId)
      }
    }
  }

  subscriptionsOf(clientId: string): ReadonlyMap<string, 0 | 1> {
    return this.#table.get(clientId)?.subscriptions ?? NO_SUBSCRIPTIONS
  }

  subscriptionExtras(clientId: string, filter: string): string {
    return this.#table.get(clientId)?.extras?.get(filter) ?? ''
  }

  /** The sessions that outlive their connection. */
  *persistentSessions(): Generator<Session> {
    for (const session of this.#table.values()) if (!session.clean) yield session
  }

  isPersistent(clientId: string): boolean {
    return this.#table.get(clientId)?.clean === false
  }

  subscribe(clientId: string, clean: boolean, subscriptions: readonly StoredSubscription[]): Promise<void> {
    return this.#table.subscribe(clientId, clean, subscriptions)
  }

  unsubscribe(clientId: string, filters: readonly string[]): Promise<void> {
    return this.#table.unsubscribe(clientId, filters, false)
  }

  revoke(clientId: string, filters: readonly string[]): Promise<void> {
    return this.#table.unsubscribe(clientId, filters, true)
  }

  async purge(clientId: string): Promise<void> {
    const ended = this.#table.discard(clientId)
    await Promise.all([ended, this.#wills.delete(clientId), this.incoming.clear(clientId)])
  }

  /** Ends the session as a CONNECT with clean=true does: subscriptions and queue are gone, the will is not. */
  discard(clientId: string): Promise<void> {
    return this.#table.discard(clientId)
  }

  has(clientId: string): boolean {
    return this.#table.get(clientId)?.worthKeeping === true
  }

  *clientIds(): Generator<string> {
    for (const session of this.#table.values()) if (session.worthKeeping) yield session.clientId
  }

  watchEnds(listener: (clientId: string) => void): void {
    this.#table.onGone = listener
  }

  attach(clientId: string, clean: boolean, connection: SessionConnection): void {
    this.#table.attach(clientId, clean, connection)
  }

  detach(clientId: string, connection: SessionConnection): void {
    this.#table.detach(clientId, connection)
  }

  acknowledge(clientId: string, packetId: number): void {
    this.#table.get(clientId)?.acknowledge(packetId)
  }

  resume(clientId: string): void {
    this.#table.get(clientId)?.pump()
  }

  retain(topic: string, payload: Buffer, qos: 0 | 1): Promise<void> {
    return this.retainPacket({ cmd: 'publish', topic, payload, qos, retain: true })
  }

  /** As `retain`, with all that aedes wants back. */
  async retainPacket(packet: StoredPacket): Promise<void> {
    await this.#retained.set(packet)
  }

  retained(filter: string): Iterable<RetainedValue> {
    return this.#retained.matching(filter)
  }

  sendRetained(clientId: string, subscriptions: readonly Subscription[]): void {
    const session = this.#table.get(clientId)
    if (session === undefined) return
    for (const { filter, qos } of subscriptions) session.state.add(filter, qos)
    session.pump()
  }

  /** The wills of the clients that are connected, and after a restart of those that were. */
  *wills(): Generator<StoredPacket & { clientId: string }> {
    for (const will of this.#wills.values()) if (hasClientId(will)) yield will
  }

  will(clientId: string): StoredPacket | undefined {
    return this.#wills.get(clientId)
  }

  /** Keeps a copy: aedes and its hooks change the packet when the will is fired. */
  async putWill(clientId: string, will: StoredPacket): Promise<void> {
    await this.#wills.put(clientId, { ...will, clientId })
  }

  async deleteWill(clientId: string): Promise<void> {
    await this.#wills.delete(clientId)
  }

  stats(): SessionStats {
    let attached = 0
    let subscriptions = 0
    for (const session of this.#table.values()) {
      if (session.connection !== undefined) attached++
      subscriptions += session.subscriptions.size
    }
    return {
      sessions: this.#table.size,
      attached,
      subscriptions,
      retained: this.#retained.size,
      queuedBytes: this.#table.queuedBytes,
      queuedMessages: this.#table.queuedMessages,
      overflowed: this.#table.overflows,
      journalBytes: this.#journal.bytes,
    }
  }

  close(): Promise<void> {
    return this.#journal.close()
  }
}

const hasClientId = (will: StoredPacket): will is StoredPacket & { clientId: string } =>
  typeof will.clientId === 'string'
