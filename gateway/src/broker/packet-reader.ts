import type { Duplex } from 'node:stream'

/** Who takes the packets that come by the thousand; each answers false to leave one to aedes after all. */
export interface PacketTaker {
  /** A PUBLISH of QoS 1 that is not retained. `topic` is what was sent, byte by byte: check it before use. */
  publish(topic: string, payload: Buffer, packetId: number): boolean
  puback(packetId: number): boolean
}

export interface PacketReaderOptions {
  readonly maxBytes: number
  /** Called once, before the connection is destroyed. */
  readonly onTooLarge: () => void
}

/** Too many unanswered requests; too much that the client has not read. */
export type HoldReason = 'requests' | 'drain'

const QOS1_PUBLISH = 0x32
const DUP = 0x08
const PUBACK = 0x40
const INCOMPLETE = -1
const TOO_LARGE = -2

/**
 * Reads a connection packet by packet (MQTT 3.1.1, 2.2), in front of aedes, by standing in for the `read` it calls; a
 * stream in between would cost a copy of every packet and several kilobytes per connection.
 *
 * - A packet larger than the limit ends the connection at its first bytes: mqtt-packet would collect up to 256 MiB before
 *   anyone could look at it.
 * - Requests and acknowledgements are taken out for the `taker`. In aedes each costs more than all else that is done for
 *   a message, and aedes reads no further while several of one piece are unanswered.
 * - Reading can be put on hold, which is how a client is slowed down that asks faster than it is answered.
 */
export class PacketReader {
  /** From the moment it is set it gets what it can take; without it everything goes to aedes. */
  taker: PacketTaker | undefined
  /** Set when a whole packet has come; for whoever asks to set back. */
  heard = false
  readonly #connection: Duplex
  readonly #options: PacketReaderOptions
  readonly #holds = new Set<HoldReason>()
  /** What is not read yet: the beginning of a packet, or whole ones that came when reading was put on hold. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** With fewer bytes there is nothing to do. */
  #needed = 0

  constructor(connection: Duplex, options: PacketReaderOptions) {
    this.#connection = connection
    this.#options = options
    const read = connection.read.bind(connection)
    connection.read = (size?: number): unknown => {
      if (this.onHold) return null
      const chunk: unknown = read(size)
      if (Buffer.isBuffer(chunk)) return this.#take(chunk)
      return this.#waitingBytes > 0 && this.#waitingBytes >= this.#needed ? this.#take(undefined) : chunk
    }
  }

  get onHold(): boolean {
    return this.#holds.size > 0
  }

  isHeld(reason: HoldReason): boolean {
    return this.#holds.has(reason)
  }

  /** Reads nothing more until the same reason is released. */
  hold(reason: HoldReason): void {
    this.#holds.add(reason)
  }

  release(reason: HoldReason): void {
    if (!this.#holds.delete(reason) || this.onHold) return
    // Not within the call of whoever releases: reading calls others.
    setImmediate(() => {
      if (!this.onHold && !this.#connection.destroyed) this.#connection.emit('readable')
    })
  }

  /** @returns whole packets for aedes, or null when there are none */
  #take(chunk: Buffer | undefined): Buffer | null {
    const bytes = this.#gather(chunk)
    if (bytes === undefined) return null
    const forAedes: Buffer[] = []
    let passedFrom = 0
    let at = 0
    this.#needed = 0
    while (at < bytes.length && !this.onHold) {
      const end = packetEnd(bytes, at, this.#options.maxBytes)
      if (end === TOO_LARGE) {
        this.#options.onTooLarge()
        this.#connection.destroy()
        return null
      }
      if (end === INCOMPLETE || end > bytes.length) {
        this.#needed = end === INCOMPLETE ? bytes.length - at + 1 : end - at
        break
      }
      this.heard = true
      if (this.taker !== undefined && this.#offer(this.taker, bytes, at, end)) {
        if (passedFrom < at) forAedes.push(bytes.subarray(passedFrom, at))
        passedFrom = end
      }
      at = end
    }
    if (passedFrom < at) forAedes.push(bytes.subarray(passedFrom, at))
    this.#waiting = at < bytes.length ? [bytes.subarray(at)] : []
    this.#waitingBytes = bytes.length - at
    return forAedes.length > 1 ? Buffer.concat(forAedes) : (forAedes[0] ?? null)
  }

  /** What has come so far as one piece; undefined while it is not enough. A copy is made once per packet, not per piece. */
  #gather(chunk: Buffer | undefined): Buffer | undefined {
    if (chunk !== undefined) {
      if (this.#waitingBytes === 0) return chunk
      this.#waiting.push(chunk)
      this.#waitingBytes += chunk.length
    }
    if (this.#waitingBytes < this.#needed) return undefined
    return this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting, this.#waitingBytes)
  }

  #offer(taker: PacketTaker, bytes: Buffer, start: number, end: number): boolean {
    const type = bytes[start] as number
    if (type === PUBACK) return end - start === 4 && taker.puback(bytes.readUInt16BE(start + 2))
    if ((type & ~DUP) !== QOS1_PUBLISH) return false
    let at = start + 2
    while ((bytes[at - 1] as number) & 0x80) at++
    if (at + 4 > end) return false
    const topicEnd = at + 2 + bytes.readUInt16BE(at)
    if (topicEnd + 2 > end) return false
    const packetId = bytes.readUInt16BE(topicEnd)
    return taker.publish(bytes.toString('latin1', at + 2, topicEnd), bytes.subarray(topicEnd + 2, end), packetId)
  }
}

/** Where the packet at `start` ends, perhaps behind the bytes there are; or INCOMPLETE, or TOO_LARGE (malformed, too). */
const packetEnd = (bytes: Buffer, start: number, maxBytes: number): number => {
  let length = 0
  for (let at = start + 1, shift = 0; at < bytes.length; at++, shift += 7) {
    const byte = bytes[at] as number
    length += (byte & 0x7f) * 2 ** shift
    if (length > maxBytes || shift > 21) return TOO_LARGE
    if ((byte & 0x80) === 0) return at + 1 + length
  }
  return INCOMPLETE
}
