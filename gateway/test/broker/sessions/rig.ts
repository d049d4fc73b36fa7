import { decodePublish, packetIdOffset } from '../../../src/broker/sessions/packets.ts'
import { openSessions, type SessionStore } from '../../../src/broker/sessions/session-store.ts'
import type { SessionConnection, SessionLimits } from '../../../src/broker/sessions/sessions.ts'
import { MemoryJournal } from './memory-journal.ts'

export const LIMITS: SessionLimits = {
  inflight: 20,
  queuedMessages: 1_000,
  queuedBytes: 1_000_000,
  totalQueuedBytes: 1e9,
  connectionBufferBytes: 64 * 1024,
  subscriptionsPerClient: 100,
}

export interface Received {
  readonly topic: string
  readonly text: string
  readonly qos: 0 | 1
  readonly retain: boolean
  readonly dup: boolean
  readonly packetId: number
}

/** A client's connection: what it received, decoded. */
export class TestConnection implements SessionConnection {
  readonly received: Received[] = []
  bufferedBytes = 0
  ended: string | undefined
  onPacket: ((packet: Received) => void) | undefined

  write(packet: Buffer): void {
    const { topic, payload, qos, retain } = decodePublish(packet)
    const received = {
      topic,
      text: payload.toString('utf8'),
      qos,
      retain,
      dup: ((packet[0] ?? 0) & 8) !== 0,
      packetId: qos === 0 ? 0 : packet.readUInt16BE(packetIdOffset(packet)),
    }
    this.received.push(received)
    this.onPacket?.(received)
  }

  end(reason: string): void {
    this.ended = reason
  }

  get texts(): string[] {
    return this.received.map(({ text }) => text)
  }
}

export interface RigOptions {
  readonly limits?: Partial<SessionLimits>
  readonly compactAboveBytes?: number
  readonly segmentBytes?: number
}

/** Sessions over a journal in memory, with restarts. */
export class Rig {
  readonly disk = new Map<number, Buffer[]>()
  readonly overflowed: string[] = []
  readonly #options: RigOptions
  #store: SessionStore | undefined
  #journal: MemoryJournal | undefined

  constructor(options: RigOptions = {}) {
    this.#options = options
  }

  get sessions(): SessionStore {
    if (this.#store === undefined) throw new Error('not open')
    return this.#store
  }

  get journal(): MemoryJournal {
    if (this.#journal === undefined) throw new Error('not open')
    return this.#journal
  }

  async open(): Promise<this> {
    const { limits, compactAboveBytes, segmentBytes = 1024 * 1024 } = this.#options
    this.#store = await openSessions({
      openJournal: async (replay) => {
        this.#journal = new MemoryJournal(this.disk, segmentBytes)
        this.#journal.replay(replay)
        return this.#journal
      },
      limits: { ...LIMITS, ...limits },
      ...(compactAboveBytes === undefined ? {} : { compactAboveBytes }),
      onOverflow: (clientId) => this.overflowed.push(clientId),
    })
    return this
  }

  /** Closes and opens again. */
  async restart(): Promise<void> {
    await this.sessions.close()
    await this.open()
  }

  /** kill -9 and a new start. */
  async crash(): Promise<void> {
    this.journal.kill()
    await this.open()
  }

  attach(clientId: string, clean = false): TestConnection {
    const connection = new TestConnection()
    this.sessions.attach(clientId, clean, connection)
    return connection
  }

  /** A client that acknowledges everything at once, as it comes. */
  attachAcking(clientId: string, clean = false): TestConnection {
    const connection = new TestConnection()
    connection.onPacket = ({ qos, packetId }) => {
      if (qos === 1) setImmediate(() => this.sessions.acknowledge(clientId, packetId))
    }
    this.sessions.attach(clientId, clean, connection)
    return connection
  }

  /** A persistent session with these subscriptions at QoS 1, not connected. */
  async away(clientId: string, ...filters: string[]): Promise<void> {
    await this.sessions.subscribe(
      clientId,
      false,
      filters.map((filter) => ({ filter, qos: 1 })),
    )
  }

  publish(topic: string, text: string, durable = true, qos: 0 | 1 = 1): Promise<void> {
    return this.sessions.publish({ topic, payload: Buffer.from(text), qos, durable })
  }

  /** Publishes state: what is retained and told to those who are there. */
  tell(topic: string, text: string, qos: 0 | 1 = 1): Promise<void> {
    return this.sessions.publish({ topic, payload: Buffer.from(text), qos, durable: true, retain: true })
  }
}

export const openRig = (options?: RigOptions): Promise<Rig> => new Rig(options).open()

/** A few turns of the event loop: acknowledgements are written, journal answers have come. */
export const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
