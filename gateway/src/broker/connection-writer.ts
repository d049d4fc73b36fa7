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

  constructor(stream: Duplex, onEnd: (reason: string) => void) {
    this.#stream = stream
    this.#onEnd = onEnd
  }

  get bufferedBytes(): number {
    return this.#bytes + this.#stream.writableLength
  }

  write(packet: Buffer): void {
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
