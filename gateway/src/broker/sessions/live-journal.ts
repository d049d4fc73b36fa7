import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Journal } from '../journal/journal.ts'
import { RECORD, RecordWriter } from './records.ts'

/**
 * Something that has to be found again after a restart: a message with open deliveries, a session, a value on a shelf.
 * The fields belong to the {@link LiveJournal}, which knows for each of them the segment that it would be read from.
 */
export abstract class Durable {
  segment: Segment | undefined
  previous: Durable | undefined
  next: Durable | undefined
  recordBytes = 0

  /** Writes a record of all that is true of this now (or that it is gone); false when there is nothing to say. */
  abstract restate(writer: RecordWriter): boolean
  /** Is there anything left that a restart has to find? */
  abstract get live(): boolean
}

/** A segment of the journal, with the things whose latest full record is in it as a linked list. */
interface Segment {
  readonly number: number
  first: Durable | undefined
}

/** How much is copied forward per turn of the event loop; a millisecond or two. */
const SLICE_BYTES = 512 * 1024
const SLICE_RECORDS = 1_000
/** The journal may be this many times larger than what it is needed for. */
const SLACK = 4

/**
 * What lies between the sessions' state and the journal: which records are still needed, getting rid of the others by
 * copying what is live in the oldest segments forward and deleting them, and repeating what could not be written.
 */
export class LiveJournal {
  readonly writer = new RecordWriter()
  readonly #settled = new RecordWriter()
  readonly #segments = new Map<number, Segment>()
  readonly #doubtful = new Set<Durable>()
  readonly #compactAboveBytes: number
  #latest: Segment = { number: -1, first: undefined }
  #journal: Journal | undefined
  #liveBytes = 0
  #outdated: number | undefined
  #turnEnds = false
  #compacting = false
  #repeating = false
  #closed = false

  constructor(compactAboveBytes: number) {
    this.#compactAboveBytes = compactAboveBytes
  }

  /** After replay: what `hold` was told so far stands in this journal. */
  start(journal: Journal): void {
    this.#journal = journal
    this.#outdated = journal.outdated
    this.#endTurnSoon()
  }

  get bytes(): number {
    return this.#journal?.bytes ?? 0
  }

  get liveBytes(): number {
    return this.#liveBytes
  }

  /** Things of which the journal may say something else than memory, because a record about them failed. */
  get doubtful(): ReadonlySet<Durable> {
    return this.#doubtful
  }

  /** @throws Error when closed */
  append(record: Uint8Array, done?: (error?: Error) => void): number {
    if (this.#journal === undefined || this.#closed) throw new Error('the sessions are closed')
    return this.#journal.append(record, done)
  }

  /** The latest full record of `item` is in this segment. */
  hold(item: Durable, segment: number, bytes: number): void {
    if (item.segment !== undefined) this.#unlink(item)
    const list = this.#listOf(segment)
    item.segment = list
    item.recordBytes = bytes
    item.previous = undefined
    item.next = list.first
    if (list.first !== undefined) list.first.previous = item
    list.first = item
    this.#liveBytes += bytes
    if (this.#doubtful.size > 0) this.#endTurnSoon()
  }

  /** Nothing of `item` has to be found after a restart any more. */
  release(item: Durable): void {
    if (item.segment !== undefined) this.#unlink(item)
  }

  /**
   * Appends what was written about `item` since `writer.begin`: a change to what the journal knows of it, or (`whole`)
   * all of it. Memory has changed already; when this rejects, the record is repeated as soon as the journal works.
   */
  commit(item: Durable, whole: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const { length, record } = this.writer
      const segment = this.append(record, (error) => {
        if (error === undefined) {
          if (whole) this.#trust(item)
          resolve()
          return
        }
        this.#distrust(item)
        reject(error)
      })
      if (!item.live) this.release(item)
      else if (whole || item.segment === undefined) this.hold(item, segment, length)
      else {
        item.recordBytes += length
        this.#liveBytes += length
      }
      this.#endTurnSoon()
    })
  }

