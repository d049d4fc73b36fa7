import fs from 'node:fs'
import { promisify } from 'node:util'
import type { JournalOptions } from './journal.ts'
import { segmentPath, syncDirectory } from './segment-file.ts'

/** The segments that are finished: they are only counted, and deleted when nobody needs them. */
export class OldSegments {
  readonly #directory: string
  readonly #sizes: Map<number, number>
  /** Finished by this process without an fsync. */
  readonly #unsynced = new Set<number>()
  #bytes = 0

  /** @param sizes by number, in ascending order; owned by this object from now on */
  constructor({ directory }: JournalOptions, sizes: Map<number, number>) {
    this.#directory = directory
    this.#sizes = sizes
    for (const size of sizes.values()) this.#bytes += size
  }

  get bytes(): number {
    return this.#bytes
  }

  numbers(): number[] {
    return [...this.#sizes.keys()]
  }

  add(number: number, size: number, synced: boolean): void {
    this.#sizes.set(number, size)
    this.#bytes += size
    if (!synced) this.#unsynced.add(number)
  }

  /**
   * Deletes oldest first and one after the other, so that a crash leaves the newer ones and never a gap. The others are
   * brought to the disk before: the deleted records may live on as copies in them, and a loss of power, which may cost
   * the last seconds, would otherwise cost whatever has been copied in these seconds.
   *
   * @param current the segment being written, unless everything in it is on the disk anyway
   */
  async dropBefore(segment: number, current: number | undefined): Promise<void> {
    const dropped = this.numbers().filter((number) => number < segment)
    if (dropped.length === 0) return
    for (const number of this.#unsynced) {
      if (number < segment) continue
      await this.#sync(number)
      this.#unsynced.delete(number)
    }
    if (current !== undefined) await this.#sync(current)
    await promisify(syncDirectory)(this.#directory)
    for (const number of dropped) {
      await fs.promises.rm(segmentPath(this.#directory, number), { force: true })
      this.#bytes -= this.#sizes.get(number) ?? 0
      this.#sizes.delete(number)
      this.#unsynced.delete(number)
    }
    await promisify(syncDirectory)(this.#directory)
  }

  async #sync(number: number): Promise<void> {
    const descriptor = await promisify(fs.open)(segmentPath(this.#directory, number), 'r+')
    try {
      await promisify(fs.fdatasync)(descriptor)
    } finally {
      await promisify(fs.close)(descriptor)
    }
  }
}
