import { RECORD, RecordReader } from './records.ts'
import type { Shelf } from './shelf.ts'

export interface ReplayedSession {
  readonly number: number
  /** Undefined while only messages for it have been seen: compaction may move a session behind its messages. */
  readonly clientId: string | undefined
  readonly subscriptions: Map<string, { qos: 0 | 1; extras: string }>
  /** Ids of the messages that it has not acknowledged. */
  readonly open: Set<number>
  readonly segment: number
  recordBytes: number
}

export interface ReplayedMessage {
  readonly id: number
  readonly packet: Buffer
  readonly segment: number
  readonly recordBytes: number
  readonly sessions: readonly number[]
  open: number
}

/** Follows the journal from its oldest record on and ends up with the state that it describes. */
export class Replay {
  readonly sessions = new Map<number, ReplayedSession>()
  readonly messages = new Map<number, ReplayedMessage>()
  lastMessageId = 0
  lastSessionNumber = 0
  readonly #shelves: ReadonlyMap<number, ShelfReplay>

  constructor(shelves: readonly ShelfReplay[]) {
    this.#shelves = new Map(shelves.map((shelf) => [shelf.id, shelf]))
  }

  /** @throws Error for a record that this version does not know: guessing on would lose messages */
  accept(record: Uint8Array, segment: number): void {
    const reader = new RecordReader(record)
    const kind = reader.byte()
    switch (kind) {
      case RECORD.message:
        this.#message(reader, segment, record.length)
        break
      case RECORD.settled:
        while (!reader.done) this.#settle(this.#sessionNumber(reader), this.#messageId(reader))
        break
      case RECORD.session:
        this.#session(reader, segment, record.length)
        break
      case RECORD.subscribed: {
        const session = this.#sessionOf(this.#sessionNumber(reader))
        session.recordBytes += record.length
        readSubscriptions(reader, session)
        break
      }
      case RECORD.unsubscribed:
        this.#unsubscribed(reader)
        break
      case RECORD.purged:
        this.#purged(this.#sessionNumber(reader))
        break
      case RECORD.kept:
        this.#shelf(reader).replayKept(reader.text(), reader.blob(), segment, record.length)
        break
      case RECORD.lost:
        this.#shelf(reader).replayLost(reader.text())
        break
      default:
        throw new Error(`the journal has records of an unknown kind (${kind}): was it written by a newer version?`)
    }
  }

  #message(reader: RecordReader, segment: number, recordBytes: number): void {
    const id = this.#messageId(reader)
    const before = this.messages.get(id)
    for (const number of before?.sessions ?? []) this.#settle(number, id)
    const sessions: number[] = []
    for (let count = reader.number(); count > 0; count--) {
      const number = this.#sessionNumber(reader)
      this.#sessionOf(number).open.add(id)
      sessions.push(number)
    }
    if (sessions.length === 0) return
    this.messages.set(id, { id, packet: reader.rest(), segment, recordBytes, sessions, open: sessions.length })
  }

  #session(reader: RecordReader, segment: number, recordBytes: number): void {
    const number = this.#sessionNumber(reader)
    const clientId = reader.text()
    const open = this.sessions.get(number)?.open ?? new Set()
    const session = { number, clientId, subscriptions: new Map(), open, segment, recordBytes }
    this.sessions.set(number, session)
    readSubscriptions(reader, session)
    const upTo = reader.number()
    const listed = new Set<number>()
    for (let id = 0; !reader.done; ) {
      id += reader.number()
      listed.add(id)
    }
    for (const id of open) if (id <= upTo && !listed.has(id)) this.#settle(number, id)
  }

  #unsubscribed(reader: RecordReader): void {
    const number = this.#sessionNumber(reader)
    const session = this.sessions.get(number)
    for (let count = reader.number(); count > 0; count--) session?.subscriptions.delete(reader.text())
    while (!reader.done) this.#settle(number, this.#messageId(reader))
  }

  #purged(number: number): void {
    const session = this.sessions.get(number)
    if (session === undefined) return
    for (const id of session.open) this.#settle(number, id)
    this.sessions.delete(number)
  }

  #settle(number: number, id: number): void {
    if (this.sessions.get(number)?.open.delete(id) !== true) return
    const message = this.messages.get(id)
    if (message !== undefined && --message.open === 0) this.messages.delete(id)
  }

  #sessionOf(number: number): ReplayedSession {
    let session = this.sessions.get(number)
    if (session === undefined) {
      session = { number, clientId: undefined, subscriptions: new Map(), open: new Set(), segment: 0, recordBytes: 0 }
      this.sessions.set(number, session)
    }
    return session
  }

  #messageId(reader: RecordReader): number {
    const id = reader.number()
    if (id > this.lastMessageId) this.lastMessageId = id
    return id
  }

  #sessionNumber(reader: RecordReader): number {
    const number = reader.number()
    if (number > this.lastSessionNumber) this.lastSessionNumber = number
    return number
  }

  #shelf(reader: RecordReader): ShelfReplay {
    const id = reader.byte()
    const shelf = this.#shelves.get(id)
    if (shelf === undefined)
      throw new Error(`the journal has an unknown shelf (${id}): was it written by a newer version?`)
    return shelf
  }
}

type ShelfReplay = Pick<Shelf<unknown>, 'id' | 'replayKept' | 'replayLost'>

const readSubscriptions = (reader: RecordReader, session: ReplayedSession): void => {
  for (let count = reader.number(); count > 0; count--) {
    const filter = reader.text()
    const qos = reader.byte() === 0 ? 0 : 1
    session.subscriptions.set(filter, { qos, extras: reader.text() })
  }
}