  /** Says everything about `item` again. */
  recommit(item: Durable): Promise<void> {
    return item.restate(this.writer) ? this.commit(item, true) : Promise.resolve(this.#trust(item))
  }

  /** Notes that a delivery is over. Written together with all others of this turn; losing it costs a duplicate. */
  settled(sessionNumber: number, messageId: number): void {
    if (this.#settled.length === 0) {
      this.#settled.begin(RECORD.settled)
      this.#endTurnSoon()
    }
    this.#settled.number(sessionNumber).number(messageId)
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#writeSettled()
    this.#closed = true
    await this.#journal?.close()
  }

  #endTurnSoon(): void {
    if (this.#turnEnds) return
    this.#turnEnds = true
    setImmediate(endTurn, this)
  }

  endTurn(): void {
    this.#turnEnds = false
    if (this.#closed) return
    this.#writeSettled()
    if (this.#doubtful.size > 0) this.#repeat()
    else if (!this.#compacting && this.#mustShrink) {
      this.#compacting = true
      void this.#compact().finally(() => {
        this.#compacting = false
      })
    }
  }

  #writeSettled(): void {
    if (this.#settled.length === 0) return
    this.append(this.#settled.record)
    this.#settled.clear()
  }

  /** One at a time until the first succeeds, so that a full disk is not hammered. */
  #repeat(): void {
    if (this.#repeating) return
    const [item] = this.#doubtful
    if (item === undefined) return
    this.#repeating = true
    this.recommit(item).then(
      () => {
        this.#repeating = false
        this.#endTurnSoon()
      },
      () => {
        this.#repeating = false
      },
    )
  }

  get #tooLarge(): boolean {
    const bytes = this.bytes
    return bytes > this.#compactAboveBytes && bytes > this.#liveBytes * SLACK
  }

  /** Also where what is needed stands in segments of an older key. */
  get #mustShrink(): boolean {
    if (this.#outdated === undefined) return this.#tooLarge
    const [oldest = Number.POSITIVE_INFINITY] = this.#journal?.segments ?? []
    if (oldest > this.#outdated) this.#outdated = undefined
    return this.#outdated !== undefined || this.#tooLarge
  }

  async #compact(): Promise<void> {
    const journal = this.#journal
    while (journal !== undefined && !this.#closed && this.#mustShrink) {
      const { segments } = journal
      // Several at a time, since deleting makes the journal wait for the disk.
      const old = segments.slice(0, Math.max(1, segments.length >> 1))
      const firstKept = segments[old.length]
      if (firstKept === undefined) return
      try {
        do {
          for (const segment of old) while (this.#copySlice(segment)) await nextTurn()
          // Also what is not held yet: a message whose record is on its way to these segments is held once it is there.
          await journal.flush()
          if (this.#closed || this.#doubtful.size > 0) return
        } while (old.some((segment) => this.#segments.get(segment)?.first !== undefined))
        await journal.dropBefore(firstKept)
        for (const segment of old) this.#segments.delete(segment)
      } catch {
        // The journal has reported it. The old segments stay, and the next turn that writes something tries again.
        return
      }
    }
  }

  /** @returns whether there is more in that segment */
  #copySlice(segment: number): boolean {
    if (this.#closed) return false
    const list = this.#segments.get(segment)
    const writer = this.writer
    let bytes = 0
    for (let records = 0; records < SLICE_RECORDS && bytes < SLICE_BYTES; records++) {
      const item = list?.first
      if (item === undefined) return false
      if (!item.live || !item.restate(writer)) {
        this.release(item)
        continue
      }
      const copied = this.append(writer.record, (error) => {
        if (error !== undefined) this.#distrust(item)
      })
      this.hold(item, copied, writer.length)
      bytes += writer.length
    }
    return list?.first !== undefined
  }

  #distrust(item: Durable): void {
    this.#doubtful.add(item)
  }

  #trust(item: Durable): void {
    this.#doubtful.delete(item)
  }

  #listOf(segment: number): Segment {
    if (this.#latest.number === segment) return this.#latest
    let list = this.#segments.get(segment)
    if (list === undefined) {
      list = { number: segment, first: undefined }
      this.#segments.set(segment, list)
    }
    this.#latest = list
    return list
  }

  #unlink(item: Durable): void {
    const list = item.segment
    if (list === undefined) return
    this.#liveBytes -= item.recordBytes
    if (item.previous !== undefined) item.previous.next = item.next
    else list.first = item.next
    if (item.next !== undefined) item.next.previous = item.previous
    item.segment = undefined
    item.previous = undefined
    item.next = undefined
    item.recordBytes = 0
  }
}

const endTurn = (journal: LiveJournal): void => journal.endTurn()
