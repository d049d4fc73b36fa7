import type { Journal } from '../../../src/broker/journal/journal.ts'

type Done = (error?: Error) => void

/** A journal in memory that keeps the promises of journal.ts, and can be made to fail or to die. */
export class MemoryJournal implements Journal {
  /** What is on the "disk", by segment: a new journal over it is a restart. */
  readonly disk: Map<number, Buffer[]>
  readonly #segmentBytes: number
  #current: number
  #currentBytes = 0
  #bytes = 0
  #batch: { record: Buffer; done: Done | undefined }[] = []
  #scheduled = false
  #dead = false
  /** Set: every frame fails with it. */
  failure: Error | undefined
  /** Set: frames wait until `release`. */
  held = false
  appended = 0
  /** Records in the largest frame so far, which is what one turn of the event loop has appended. */
  largestFrame = 0

  constructor(disk: Map<number, Buffer[]>, segmentBytes: number) {
    this.disk = disk
    this.#segmentBytes = segmentBytes
    this.#current = Math.max(0, ...disk.keys()) + 1
    disk.set(this.#current, [])
    for (const records of disk.values()) for (const record of records) this.#bytes += record.length
  }

  replay(replay: (record: Uint8Array, segment: number) => void): void {
    for (const [segment, records] of [...this.disk].sort(([a], [b]) => a - b)) {
      for (const record of records) replay(record, segment)
    }
  }

  get segment(): number {
    return this.#current
  }

  get bytes(): number {
    return this.#bytes
  }

  get segments(): readonly number[] {
    return [...this.disk.keys()].sort((a, b) => a - b)
  }

  append(record: Uint8Array, done?: Done): number {
    this.#batch.push({ record: Buffer.from(record), done })
    this.appended++
    if (!this.#scheduled) {
      this.#scheduled = true
      setImmediate(() => {
        this.#scheduled = false
        if (!this.held) this.#write()
      })
    }
    return this.#current
  }

  release(): void {
    this.held = false
    this.#write()
  }

  async flush(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.append(new Uint8Array(), (error) => (error === undefined ? resolve() : reject(error)))
    })
  }

  async dropBefore(segment: number): Promise<void> {
    for (const number of this.segments) {
      if (number >= segment || number === this.#current) continue
      for (const record of this.disk.get(number) ?? []) this.#bytes -= record.length
      this.disk.delete(number)
    }
  }

  async close(): Promise<void> {
    await this.flush()
    this.#dead = true
  }

  /** kill -9: what is not written is lost, and nothing is told to anybody. */
  kill(): void {
    this.#dead = true
    this.#batch = []
  }

  #write(): void {
    if (this.#dead) return
    const batch = this.#batch
    this.#batch = []
    this.largestFrame = Math.max(this.largestFrame, batch.length)
    if (this.failure === undefined) {
      const segment = this.disk.get(this.#current)
      for (const { record } of batch) {
        if (record.length === 0) continue
        segment?.push(record)
        this.#bytes += record.length
        this.#currentBytes += record.length
      }
      if (this.#currentBytes > this.#segmentBytes) {
        this.#current++
        this.#currentBytes = 0
        this.disk.set(this.#current, [])
      }
    }
    for (const { done } of batch) done?.(this.failure)
  }
}
