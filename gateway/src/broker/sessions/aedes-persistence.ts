import { Readable } from 'node:stream'
import { copyOf, OutgoingPackets } from './outgoing-packets.ts'
import type { StoredPacket } from './packet-codec.ts'
import type { SessionStore } from './session-store.ts'
import type { StoredSubscription } from './session-table.ts'
import { matches } from './subscription-index.ts'

/** What aedes passes where its type says `Client`; at the end of a connection it passes `{id, brokerId}` only. */
export interface AedesClient {
  readonly id: string
  readonly closed?: boolean
}

export interface AedesSubscription {
  readonly topic: string
  readonly qos: 0 | 1 | 2
  readonly [field: string]: unknown
}

export interface AedesPersistenceOptions {
  /**
   * Who sends messages to clients. `sessions` (as in MChat): Sessions does; aedes is shown no queue, no retained message
   * and no subscriber, since it would send a second copy of everything. `aedes`: aedes does, as with any other store.
   */
  readonly delivery?: 'sessions' | 'aedes'
}

const DONE = Promise.resolve(undefined)

/**
 * The interface of aedes-persistence 11 over a {@link SessionStore}.
 *
 * Traps of aedes 1.2 that its user has to know:
 * - `addSubscriptions` gets all filters of a SUBSCRIBE as soon as one was granted, the refused ones too, and once for each
 *   that was granted. Whoever refuses has to override it.
 * - It is not called at all for clients with clean=true.
 */
export class JournalPersistence {
  readonly #store: SessionStore
  readonly #delivers: boolean
  readonly #outgoing: OutgoingPackets
  /** Who put the stored will of a client. */
  readonly #willOwners = new Map<string, AedesClient>()
  #broker: { readonly id: string } = { id: '' }
  #destroyed = false

  constructor(store: SessionStore, options: AedesPersistenceOptions = {}) {
    this.#store = store
    this.#delivers = options.delivery === 'aedes'
    this.#outgoing = new OutgoingPackets(store.outgoing)
  }

  get broker(): { readonly id: string } {
    return this.#broker
  }

  /** aedes insists on an async function. */
  async setup(broker: { readonly id: string }): Promise<void> {
    this.#broker = broker
  }

  async storeRetained(packet: StoredPacket): Promise<void> {
    await this.#store.retainPacket({ ...packet })
  }

  createRetainedStream(pattern: string): Readable {
    return this.createRetainedStreamCombi([pattern])
  }

  createRetainedStreamCombi(patterns: readonly string[]): Readable {
    if (!this.#delivers) return Readable.from([])
    return Readable.from(patterns.flatMap((pattern) => [...this.#store.retained(pattern)].map(({ packet }) => packet)))
  }

  async addSubscriptions(client: AedesClient, subscriptions: readonly AedesSubscription[]): Promise<void> {
    await this.#store.subscribe(client.id, false, [
      ...new Map(subscriptions.map((subscription) => [subscription.topic, storedSubscription(subscription)])).values(),
    ])
  }

  async removeSubscriptions(client: AedesClient, filters: readonly string[]): Promise<void> {
    await this.#store.unsubscribe(client.id, filters)
  }

  async subscriptionsByClient(client: AedesClient): Promise<AedesSubscription[]> {
    if (!this.#store.isPersistent(client.id)) return []
    return [...this.#store.subscriptionsOf(client.id)].map(([topic, qos]) => ({
      topic,
      qos,
      ...this.#extras(client.id, topic),
    }))
  }

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    let subsCount = 0
    let clientsCount = 0
    for (const { subscriptions } of this.#store.persistentSessions()) {
      if (subscriptions.size > 0) clientsCount++
      for (const qos of subscriptions.values()) if (qos > 0) subsCount++
    }
    return { subsCount, clientsCount }
  }

