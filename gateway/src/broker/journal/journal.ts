/**
 * An append-only log of opaque records, split into segments: the durable half of the embedded broker. It knows nothing
 * of sessions; whoever appends says what a record means and which segments are still needed.
 *
 * Promises:
 * - Records appended in one turn of the event loop are written together, in order, by one write: a frame. A frame is
 *   read back whole or not at all. (A turn that appends more than 16 MiB is several frames.)
 * - `done` is called without an error once the frame is with the operating system (it then survives the death of the
 *   process), or, with `fsync: 'always'`, on the disk (it then survives the loss of power). A record without `done` does
 *   not cause an fsync by itself: it is on the disk with the next one that has a `done`, or with `flush`.
 * - When a write fails (disk full, EIO), every record of that frame fails with the error, nothing of it is readable
 *   later, and the journal goes on working as soon as writes succeed again. (What was written before an fsync that
 *   fails, fails with it.)
 * - Everything is encrypted and authenticated with a key derived from `key`; without it a segment says nothing.
 * - What a crash tore off the end of the last segment is dropped on opening; a damaged frame elsewhere is skipped and
 *   the frames behind it are read; both are reported, and the damaged segment is kept beside as `<segment>.damaged` (for
 *   the operator to look at and to delete).
 */
export interface Journal {
  /** Number of the segment that the next appended record will be in. Only grows. */
  readonly segment: number
  /** Bytes in all segments. */
  readonly bytes: number
  /** Segment numbers on disk, oldest first; the last is the one being written. */
  readonly segments: readonly number[]
  /** Segments up to this one may be written with a key that is an older one now: what is needed of them is to be copied. */
  readonly outdated?: number | undefined
  /**
   * @param record copied before the call returns, so the caller may reuse its buffer
   * @param done absent: nobody waits for the record, and it is written with the next one that somebody waits for, or after
   *   50 ms. Otherwise called once, never before `append` has returned, in the order of the records that succeed. Called with
   *   an error when the journal has been closed.
   * @returns the segment that holds the record. After a failed write it may be in a later one, never in an earlier one;
   *   replay tells the actual one.
   */
  append(record: Uint8Array, done?: (error?: Error) => void): number
  /** Resolves when everything appended so far is durable; rejects with the error of the first frame that failed. */
  flush(): Promise<void>
  /**
   * Deletes segments whose number is below `segment`. The caller guarantees that nothing in them is needed.
   * What has been written to the others is on the disk before, whatever `fsync` says, since it may be a copy of what is
   * deleted. Rejects, with nothing deleted, when that fails.
   */
  dropBefore(segment: number): Promise<void>
  /** Flushes and releases the files. */
  close(): Promise<void>
}

export interface JournalOptions {
  /** Directory of its own; created when missing. One process at a time: the caller holds the lock. */
  readonly directory: string
  /** 32 bytes. */
  readonly key: Uint8Array
  /** Those that segments may have been written with before; nothing is written with them. */
  readonly olderKeys?: readonly Uint8Array[]
  readonly fsync: 'never' | 'always'
  /** A new segment is begun once the current one is larger than this. */
  readonly segmentBytes: number
  /** Told about damage and failed writes, in words for an operator; never called with record contents. */
  readonly report: (event: JournalEvent) => void
}

export interface JournalEvent {
  readonly kind: 'torn_tail' | 'damaged_frame' | 'wrong_key' | 'write_failed' | 'write_recovered'
  readonly segment: number
  readonly message: string
}
