import type { Duplex } from 'node:stream'

/** Who takes the packets that come by the thousand; each answers false to leave one to aedes after all. */
export interface PacketTaker {
  /**
   * A PUBLISH that is not retained. `topic` is what was sent, byte by byte: check it before use.
   * @param packetId undefined at QoS 0
   */
  publish(topic: string, payload: Buffer, packetId: number | undefined): boolean
  puback(packetId: number): boolean
  pingreq(): boolean
}

export interface PacketReaderOptions {
  readonly maxBytes: number
  /** Called once, before the connection is destroyed. */
  readonly onTooLarge: () => void
}

const PUBLISH = 0x30
const DUP = 0x08
const QOS = 0x06
const QOS1 = 0x02
const PUBACK = 0x40
const PINGREQ = 0xc0
/** The high halves of the first bytes after which a client may send more: all others end its connection, or should. */
const GOES_ON: readonly number[] = [0x30, 0x40, 0x50, 0x60, 0x70, 0x80, 0xa0, 0xc0]
const INCOMPLETE = -1
const TOO_LARGE = -2
const NOTHING = Buffer.alloc(0)

/**
 * Reads a connection packet by packet (MQTT 3.1.1, 2.2), in front of aedes, by standing in for the `read` it calls; a
 * stream in between would cost a copy of every packet and several kilobytes per connection.
 *
 * - A packet larger than the limit ends the connection at its first bytes: mqtt-packet would collect up to 256 MiB before
 *   anyone could look at it.
 * - Requests, acknowledgements and pings are taken out for the `taker`. In aedes each costs more than all else that is
 *   done for a message, and aedes reads no further while several of one piece are unanswered, or while a slow client has
 *   not read all that was sent to it.
 * - Reading can be put on hold, which is how a client is slowed down that asks faster than it is answered.
 */
export class PacketReader {
  /** From the moment it is set it gets what it can take; without it everything goes to aedes. */
  taker: PacketTaker | undefined
  readonly #connection: Duplex
  readonly #options: PacketReaderOptions
  #onHold = false
  /** Nothing that comes from now on counts. */
  #isOver = false
  #heard = false
  /** What is not read yet: the beginning of a packet, or whole ones that came in one piece before a hold. */
  #waiting: Buffer = NOTHING
  #waitingBytes = 0
  /** With fewer bytes there is nothing to do. */
  #needed = 1

  constructor(connection: Duplex, options: PacketReaderOptions) {
    this.#connection = connection
    this.#options = options
    const read = connection.read.bind(connection)
    connection.read = (size?: number): unknown => {
      if (this.#onHold || this.#isOver) return null
      // So Node asks for more to be fetched, and throws the answer away.
      if (size === 0) return read(0)
      if (this.#waitingBytes >= this.#needed) {
        const forAedes = this.#take(this.#waiting.subarray(0, this.#waitingBytes))
        if (forAedes !== null || this.onHold) return forAedes
      }
      const chunk: unknown = read(size)
      return Buffer.isBuffer(chunk) ? this.#receive(chunk) : chunk
    }
  }

  /** Whether a whole packet has come since it was asked the last time. */
  takeHeard(): boolean {
    const heard = this.#heard
    this.#heard = false
    return heard
  }

  get onHold(): boolean {
    return this.#onHold
  }

  /** Bytes that have come and wait to be looked at. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /** Reads nothing more until `release`. */
  hold(): void {
    this.#onHold = true
  }

  release(): void {
    if (!this.#onHold) return
    this.#onHold = false
    // Not within the call of whoever releases: reading calls others.
    setImmediate(() => {
      if (!this.#onHold && !this.#connection.destroyed) this.#connection.emit('readable')
    })
  }

  #receive(chunk: Buffer): Buffer | null {
    if (this.#waitingBytes === 0) return this.#take(chunk)
    this.#append(chunk)
    return this.#waitingBytes < this.#needed ? null : this.#take(this.#waiting.subarray(0, this.#waitingBytes))
  }

  /** In a buffer that doubles: a client may send a packet byte by byte, and neither copies nor pieces may add up. */
  #append(chunk: Buffer): void {
    const total = this.#waitingBytes + chunk.length
    if (total > this.#waiting.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(total, this.#waitingBytes * 2))
      this.#waiting.copy(larger, 0, 0, this.#waitingBytes)
      this.#waiting = larger
    }
    chunk.copy(this.#waiting, this.#waitingBytes)
    this.#waitingBytes = total
  }

  /** @returns whole packets for aedes, or null when there are none */
  #take(bytes: Buffer): Buffer | null {
    const forAedes: Buffer[] = []
    let passedFrom = 0
    let at = 0
    this.#needed = 1
    while (at < bytes.length && !this.#onHold && !this.#isOver) {
      const end = packetEnd(bytes, at, this.#options.maxBytes)
      if (end === TOO_LARGE) {
        this.#end()
        this.#options.onTooLarge()
        this.#connection.destroy()
        return null
      }
      if (end === INCOMPLETE || end > bytes.length) {
        this.#needed = end === INCOMPLETE ? bytes.length - at + 1 : end - at
        break
      }
      this.#heard = true
      if (this.taker !== undefined) {
        if (this.#offer(this.taker, bytes, at, end)) {
          if (passedFrom < at) forAedes.push(bytes.subarray(passedFrom, at))
          passedFrom = end
        } else if (!goesOn(bytes[at] as number)) {
          forAedes.push(bytes.subarray(passedFrom, end))
          this.#end()
          return Buffer.concat(forAedes)
        }
      }
      at = end
    }
    if (passedFrom < at) forAedes.push(bytes.subarray(passedFrom, at))
    this.#waiting = at < bytes.length ? bytes.subarray(at) : NOTHING
    this.#waitingBytes = this.#waiting.length
    return forAedes.length > 1 ? Buffer.concat(forAedes) : (forAedes[0] ?? null)
  }

  #end(): void {
    this.#isOver = true
    this.#waiting = NOTHING
    this.#waitingBytes = 0
  }

  #offer(taker: PacketTaker, bytes: Buffer, start: number, end: number): boolean {
    const type = bytes[start] as number
    if (type === PUBACK) return end - start === 4 && taker.puback(bytes.readUInt16BE(start + 2))
    if (type === PINGREQ) return end - start === 2 && taker.pingreq()
    const isQos1 = (type & ~DUP) === (PUBLISH | QOS1)
    if (!isQos1 && type !== PUBLISH) return false
    let at = start + 2
    while ((bytes[at - 1] as number) & 0x80) at++
    if (at + 2 > end) return false
    const topicEnd = at + 2 + bytes.readUInt16BE(at)
    const payloadAt = isQos1 ? topicEnd + 2 : topicEnd
    if (payloadAt > end) return false
    const packetId = isQos1 ? bytes.readUInt16BE(topicEnd) : undefined
    return taker.publish(bytes.toString('latin1', at + 2, topicEnd), bytes.subarray(payloadAt, end), packetId)
  }
}

const goesOn = (type: number): boolean =>
  GOES_ON.includes(type & 0xf0) && ((type & 0xf0) !== PUBLISH || (type & QOS) !== QOS)

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
