const INITIAL_SLOTS = 8
const MAX_PACKET_ID = 65_535

/** What has a packet id, once it was given one. */
interface Numbered {
  /** 0 until then. */
  packetId: number
}

/**
 * The packet ids of one session. Whoever has an id stands in the slot of its low bits, so that an acknowledgement finds
 * it without a map. There are never as many ids in use as there are ids.
 */
export class PacketIds<T extends Numbered> {
  #slots: (T | undefined)[] = []
  #used = 0
  #next = 1

  find(packetId: number): T | undefined {
    const found = this.#slots[packetId & (this.#slots.length - 1)]
    return found?.packetId === packetId ? found : undefined
  }

  /** Gives an id that nobody has. */
  assign(owner: T): void {
    if (this.#used === this.#slots.length) this.#grow()
    const mask = this.#slots.length - 1
    let id = this.#next
    while (this.#slots[id & mask] !== undefined) id = following(id)
    this.#next = following(id)
    this.#slots[id & mask] = owner
    this.#used++
    owner.packetId = id
  }

  release(owner: T): void {
    this.#slots[owner.packetId & (this.#slots.length - 1)] = undefined
    this.#used--
  }

  clear(): void {
    this.#slots = []
    this.#used = 0
  }

  #grow(): void {
    const grown = new Array<T | undefined>(Math.max(INITIAL_SLOTS, this.#slots.length * 2)).fill(undefined)
    for (const owner of this.#slots) {
      if (owner !== undefined) grown[owner.packetId & (grown.length - 1)] = owner
    }
    this.#slots = grown
  }
}

const following = (id: number): number => (id === MAX_PACKET_ID ? 1 : id + 1)
