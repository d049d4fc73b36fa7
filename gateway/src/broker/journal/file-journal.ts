import { Acknowledgements, type Done } from './acknowledgements.ts'
import { Batch } from './batch.ts'
import type { Journal, JournalOptions } from './journal.ts'
import { OldSegments } from './old-segments.ts'
import { recover } from './recovery.ts'
import { SegmentFile } from './segment-file.ts'

/** A turn that appends more becomes several frames, so that a snapshot is not in memory three times over. */
const MAX_BATCH_BYTES = 16 * 1024 * 1024

/** How long a record that nobody waits for may lie before it is written; a system call for it alone is not worth it. */
const UNAWAITED_MS = 50

const KEY_BYTES = 32

/**
 * Opens the journal in `options.directory` and begins a new segment.
 *
 * @param replay called before this resolves, with every record that can be read, oldest first. The buffer may be kept,
 *   but keeps all records of its frame in memory: copy what is to live long.
 * @throws when the journal was written with another key or by a newer version (no record has been removed then; what was
 *   replayed so far is to be thrown away), when the directory cannot be read or written, and what `replay` throws
 */
export async function openJournal(
  options: JournalOptions,
  replay: (record: Buffer, segment: number) => void,
): Promise<Journal> {
  if (options.key.length !== KEY_BYTES) {
    throw new Error(`The key of the journal must have ${KEY_BYTES} bytes, not ${options.key.length}.`)
  }
  const { sizes, nextNumber, outdated } = await recover(options, replay)
  return new FileJournal(options, new OldSegments(options, sizes), nextNumber, outdated)
}

class FileJournal implements Journal {
  readonly outdated: number | undefined
  readonly #options: JournalOptions
  readonly #syncs: boolean
  readonly #old: OldSegments
  readonly #batch = new Batch()
  readonly #waiting = new Acknowledgements()
  #scheduled = false
  #later: NodeJS.Timeout | undefined
  #syncing = false
  #failing = false
  #closed: Promise<void> | undefined
  /** Whoever has closed the journal may open it again, and must not find files that are about to go. */
  #dropping: Promise<void> = Promise.resolve()

  #number: number
  /**
   * Absent between two segments. Numbered below `#number` when it is finished and waits for its last fsync: nothing is
   * written until then, so that no fsync has to cover two files.
   */
  #file: SegmentFile | undefined

  constructor(options: JournalOptions, old: OldSegments, number: number, outdated: number | undefined) {
    this.#options = options
    this.outdated = outdated
    this.#syncs = options.fsync === 'always'
    this.#old = old
    this.#number = number
    this.#file = new SegmentFile(options.directory, number, options.key)
  }

  get segment(): number {
    return this.#number
  }

  get bytes(): number {
    return this.#old.bytes + (this.#file?.end ?? 0)
  }

  get segments(): readonly number[] {
    const numbers = this.#old.numbers()
    if (this.#file !== undefined && this.#file.number < this.#number) numbers.push(this.#file.number)
    numbers.push(this.#number)
    return numbers
  }

  append(record: Uint8Array, done?: Done): number {
    if (this.#closed !== undefined) {
      if (done !== undefined) setImmediate(done, new Error('The journal is closed.'))
      return this.#number
    }
    if (this.#batch.bytes + record.length > MAX_BATCH_BYTES) this.#writeBatch()
    this.#batch.add(record)
    if (done === undefined) {
      this.#later ??= setTimeout(this.#endTurn, UNAWAITED_MS).unref()
    } else {
      this.#waiting.add(done)
      this.#schedule()
    }
    return this.#number
  }

  flush(): Promise<void> {
    if (!this.#batch.empty) {
      this.#schedule()
      return this.#waiting.flushed('batch')
    }
    const flushed = this.#waiting.flushed('written')
    this.#sync()
    this.#schedule()
    return flushed
  }

  async dropBefore(segment: number): Promise<void> {
    const dropped = this.#dropBefore(segment)
    this.#dropping = dropped.catch(() => undefined)
    await dropped
  }

  async #dropBefore(segment: number): Promise<void> {
    if (this.#file !== undefined && this.#file.number < Math.min(segment, this.#number)) {
      // Finished and waiting for its last fsync. Whether that succeeds is the concern of those who appended.
      await this.flush().catch(() => undefined)
    }
    const unsynced = this.#file !== undefined && !this.#file.synced ? this.#file.number : undefined
    await this.#old.dropBefore(segment, unsynced)
  }

  close(): Promise<void> {
    this.#closed ??= this.flush().finally(async () => {
      // The last frame may have failed while an fsync for an earlier one is under way.
      await this.flush().catch(() => undefined)
      await this.#dropping
      if (this.#file !== undefined) this.#leave(this.#file)
    })
    return this.#closed
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#endTurn)
  }

  readonly #endTurn = (): void => {
    this.#scheduled = false
    this.#proceed()
  }