  /** Looks at every subscription: Sessions has an index, this is for where aedes delivers. */
  async subscriptionsByTopic(topic: string): Promise<(AedesSubscription & { clientId: string })[]> {
    if (!this.#delivers) return []
    const found: (AedesSubscription & { clientId: string })[] = []
    for (const { clientId, subscriptions } of this.#store.persistentSessions()) {
      for (const [filter, qos] of subscriptions) {
        if (qos === 0 || !matches(filter, topic)) continue
        found.push({ clientId, topic: filter, qos, ...this.#extras(clientId, filter) })
      }
    }
    return found.sort((a, b) => Number(a.topic === topic) - Number(b.topic === topic))
  }

  /** Called at a CONNECT with clean=true, when the will of the connection before is still to be fired. */
  async cleanSubscriptions(client: AedesClient): Promise<void> {
    await this.#store.discard(client.id)
  }

  async outgoingEnqueue(subscription: { readonly clientId: string }, packet: StoredPacket): Promise<void> {
    await this.outgoingEnqueueCombi([subscription], packet)
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { readonly clientId: string }[],
    packet: StoredPacket,
  ): Promise<void> {
    if (subscriptions.length === 0) return
    if (!this.#delivers) throw new Error('messages are published through Sessions, not through aedes')
    await Promise.all(subscriptions.map(({ clientId }) => this.#outgoing.add(clientId, packet)))
  }

  outgoingUpdate(client: AedesClient, packet: StoredPacket): Promise<void> {
    return this.#outgoing.update(client.id, packet)
  }

  /** A PUBACK or PUBCOMP of the client. */
  outgoingClearMessageId(
    client: AedesClient,
    packet: { readonly messageId?: number },
  ): Promise<StoredPacket | undefined> {
    if (this.#delivers) return this.#outgoing.remove(client.id, packet.messageId)
    if (packet.messageId !== undefined) this.#store.acknowledge(client.id, packet.messageId)
    return DONE
  }

  outgoingStream(client: AedesClient): Readable {
    return Readable.from(this.#delivers ? this.#outgoing.packets(client.id) : [])
  }

  async incomingStorePacket(client: AedesClient, packet: StoredPacket & { messageId: number }): Promise<void> {
    await this.#store.incoming.put(client.id, packet.messageId, { ...copyOf(packet), messageId: packet.messageId })
  }

  async incomingGetPacket(client: AedesClient, packet: { readonly messageId: number }): Promise<StoredPacket> {
    const stored = this.#store.incoming.get(client.id, packet.messageId)
    if (stored === undefined) throw new Error('no such packet')
    return stored
  }

  async incomingDelPacket(client: AedesClient, packet: { readonly messageId: number }): Promise<void> {
    await this.incomingGetPacket(client, packet)
    await this.#store.incoming.delete(client.id, packet.messageId)
  }

  async cleanIncoming(client: AedesClient): Promise<void> {
    await this.#store.incoming.clear(client.id)
  }

  async putWill(client: AedesClient, packet: StoredPacket): Promise<void> {
    packet.brokerId = this.#broker.id
    packet.clientId = client.id
    this.#willOwners.set(client.id, client)
    await this.#store.putWill(client.id, packet)
  }

  async getWill(client: AedesClient): Promise<StoredPacket | undefined> {
    return this.#store.will(client.id)
  }

  async delWill(client: AedesClient): Promise<StoredPacket | undefined> {
    // When a connection takes over from another with the same client id, aedes deletes "the will" of the other one after
    // it has stored that of the new one. It would then not be fired after a crash.
    if (client.closed === undefined && this.#willOwners.get(client.id)?.closed === false) return undefined
    const will = this.#store.will(client.id)
    this.#willOwners.delete(client.id)
    await this.#store.deleteWill(client.id)
    return will
  }

  /**
   * Empty where Sessions delivers: aedes knows by heartbeats over its message bus which brokers are alive, and without a
   * bus would fire the wills of everybody who is connected. `SessionStore.wills` after a start is the way.
   */
  streamWill(brokers: Readonly<Record<string, unknown>> = {}): Readable {
    if (!this.#delivers) return Readable.from([])
    return Readable.from([...this.#store.wills()].filter(({ brokerId = '' }) => !brokers[brokerId]))
  }

  getClientList(filter: string): Readable {
    const clientIds: string[] = []
    for (const { clientId, subscriptions } of this.#store.persistentSessions()) {
      if (subscriptions.has(filter)) clientIds.push(clientId)
    }
    return Readable.from(clientIds)
  }

  /** The store stays open: it belongs to who opened it. */
  async destroy(): Promise<void> {
    if (this.#destroyed) throw new Error('destroyed called twice!')
    this.#destroyed = true
  }

  #extras(clientId: string, filter: string): Record<string, unknown> {
    const extras = this.#store.subscriptionExtras(clientId, filter)
    return extras === '' ? {} : (JSON.parse(extras) as Record<string, unknown>)
  }
}

const storedSubscription = ({ topic, qos, ...fields }: AedesSubscription): StoredSubscription => {
  const extras = JSON.stringify(qos === 2 ? { ...fields, qos } : fields)
  return { filter: topic, qos: qos === 0 ? 0 : 1, ...(extras === '{}' ? {} : { extras }) }
}
