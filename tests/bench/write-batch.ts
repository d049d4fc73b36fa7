import type { Socket } from 'node:net'

const INITIAL_BYTES = 16 * 1024

/** Collects what several connections have to send and gives each of them one write at the end of the loop turn. */
export class WriteBatch {
  readonly #waiting: BatchedSocket[] = []
  #scheduled = false

  add(socket: BatchedSocket): void {
    this.#waiting.push(socket)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#flush)
  }

  readonly #flush = (): void => {
    this.#scheduled = false
    for (const socket of this.#waiting) socket.flush()
    this.#waiting.length = 0
  }
}

/** A socket with an output buffer of its own that is filled in place and written once per loop turn. */
export class BatchedSocket {
  readonly #socket: Socket
  readonly #batch: WriteBatch
  #buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #used = 0

  constructor(socket: Socket, batch: WriteBatch) {
    this.#socket = socket
    this.#batch = batch
  }

  /** Appends a copy of `packet` and returns where it begins in `buffer`, so that the caller can patch it. */
  append(packet: Buffer): number {
    const at = this.#reserve(packet.length)
    packet.copy(this.#buffer, at)
    return at
  }

  appendPuback(packetId: number): void {
    const at = this.#reserve(4)
    const buffer = this.#buffer
    buffer[at] = 0x40
    buffer[at + 1] = 2
    buffer[at + 2] = packetId >>> 8
    buffer[at + 3] = packetId & 255
  }

  /** The buffer that `append` wrote to; another one after the next `append` or `flush`. */
  get buffer(): Buffer {
    return this.#buffer
  }

  flush(): void {
    if (this.#used === 0 || this.#socket.destroyed) {
      this.#used = 0
      return
    }
    this.#socket.write(this.#used === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#used))
    this.#used = 0
    // The kernel took only a part: the stream still reads from this buffer, so the next packets need another one.
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length)
  }

  #reserve(bytes: number): number {
    if (this.#used === 0) this.#batch.add(this)
    const at = this.#used
    const needed = at + bytes
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2))
      this.#buffer.copy(larger, 0, 0, at)
      this.#buffer = larger
    }
    this.#used = needed
    return at
  }
}
