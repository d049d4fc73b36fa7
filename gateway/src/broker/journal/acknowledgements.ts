export type Done = (error?: Error) => void

interface Outcome {
  readonly dones: readonly Done[]
  readonly error: Error | undefined
}

/**
 * Who waits for what: the `done`s of the records on their way to the disk, stage by stage (in the batch, written,
 * being synced, decided). A decision is told by `tell` alone, so that no caller is called back from within its own call.
 */
export class Acknowledgements {
  #batch: Done[] = []
  #written: Done[] = []
  #syncing: Done[] = []
  #decided: Outcome[] = []
  readonly #flushes = new Set<{ error: Error | undefined }>()

  add(done: Done): void {
    this.#batch.push(done)
  }

  get awaitingSync(): boolean {
    return this.#written.length > 0
  }

  batchWritten(): void {
    if (this.#written.length === 0) this.#written = this.#batch
    else for (const done of this.#batch) this.#written.push(done)
    this.#batch = []
  }

  batchDurable(): void {
    this.#decide(this.#batch, undefined)
    this.#batch = []
  }

  batchFailed(error: Error): void {
    this.#decide(this.#batch, error)
    this.#batch = []
  }

  syncStarted(): void {
    this.#syncing = this.#written
    this.#written = []
  }

  syncSucceeded(): void {
    this.#decide(this.#syncing, undefined)
    this.#syncing = []
  }

  /** Fails what was written meanwhile as well: it lies behind what is lost. */
  syncFailed(error: Error): void {
    this.#decide(this.#syncing, error)
    this.#decide(this.#written, error)
    this.#syncing = []
    this.#written = []
  }

  /**
   * Settles when the batch, or else what is written, is decided; rejects with the first error of any frame decided until
   * then.
   */
  flushed(stage: 'batch' | 'written'): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const flush = { error: this.#decided.find(({ error }) => error !== undefined)?.error }
    this.#flushes.add(flush)
    const list = stage === 'batch' ? this.#batch : this.#written
    list.push(() => {
      this.#flushes.delete(flush)
      if (flush.error === undefined) resolve()
      else reject(flush.error)
    })
    return promise
  }

  tell(): void {
    if (this.#decided.length === 0) return
    const decided = this.#decided
    this.#decided = []
    for (const { dones, error } of decided) {
      for (const done of dones) {
        try {
          done(error)
        } catch (failure) {
          // A mistake of the caller's: it comes up as an uncaught exception, and the others are told all the same.
          queueMicrotask(() => {
            throw failure
          })
        }
      }
    }
  }

  #decide(dones: readonly Done[], error: Error | undefined): void {
    if (error !== undefined) for (const flush of this.#flushes) flush.error ??= error
    if (dones.length > 0 || error !== undefined) this.#decided.push({ dones, error })
  }
}
