import { Durable, type LiveJournal } from './live-journal.ts'
import { RECORD, type RecordWriter } from './records.ts'

/** What stands on which shelf: part of the format on disk. */
export const SHELF = { retained: 1, will: 2, incoming: 3, outgoing: 4 } as const

export interface ShelfCodec<V> {
  encode(value: V): Uint8Array
  decode(bytes: Buffer): V
}

/** A map from texts to values that survives a restart. What `put` and `delete` reject is true nevertheless, in memory. */
export class Shelf<V> {
  readonly id: number
  readonly codec: ShelfCodec<V>
  readonly #journal: LiveJournal
  readonly #items = new Map<string, ShelfItem<V>>()
  /** Called with every change, replay included. */
  readonly #changed: (key: string, value: V | undefined) => void

  constructor(
    id: number,
    codec: ShelfCodec<V>,
    journal: LiveJournal,
    changed: (key: string, value: V | undefined) => void = () => undefined,
  ) {
    this.id = id
    this.codec = codec
    this.#journal = journal
    this.#changed = changed
  }

  get size(): number {
    return this.#items.size
  }

  get(key: string): V | undefined {
    return this.#items.get(key)?.value
  }

  *values(): Generator<V> {
    for (const [, value] of this.entries()) yield value
  }

  *entries(): Generator<[string, V]> {
    for (const item of this.#items.values()) if (item.value !== undefined) yield [item.key, item.value]
  }

  put(key: string, value: V): Promise<void> {
    return this.#journal.recommit(this.#set(key, value))
  }

  /** Nothing is written for a key that is not there. */
  delete(key: string): Promise<void> {
    const item = this.#items.get(key)
    if (item === undefined) return this.#confirmDeleted(key)
    this.#items.delete(key)
    item.value = undefined
    this.#changed(key, undefined)
    return this.#journal.recommit(item)
  }

  replayKept(key: string, bytes: Buffer, segment: number, recordBytes: number): void {
    this.#journal.hold(this.#set(key, this.codec.decode(bytes)), segment, recordBytes)
  }

  replayLost(key: string): void {
    const item = this.#items.get(key)
    if (item === undefined) return
    this.#items.delete(key)
    this.#journal.release(item)
    this.#changed(key, undefined)
  }

  #set(key: string, value: V): ShelfItem<V> {
    let item = this.#items.get(key)
    if (item === undefined) {
      item = new ShelfItem(this, key)
      this.#items.set(key, item)
    }
    item.value = value
    this.#changed(key, value)
    return item
  }

  /** Deleting what an earlier call could not delete from the journal has to say so again, or fail again. */
  async #confirmDeleted(key: string): Promise<void> {
    for (const item of this.#journal.doubtful) {
      if (item instanceof ShelfItem && item.shelf === this && item.key === key) await this.#journal.recommit(item)
    }
  }
}

class ShelfItem<V> extends Durable {
  readonly shelf: Shelf<V>
  readonly key: string
  value: V | undefined

  constructor(shelf: Shelf<V>, key: string) {
    super()
    this.shelf = shelf
    this.key = key
  }

  get live(): boolean {
    return this.value !== undefined
  }

  restate(writer: RecordWriter): boolean {
    // Gone, but put again since: that record has said or will say so, and this one must not follow it.
    if (this.value === undefined && this.shelf.get(this.key) !== undefined) return false
    writer.begin(this.value === undefined ? RECORD.lost : RECORD.kept)
    writer.byte(this.shelf.id).text(this.key)
    if (this.value !== undefined) writer.blob(this.shelf.codec.encode(this.value))
    return true
  }
}
