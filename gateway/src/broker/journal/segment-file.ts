import type { KeyObject } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Batch } from './batch.ts'
import { MAX_FRAME_COUNTER } from './frames.ts'
import { createHeader } from './segment-header.ts'

export function segmentPath(directory: string, segment: number): string {
  return path.join(directory, `${String(segment).padStart(8, '0')}.journal`)
}

/** A segment being written. Everything up to `end` is good; nothing is behind it unless `unusable`. */
export class SegmentFile {
  readonly number: number
  readonly #directory: string
  readonly #descriptor: number
  readonly #header: Buffer
  readonly #frameKey: KeyObject
  #counter = 0
  #end = 0
  #syncedEnd = 0
  #broken = false
  #directorySynced = false

  /** Creates the file, empty: the header comes with the first frame. Throws when the file exists. */
  constructor(directory: string, number: number, key: Uint8Array) {
    const { bytes, frameKey } = createHeader(key, number)
    this.number = number
    this.#directory = directory
    this.#header = bytes
    this.#frameKey = frameKey
    this.#descriptor = fs.openSync(segmentPath(directory, number), 'wx', 0o600)
  }

  get end(): number {
    return this.#end
  }

  get synced(): boolean {
    return this.#syncedEnd === this.#end
  }

  /** No frame may be written any more, because what is behind `end` could not be removed or the nonces are used up. */
  get unusable(): boolean {
    return this.#broken || this.#counter >= MAX_FRAME_COUNTER
  }

  /**
   * Writes the records as one frame and empties the batch. When it throws, nothing of them is in the file.
   *
   * Synchronous: it copies into the page cache, which takes less than the thread hop of an asynchronous write.
   */
  write(batch: Batch): void {
    const frame = batch.seal(this.#frameKey, this.#counter++)
    try {
      const at = this.#end === 0 ? this.#writeAll(this.#header, 0) : this.#end
      this.#end = this.#writeAll(frame, at)
    } catch (error) {
      this.#truncate()
      throw error
    }
  }

  /** Calls back when everything up to the present `end`, and the file's name, are on the disk. */
  sync(done: (error: Error | null) => void): void {
    const end = this.#end
    const finish = (error: Error | null): void => {
      if (error === null) this.#syncedEnd = end
      done(error)
    }
    if (this.#directorySynced) {
      fs.fdatasync(this.#descriptor, finish)
      return
    }
    fs.fdatasync(this.#descriptor, (error) => {
      if (error !== null) return finish(error)
      syncDirectory(this.#directory, (failure) => {
        this.#directorySynced = failure === null
        finish(failure)
      })
    })
  }

  /**
   * Removes what has not reached the disk. After a failed fsync the pages count as clean although they were never
   * written, so that another fsync would succeed without having done anything: the file must not be written any more.
   */
  cutToSynced(): void {
    this.#end = this.#syncedEnd
    this.#truncate()
    this.#broken = true
  }

  /** Closes the file, and removes it when there is nothing in it. */
  close(): void {
    try {
      fs.closeSync(this.#descriptor)
      if (this.#end === 0) fs.unlinkSync(segmentPath(this.#directory, this.number))
    } catch {
      // What was promised is on its way or has been reported as failed; an empty file is removed by the next opening.
    }
  }

  #writeAll(bytes: Buffer, position: number): number {
    let written = 0
    // A disk that fills up takes a part first and says why only when asked for the rest.
    while (written < bytes.length) {
      const count = fs.writeSync(this.#descriptor, bytes, written, bytes.length - written, position + written)
      if (count === 0) throw new Error('the file system took no more bytes')
      written += count
    }
    return position + written
  }

  #truncate(): void {
    try {
      fs.ftruncateSync(this.#descriptor, this.#end)
    } catch {
      this.#broken = true
    }
  }
}

/** Makes the names in a directory survive the loss of power. */
export function syncDirectory(directory: string, done: (error: Error | null) => void): void {
  fs.open(directory, 'r', (error, descriptor) => {
    if (error !== null) return done(error)
    fs.fsync(descriptor, (failure) => fs.close(descriptor, () => done(failure)))
  })
}
