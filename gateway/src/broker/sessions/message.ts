import { Durable } from './live-journal.ts'
import { copyPublish, packetIdOffset, setPacketId } from './packets.ts'
import { RECORD, type RecordWriter } from './records.ts'
import type { Session } from './session.ts'

/** One message on its way to any number of sessions; encoded once. */
export class Message extends Durable {
  /** Grows in the order of publishing; 0 for what is kept in memory only. */
  readonly id: number
  readonly topic: string
  /** The encoded QoS 1 PUBLISH. */
  readonly packet: Buffer
  /** Deliveries queued somewhere. */
  open = 0
  /** The deliveries to persistent sessions that a restart has to find; empty for what is kept in memory only. */
  readonly kept: Delivery[] = []
  readonly #idOffset: number
  /** Nobody else gets this packet, so its first receiver may have these very bytes. */
  #exclusive: boolean

  constructor(id: number, topic: string, packet: Buffer, exclusive: boolean) {
    super()
    this.id = id
    this.topic = topic
    this.packet = packet
    this.#idOffset = packetIdOffset(packet)
    this.#exclusive = exclusive
  }

  get payloadBytes(): number {
    return this.packet.length - this.#idOffset - 2
  }

  /** The packet for one receiver, which owns it. */
  packetFor(packetId: number, dup: boolean): Buffer {
    if (!this.#exclusive || dup) return copyPublish(this.packet, this.#idOffset, packetId, dup)
    this.#exclusive = false
    setPacketId(this.packet, this.#idOffset, packetId)
    return this.packet
  }

  get live(): boolean {
    return this.kept.length > 0
  }

  restate(writer: RecordWriter): boolean {
    if (this.kept.length === 0) return false
    writeMessage(writer, this, this.kept)
    return true
  }

  keep(delivery: Delivery): void {
    delivery.place = this.kept.length
    this.kept.push(delivery)
  }

  unkeep(delivery: Delivery): void {
    const last = this.kept.pop()
    if (last === undefined || last === delivery) return
    this.kept[delivery.place] = last
    last.place = delivery.place
  }
}

/** The record of a message; `deliveries` that are not to persistent sessions are left out. */
export const writeMessage = (writer: RecordWriter, message: Message, deliveries: readonly Delivery[]): void => {
  let count = 0
  for (const delivery of deliveries) if (!delivery.session.clean) count++
  writer.begin(RECORD.message).number(message.id).number(count)
  for (const delivery of deliveries) if (!delivery.session.clean) writer.number(delivery.session.number)
  writer.rest(message.packet)
}

/** Waiting for the journal. */
export const PENDING = 0
export const QUEUED = 1
/** Acknowledged or dropped. */
export const OVER = 2
/** Dropped while the client may still acknowledge it, so that its packet id must not be used again yet. */
export const WITHDRAWN = 3

/** Never sent on any connection. */
export const NEVER = 0
/** Perhaps sent by an earlier process. */
export const PERHAPS = -1

/** One message in the queue of one session. */
export class Delivery {
  readonly session: Session
  readonly message: Message
  state: typeof PENDING | typeof QUEUED | typeof OVER | typeof WITHDRAWN = PENDING
  /** 0 until it is first sent. */
  packetId = 0
  /** Number of the attachment it was last sent on, or one of the two above. */
  sentOn = NEVER
  previous: Delivery | undefined
  next: Delivery | undefined
  /** Index in the message's `kept`. */
  place = -1

  constructor(session: Session, message: Message) {
    this.session = session
    this.message = message
  }
}