  #proceed(): void {
    clearTimeout(this.#later)
    this.#later = undefined
    this.#writeBatch()
    if (this.#waiting.awaitingSync) this.#sync()
    this.#waiting.tell()
  }

  #writeBatch(): void {
    if (this.#batch.empty || (this.#file !== undefined && this.#file.number < this.#number)) return
    try {
      this.#openFile().write(this.#batch)
      if (this.#syncs) {
        this.#waiting.batchWritten()
      } else {
        this.#waiting.batchDurable()
        this.#succeeded()
      }
    } catch (error) {
      this.#batch.clear()
      this.#waiting.batchFailed(this.#failed(error))
    }
    const file = this.#file
    if (file !== undefined && (file.end > this.#options.segmentBytes || file.unusable)) {
      this.#number = file.number + 1
      this.#leaveFinishedFile()
    }
  }

  #openFile(): SegmentFile {
    while (this.#file === undefined) {
      try {
        this.#file = new SegmentFile(this.#options.directory, this.#number, this.#options.key)
      } catch (error) {
        if (!hasCode(error, 'EEXIST')) throw error
        this.#number++
      }
    }
    return this.#file
  }

  /** Makes what is written durable; what is written while this goes on waits for the next time. */
  #sync(): void {
    if (this.#syncing) return
    const file = this.#file
    this.#waiting.syncStarted()
    if (!this.#syncs || file === undefined || file.synced) {
      this.#waiting.syncSucceeded()
      return
    }
    this.#syncing = true
    file.sync((error) => {
      this.#syncing = false
      if (error === null) {
        this.#waiting.syncSucceeded()
        this.#succeeded()
        this.#leaveFinishedFile()
      } else {
        file.cutToSynced()
        this.#waiting.syncFailed(this.#failed(error))
        this.#leave(file)
      }
      this.#proceed()
    })
  }

  #leaveFinishedFile(): void {
    const file = this.#file
    if (file === undefined || file.number === this.#number) return
    if (this.#syncs && !file.synced) this.#sync()
    else this.#leave(file)
  }

  #leave(file: SegmentFile): void {
    file.close()
    this.#file = undefined
    if (file.end === 0) return
    this.#old.add(file.number, file.end, file.synced)
    this.#number = Math.max(this.#number, file.number + 1)
  }

  #failed(cause: unknown): Error {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    if (!this.#failing) {
      this.#failing = true
      const message = `Writing the journal in ${this.#options.directory} failed (${error.message}); nothing is accepted that has to be kept until writing works again.`
      this.#options.report({ kind: 'write_failed', segment: this.#number, message })
    }
    return error
  }

  #succeeded(): void {
    if (!this.#failing) return
    this.#failing = false
    const message = `Writing the journal in ${this.#options.directory} works again.`
    this.#options.report({ kind: 'write_recovered', segment: this.#number, message })
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
