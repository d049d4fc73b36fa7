import type { LiveJournal } from './live-journal.ts'
import { packetCodec, type StoredPacket } from './packet-codec.ts'
import { SHELF, Shelf } from './shelf.ts'

/** QoS 2 packets that clients have published and not yet released, by client and packet id. */
export class IncomingPackets {
  readonly shelf: Shelf<StoredPacket>
  readonly #byClient = new Map<string, Set<string>>()

  constructor(journal: LiveJournal) {
    this.shelf = new Shelf(SHELF.incoming, packetCodec, journal, (key, packet) => this.#changed(key, packet))
  }

  get(clientId: string, packetId: number): StoredPacket | undefined {
    return this.shelf.get(keyOf(clientId, packetId))
  }

  put(clientId: string, packetId: number, packet: StoredPacket): Promise<void> {
    return this.shelf.put(keyOf(clientId, packetId), packet)
  }

  delete(clientId: string, packetId: number): Promise<void> {
    return this.shelf.delete(keyOf(clientId, packetId))
  }

  async clear(clientId: string): Promise<void> {
    const keys = this.#byClient.get(clientId)
    if (keys === undefined) return
    await Promise.all([...keys].map((key) => this.shelf.delete(key)))
  }

  #changed(key: string, packet: StoredPacket | undefined): void {
    const clientId = key.slice(key.indexOf('/') + 1)
    const keys = this.#byClient.get(clientId)
    if (packet !== undefined) {
      if (keys === undefined) this.#byClient.set(clientId, new Set([key]))
      else keys.add(key)
      return
    }
    keys?.delete(key)
    if (keys?.size === 0) this.#byClient.delete(clientId)
  }
}

const keyOf = (clientId: string, packetId: number): string => `${packetId}/${clientId}`
