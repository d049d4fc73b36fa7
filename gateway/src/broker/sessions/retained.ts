import type { LiveJournal } from './live-journal.ts'
import type { Message } from './message.ts'
import { packetCodec, type StoredPacket } from './packet-codec.ts'
import { encodePublish } from './packets.ts'
import type { RetainedMessage } from './sessions.ts'
import { SHELF, Shelf } from './shelf.ts'

export interface RetainedValue extends RetainedMessage {
  /** What aedes wants back besides. */
  readonly packet: StoredPacket
  /** The message for subscribers at QoS 1, with the retain flag and without; made when the first of them needs it. */
  asRetained?: Message
  asChange?: Message
}

interface Level {
  readonly next: Map<string, Level>
  value: RetainedValue | undefined
}

/** The retained messages, found by filter without looking at those of other topics. */
export class Retained {
  readonly shelf: Shelf<RetainedValue>
  readonly #levels: Level = { next: new Map(), value: undefined }

  constructor(journal: LiveJournal) {
    this.shelf = new Shelf(
      SHELF.retained,
      {
        encode: ({ packet }) => packetCodec.encode(packet),
        decode: (bytes) => retainedValue(packetCodec.decode(bytes)),
      },
      journal,
      (topic, value) => this.#place(topic, value),
    )
  }

  get size(): number {
    return this.shelf.size
  }

  get(topic: string): RetainedValue | undefined {
    return this.shelf.get(topic)
  }

  /** @throws RangeError when it cannot be sent as an MQTT packet */
  set(packet: StoredPacket): Promise<void> {
    const value = retainedValue(packet)
    if (value.payload.length === 0) return this.shelf.delete(value.topic)
    encodePublish(value.topic, value.payload, 1, true)
    return this.shelf.put(value.topic, value)
  }

  /** Read while it is iterated: shows what is retained at that moment. */
  matching(filter: string): Iterator<RetainedValue> & Iterable<RetainedValue> {
    return find(this.#levels, filter.split('/'), 0)
  }

  #place(topic: string, value: RetainedValue | undefined): void {
    const path: [Level, string][] = []
    let level = this.#levels
    for (const name of topic.split('/')) {
      let next = level.next.get(name)
      if (next === undefined) {
        if (value === undefined) return
        next = { next: new Map(), value: undefined }
        level.next.set(name, next)
      }
      path.push([level, name])
      level = next
    }
    level.value = value
    for (let entry = path.pop(); entry !== undefined; entry = path.pop()) {
      if (level.value !== undefined || level.next.size > 0) return
      const [above, name] = entry
      above.next.delete(name)
      level = above
    }
  }
}

function* find(level: Level, filter: readonly string[], depth: number): Generator<RetainedValue, undefined> {
  const name = filter[depth]
  if (name === undefined || name === '#') {
    // `a/#` covers `a` too; `#` alone has no such parent.
    if (level.value !== undefined && (name === undefined || depth > 0)) yield level.value
    if (name === undefined) return
  }
  if (name !== '#' && name !== '+') {
    const next = level.next.get(name)
    if (next !== undefined) yield* find(next, filter, depth + 1)
    return
  }
  for (const [below, next] of level.next) {
    // Wildcards in the first place do not match topics that begin with $ (MQTT 4.7.2).
    if (depth === 0 && below.startsWith('$')) continue
    yield* name === '#' ? everything(next) : find(next, filter, depth + 1)
  }
}

function* everything(level: Level): Generator<RetainedValue, undefined> {
  if (level.value !== undefined) yield level.value
  for (const next of level.next.values()) yield* everything(next)
}

const retainedValue = (packet: StoredPacket): RetainedValue => {
  const { topic = '', payload = '', qos } = packet
  return {
    topic,
    payload: typeof payload === 'string' ? Buffer.from(payload) : payload,
    qos: qos === 0 || qos === undefined ? 0 : 1,
    packet,
  }
}
