/**
 * The journal's records: a kind, then fields. Numbers are varints (7 bits a byte, low first), texts and blobs carry
 * their length before them. The numbers of the kinds are part of the format on disk.
 */
export const RECORD = {
  /** A message with the sessions that still have to acknowledge it; replaces an earlier record of the same message. */
  message: 1,
  /** Pairs of session and message: acknowledged, or dropped. */
  settled: 2,
  /** All of a session; replaces whatever was said of it before. */
  session: 3,
  subscribed: 4,
  /** Filters that ended, and messages dropped with them. */
  unsubscribed: 5,
  purged: 6,
  /** A value on a shelf; replaces an earlier one with the same key. */
  kept: 7,
  lost: 8,
} as const

const INITIAL_BYTES = 16 * 1024
/** A buffer that grew beyond this for one large record is let go after it. */
const RETAINED_BYTES = 1024 * 1024

/** Builds one record after the other in a buffer of its own. */
export class RecordWriter {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Valid until the next `begin`. */
  get record(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  begin(kind: number): this {
    if (this.#bytes.length > RETAINED_BYTES) this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES)
    this.#length = 0
    return this.byte(kind)
  }

  clear(): void {
    this.#length = 0
  }

  byte(value: number): this {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = value
    return this
  }

  number(value: number): this {
    if (this.#bytes.length - this.#length < 8) this.#grow(8)
    const bytes = this.#bytes
    let at = this.#length
    let rest = value
    while (rest >= 0x8000_0000) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.#length = at
    return this
  }

  text(value: string): this {
    const length = Buffer.byteLength(value)
    this.number(length)
    if (this.#bytes.length - this.#length < length) this.#grow(length)
    this.#bytes.write(value, this.#length, 'utf8')
    this.#length += length
    return this
  }

  blob(value: Uint8Array): this {
    return this.number(value.length).rest(value)
  }

  /** Bytes up to the end of the record, without a length. */
  rest(value: Uint8Array): this {
    if (this.#bytes.length - this.#length < value.length) this.#grow(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  #grow(more: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/** @throws RangeError where a record ends too early: the journal authenticates records, so it is not one of ours */
export class RecordReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(record: Uint8Array) {
    this.#bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength)
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  byte(): number {
    const value = this.#bytes[this.#at++]
    if (value === undefined) throw new RangeError('a journal record ends too early')
    return value
  }

  number(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 0x80
    }
  }

  text(): string {
    return this.#take(this.number()).toString('utf8')
  }

  /** A copy: the record's memory belongs to the journal. */
  blob(): Buffer {
    return copyOf(this.#take(this.number()))
  }

  rest(): Buffer {
    return copyOf(this.#take(this.#bytes.length - this.#at))
  }

  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError('a journal record ends too early')
    const taken = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return taken
  }
}

const copyOf = (bytes: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  copy.set(bytes)
  return copy
}
