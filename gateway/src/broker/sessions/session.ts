import { Durable } from './live-journal.ts'
import { Delivery, Message, NEVER, OVER, QUEUED, WITHDRAWN } from './message.ts'
import { PacketIds } from './packet-ids.ts'
import { RECORD, type RecordWriter } from './records.ts'
import type { StoredSubscription } from './session-table.ts'
import type { SessionConnection, SessionLimits } from './sessions.ts'
import { type RetainedSource, StateFeed } from './state-feed.ts'
import type { Subscriber } from './subscription-index.ts'

/** What a session needs from those who keep it. */
export interface SessionHost {
  readonly limits: SessionLimits
  readonly retained: RetainedSource
  /** Every message up to this one is either in the queues or will never be. */
  readonly lastSettledId: number
  /** A delivery has entered the queue. */
  queued(delivery: Delivery): void
  /** A delivery has left the queue; `record` says whether the journal has to be told. */
  over(delivery: Delivery, record: boolean): void
  /** The queue is full: nothing more may be published to the session. */
  overflowed(session: Session): void
  /** Writing to its connection threw: the connection has to be ended. */
  broken(session: Session, connection: SessionConnection): void
}

/**
 * One client's session: what it subscribed to, what it has not acknowledged yet, and the sending of that. The queue is
 * a list, oldest first; what was sent on the present connection is before `#unsent`, what was not is from there on.
 */
export class Session extends Durable implements Subscriber {
  readonly number: number
  readonly clientId: string
  readonly clean: boolean
  readonly subscriptions = new Map<string, 0 | 1>()
  /** Fields of subscriptions that only aedes wants back, as JSON. */
  extras: Map<string, string> | undefined
  connection: SessionConnection | undefined
  ended = false
  /** The last change of subscriptions that the journal has not confirmed. */
  commit: Promise<void> | undefined
  /** Deliveries that wait for the journal. */
  pending = 0
  matchedAt = 0
  matchedQos: 0 | 1 = 0
  queuedMessages = 0
  queuedBytes = 0
  readonly #host: SessionHost
  #first: Delivery | undefined
  #last: Delivery | undefined
  #unsent: Delivery | undefined
  #inflight = 0
  readonly #packetIds = new PacketIds<Delivery>()
  #attachment = 0
  #pumping = false
  /** How many times the limits the queue may hold. */
  #room = 1
  #state: StateFeed | undefined

  constructor(number: number, clientId: string, clean: boolean, host: SessionHost) {
    super()
    this.number = number
    this.clientId = clientId
    this.clean = clean
    this.#host = host
  }

  attach(connection: SessionConnection): void {
    this.connection = connection
    this.#attachment++
    this.#inflight = 0
    this.#unsent = this.#first
    // Whoever comes back to a full queue must be able to take it while new messages come.
    this.#room = this.#exceeds(1) ? 2 : 1
    this.pump()
  }

