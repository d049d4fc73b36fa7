import type { StoredPacket } from './packet-codec.ts'
import type { Shelf } from './shelf.ts'

interface Queued {
  readonly key: string
  packet: StoredPacket
}

/** The queues of packets that aedes delivers by itself, by client. Empty where Sessions delivers. */
export class OutgoingPackets {
  readonly #shelf: Shelf<StoredPacket>
  readonly #queues = new Map<string, Queued[]>()
  #last = 0

  constructor(shelf: Shelf<StoredPacket>) {
    this.#shelf = shelf
    const stored = [...shelf.entries()].map(([key, packet]) => ({ key, packet, number: Number.parseInt(key, 10) }))
    for (const { key, packet, number } of stored.sort((a, b) => a.number - b.number)) {
      this.#queueOf(key.slice(key.indexOf('/') + 1)).push({ key, packet })
      this.#last = number
    }
  }

  packets(clientId: string): StoredPacket[] {
    return (this.#queues.get(clientId) ?? []).map(({ packet }) => packet)
  }

  add(clientId: string, packet: StoredPacket): Promise<void> {
    const queued = { key: `${++this.#last}/${clientId}`, packet: copyOf(packet) }
    this.#queueOf(clientId).push(queued)
    return this.#shelf.put(queued.key, queued.packet)
  }

  /** Notes the packet id of a packet, or puts a PUBREL in its place. */
  async update(clientId: string, packet: StoredPacket): Promise<void> {
    for (const queued of this.#queues.get(clientId) ?? []) {
      if (queued.packet.brokerId === packet.brokerId) {
        // A packet id comes round again; the broker's counter says which packet is meant.
        if (queued.packet.brokerCounter !== packet.brokerCounter) continue
        queued.packet.messageId = packet.messageId
      } else if (queued.packet.messageId === packet.messageId) {
        queued.packet = packet
      } else {
        continue
      }
      return this.#shelf.put(queued.key, queued.packet)
    }
    throw new Error('no such packet')
  }

  async remove(clientId: string, messageId: number | undefined): Promise<StoredPacket | undefined> {
    const queue = this.#queues.get(clientId)
    const index = queue?.findIndex(({ packet }) => packet.messageId === messageId) ?? -1
    if (queue === undefined || index < 0) return undefined
    const [removed] = queue.splice(index, 1)
    if (queue.length === 0) this.#queues.delete(clientId)
    if (removed !== undefined) await this.#shelf.delete(removed.key)
    return removed?.packet
  }

  #queueOf(clientId: string): Queued[] {
    let queue = this.#queues.get(clientId)
    if (queue === undefined) {
      queue = []
      this.#queues.set(clientId, queue)
    }
    return queue
  }
}

/** A packet as aedes-packet makes it of another: known fields only, its packet id yet to be given. */
export const copyOf = (packet: StoredPacket): StoredPacket => {
  const copy: StoredPacket = {}
  for (const field of ['clientId', 'nl', 'properties', 'messageExpiry']) {
    if (Object.hasOwn(packet, field)) copy[field] = packet[field]
  }
  copy.cmd = packet.cmd ?? 'publish'
  if (packet.brokerId !== undefined) copy.brokerId = packet.brokerId
  copy.brokerCounter = packet.brokerCounter ?? 0
  if (packet.topic !== undefined) copy.topic = packet.topic
  copy.payload = packet.payload ?? Buffer.alloc(0)
  copy.qos = packet.qos ?? 0
  copy.retain = packet.retain ?? false
  copy.dup = packet.dup ?? false
  if (copy.qos > 0 || copy.cmd !== 'publish') copy.messageId = undefined
  return copy
}
