import { ownerOf } from '@mchat/schema'
import type { Client } from 'aedes'
import { type Arrival, Arrivals } from './arrivals.ts'
import type { ConnectionWriter } from './connection-writer.ts'
import type { PacketReader } from './packet-reader.ts'

/** A client whose CONNECT was let in. */
export interface ConnectedClient {
  readonly client: Client
  readonly writer: ConnectionWriter
  readonly reader: PacketReader
  readonly employeeId: string
  readonly arrival: Arrival
  /** Filters that were granted and are not subscribed yet. */
  readonly granted: Set<string>
  /** Topic of this client's requests up to the seq_id. */
  readonly requestRoot: string
  /** Unanswered ones. */
  requests: number
  /** As the CONNECT said; 0: it may be silent for ever. */
  readonly keepaliveSeconds: number
  /** Set when it is thrown out: its will must not speak for it any more. */
  expelled: boolean
}

/** Who is connected or about to be, by client_id and by employee. */
export class ConnectedClients {
  readonly arrivals = new Arrivals()
  readonly #connected = new Map<string, ConnectedClient>()
  readonly #byClient = new WeakMap<Client, ConnectedClient>()
  readonly #clientIdsOf = new Map<string, Set<string>>()
  /** How many connections each employee has; kept, since counting them takes longer the more there are. */
  readonly #connectionsOf = new Map<string, number>()
  readonly #hasSession: (clientId: string) => boolean
  #expulsions = 0

  /** @param hasSession does the client have a session here, connected or not? */
  constructor(hasSession: (clientId: string) => boolean) {
    this.#hasSession = hasSession
  }

  [Symbol.iterator](): Iterator<ConnectedClient> {
    return this.#connected.values()
  }

  get size(): number {
    return this.#connected.size
  }

  /** Of those that are connected. */
  get employeeIds(): Iterable<string> {
    return this.#connectionsOf.keys()
  }

  /** How many have been thrown out so far: what was read while this has changed is to be read again. */
  get expulsions(): number {
    return this.#expulsions
  }

  /** The one attached under this client_id. */
  get(clientId: string): ConnectedClient | undefined {
    return this.#connected.get(clientId)
  }

  /** What was let in over this very connection, attached yet or not. */
  of(client: Client): ConnectedClient | undefined {
    return this.#byClient.get(client)
  }

  /** The client_ids of an employee that are connected, about to be, or have a session here. */
  clientIdsOf(employeeId: string): ReadonlySet<string> {
    return this.#clientIdsOf.get(employeeId) ?? new Set()
  }

  hasOther(employeeId: string, clientId: string): boolean {
    for (const other of this.clientIdsOf(employeeId)) {
      if (other !== clientId && this.#connected.has(other)) return true
    }
    return false
  }

  arrive(clientId: string, client: Client): Arrival {
    const arrival = this.arrivals.add(clientId, client, () => this.forgetIfGone(clientId))
    this.remember(clientId)
    return arrival
  }

  letIn(connected: ConnectedClient): void {
    this.#byClient.set(connected.client, connected)
  }

  /** @returns the connection that was attached under this client_id before */
  attach(connected: ConnectedClient): ConnectedClient | undefined {
    const { id } = connected.client
    const before = this.#connected.get(id)
    if (before !== undefined) this.#countConnection(before, -1)
    this.#countConnection(connected, 1)
    this.#connected.set(id, connected)
    this.remember(id)
    this.arrivals.remove(id, connected.arrival)
    return before
  }

  detach(connected: ConnectedClient): void {
    const { id } = connected.client
    if (this.#connected.get(id) === connected) {
      this.#connected.delete(id)
      this.#countConnection(connected, -1)
    }
    this.forgetIfGone(id)
  }

  /** Closes its connections without their wills; resolves when the attached one is closed. */
  async expel(clientId: string): Promise<void> {
    this.#expulsions++
    this.arrivals.expel(clientId)
    const connected = this.#connected.get(clientId)
    if (connected === undefined) return
    connected.expelled = true
    await new Promise<void>((resolve) => connected.client.close(() => resolve()))
  }

  remember(clientId: string): void {
    const owner = ownerOf(clientId)
    const known = this.#clientIdsOf.get(owner)
    if (known === undefined) this.#clientIdsOf.set(owner, new Set([clientId]))
    else known.add(clientId)
  }

  forgetIfGone(clientId: string): void {
    if (this.#connected.has(clientId) || this.arrivals.has(clientId) || this.#hasSession(clientId)) return
    const owner = ownerOf(clientId)
    const known = this.#clientIdsOf.get(owner)
    known?.delete(clientId)
    if (known?.size === 0) this.#clientIdsOf.delete(owner)
  }

  #countConnection({ employeeId }: ConnectedClient, change: 1 | -1): void {
    const count = (this.#connectionsOf.get(employeeId) ?? 0) + change
    if (count === 0) this.#connectionsOf.delete(employeeId)
    else this.#connectionsOf.set(employeeId, count)
  }
}
