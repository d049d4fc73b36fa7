import type { Duplex } from 'node:stream'
import type { SessionConnection } from './sessions/sessions.ts'

/**
 * Collects what is written to a connection and hands it over in one write per turn of the event loop: under load a
 * system call per packet costs more than everything else done for the packet.
 */
export class ConnectionWriter implements SessionConnection {
  readonly #stream: Duplex
  readonly #onEnd: (reason: string) => void
  #packets: Buffer[] = []
  #bytes = 0
  /** Bytes of the largest packet since there was nothing left to hand over. */
  #largest = 0

  constructor(stream: Duplex, onEnd: (reason: string) => void) {
    this.#stream = stream
    this.#onEnd = onEnd
  }

  get bufferedBytes(): number {
    return this.#bytes + this.#stream.writableLength
  }

  /** Without the largest of them: a large answer takes its time, and whoever is reading it is not somebody who never reads. */
  get backlogBytes(): number {
    return Math.max(0, this.bufferedBytes - this.#largest)
  }

  write(packet: Buffer): void {
    this.#largest = this.bufferedBytes === 0 ? packet.length : Math.max(this.#largest, packet.length)
    if (this.#packets.push(packet) === 1) process.nextTick(flush, this)
    this.#bytes += packet.length
  }

  end(reason: string): void {
    this.#onEnd(reason)
  }

  flush(): void {
    const packets = this.#packets
    const bytes = this.#bytes
    this.#packets = []
    this.#bytes = 0
    if (this.#stream.destroyed || !this.#stream.writable) return
    this.#stream.write(packets.length === 1 ? packets[0] : Buffer.concat(packets, bytes))
  }
}

const flush = (writer: ConnectionWriter): void => writer.flush()