  detach(): void {
    this.connection = undefined
    for (let delivery = this.#first; delivery !== undefined && delivery !== this.#unsent; delivery = delivery.next) {
      if (delivery.state === WITHDRAWN) this.#remove(delivery)
    }
    if (this.#first === undefined) this.#packetIds.clear()
  }

  /** Puts a delivery behind all others; `pump` sends it. When that was one too many, it is the last but for a few. */
  enqueue(delivery: Delivery): void {
    this.append(delivery)
    // Without subscriptions it is full already, and what comes was on its way before.
    if (this.subscriptions.size > 0 && this.#exceeds(this.#room)) this.#host.overflowed(this)
  }

  /** As `enqueue`, without a limit. */
  append(delivery: Delivery): void {
    this.queuedMessages++
    this.queuedBytes += delivery.message.packet.length
    delivery.state = QUEUED
    delivery.previous = this.#last
    if (this.#last === undefined) this.#first = delivery
    else this.#last.next = delivery
    this.#last = delivery
    this.#unsent ??= delivery
    this.#host.queued(delivery)
  }

  /** A message that is not kept. Dropped for who is away or too slow, as QoS 0 allows. */
  sendOnce(packet: Buffer): boolean {
    const connection = this.connection
    if (connection === undefined || connection.bufferedBytes > this.#host.limits.connectionBufferBytes) return false
    this.#write(connection, packet)
    return true
  }

  /** Sends what may be sent now. */
  pump(): void {
    // A connection may acknowledge within `write`; the loop below goes on by itself.
    if (this.#pumping) return
    this.#pumping = true
    const { inflight, connectionBufferBytes } = this.#host.limits
    for (;;) {
      const connection = this.connection
      if (connection === undefined || this.#inflight >= inflight || connection.bufferedBytes > connectionBufferBytes)
        break
      const delivery = this.#unsent
      if (delivery === undefined) {
        if (!this.#sendState(connection)) break
        continue
      }
      this.#unsent = delivery.next
      if (delivery.packetId === 0) this.#packetIds.assign(delivery)
      const dup = delivery.sentOn !== NEVER
      delivery.sentOn = this.#attachment
      this.#inflight++
      this.#write(connection, delivery.message.packetFor(delivery.packetId, dup))
    }
    this.#pumping = false
  }

  acknowledge(packetId: number): void {
    const delivery = this.#packetIds.find(packetId)
    // An acknowledgement belongs to the connection that brought the message; a late one could be of another message.
    if (delivery === undefined || delivery.sentOn !== this.#attachment) return
    const withdrawn = delivery.state === WITHDRAWN
    this.#remove(delivery)
    if (!withdrawn) this.#leave(delivery, true)
    if (this.#unsent !== undefined || this.#state?.waiting === true) this.pump()
  }

  /**
   * Drops what is queued and chosen.
   * @returns ids of the dropped messages that the journal has
   */
  drop(chosen: (message: Message) => boolean): number[] {
    const ids: number[] = []
    for (let delivery = this.#first; delivery !== undefined; ) {
      const next = delivery.next
      if (delivery.state === QUEUED && chosen(delivery.message)) {
        if (delivery.place >= 0) ids.push(delivery.message.id)
        if (this.connection !== undefined && delivery.sentOn === this.#attachment)
          this.#leave(delivery, false, WITHDRAWN)
        else {
          this.#remove(delivery)
          this.#leave(delivery, false)
        }
      }
      delivery = next
    }
    return ids
  }

  /** Lets go of everything. */
  end(): void {
    this.ended = true
    this.connection = undefined
    this.#state = undefined
    for (let delivery = this.#first; delivery !== undefined; delivery = delivery.next) {
      if (delivery.state === QUEUED) this.#leave(delivery, false)
    }
    this.#first = undefined
    this.#last = undefined
    this.#unsent = undefined
    this.#packetIds.clear()
  }

  /** Has to be remembered while nobody is connected. */
  get worthKeeping(): boolean {
    return this.subscriptions.size > 0 || this.queuedMessages > 0 || this.pending > 0
  }

  differs({ filter, qos, extras = '' }: StoredSubscription): boolean {
    return this.subscriptions.get(filter) !== qos || (this.extras?.get(filter) ?? '') !== extras
  }

  setExtras(filter: string, extras: string): void {
    if (extras === '') this.extras?.delete(filter)
    else {
      this.extras ??= new Map()
      this.extras.set(filter, extras)
    }
  }

  /** What is retained and was not sent yet; `pump` sends it behind the queue. */
  get state(): StateFeed {
    this.#state ??= new StateFeed(this.#host.retained, this.subscriptions)
    return this.#state
  }

  /** The retained value of a topic, which the index has matched just now, is another. */
  noteChange(topic: string): void {
    if (!this.ended) this.state.note(topic, this.matchedQos, this.#attachment)
  }

  /** A subscription has ended. */
  unfeed(filter: string): void {
    this.#state?.remove(filter)
  }

  get live(): boolean {
    return !this.ended && !this.clean && (this.subscriptions.size > 0 || this.queuedMessages > 0)
  }

  restate(writer: RecordWriter): boolean {
    if (this.clean) return false
    if (this.ended) {
      writer.begin(RECORD.purged).number(this.number)
      return true
    }
    writer.begin(RECORD.session).number(this.number).text(this.clientId)
    writeSubscriptions(writer, this, [...this.subscriptions.keys()])
    // Which messages are open, so that acknowledgements that were lost with a full disk are made good.
    writer.number(this.#host.lastSettledId)
    let before = 0
    for (let delivery = this.#first; delivery !== undefined; delivery = delivery.next) {
      if (delivery.state !== QUEUED || delivery.place < 0) continue
      writer.number(delivery.message.id - before)
      before = delivery.message.id
    }
    return true
  }

  #exceeds(room: number): boolean {
    const { queuedMessages, queuedBytes } = this.#host.limits
    return this.queuedMessages > queuedMessages * room || this.queuedBytes > queuedBytes * room
  }

  #write(connection: SessionConnection, packet: Buffer): void {
    try {
      connection.write(packet)
    } catch {
      // One broken connection must not keep the message from the others.
      this.#host.broken(this, connection)
    }
  }

  /** @returns whether there was any */
  #sendState(connection: SessionConnection): boolean {
    const next = this.#state?.next(this.#attachment)
    if (next === undefined) return false
    if (next instanceof Message) this.append(new Delivery(this, next))
    else this.#write(connection, next)
    return true
  }

  #leave(delivery: Delivery, record: boolean, state: typeof OVER | typeof WITHDRAWN = OVER): void {
    delivery.state = state
    this.queuedMessages--
    this.queuedBytes -= delivery.message.packet.length
    this.#host.over(delivery, record)
  }

  #remove(delivery: Delivery): void {
    const { previous, next } = delivery
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    if (this.#unsent === delivery) this.#unsent = next
    if (delivery.packetId !== 0) {
      this.#packetIds.release(delivery)
      if (delivery.sentOn === this.#attachment) this.#inflight--
    }
  }
}

export const writeSubscriptions = (writer: RecordWriter, session: Session, filters: readonly string[]): void => {
  writer.number(filters.length)
  for (const filter of filters) {
    writer.text(filter).byte(session.subscriptions.get(filter) ?? 0)
    writer.text(session.extras?.get(filter) ?? '')
  }
}
