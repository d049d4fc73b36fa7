import { BufferOverflowError } from './errors.ts'

export interface ReaderOptions {
  /** Ends the loop quietly when it fires. */
  readonly signal?: AbortSignal
  /** Most events that may wait to be read; default 1,000. One more, and the reader throws `BufferOverflowError`. */
  readonly limit?: number
}

const DEFAULT_LIMIT = 1000

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

/**
 * Events as an async iterator with a bounded buffer. A reader that falls behind by more than the limit is given what
 * is waiting and then fails: it learns that it missed something instead of silently losing it.
 */
export class EventReader<T> implements AsyncIterableIterator<T, undefined> {
  readonly #buffer: T[] = []
  readonly #waiting: Waiter<T>[] = []
  readonly #limit: number
  readonly #signal: AbortSignal | undefined
  readonly #detach: () => void
  readonly #aborted = (): void => this.end()
  #ended = false
  #failure: BufferOverflowError | undefined

  constructor(options: ReaderOptions, detach: () => void) {
    this.#limit = options.limit ?? DEFAULT_LIMIT
    this.#signal = options.signal
    this.#detach = detach
    this.#signal?.addEventListener('abort', this.#aborted, { once: true })
    if (this.#signal?.aborted === true) this.#ended = true
  }

  get ended(): boolean {
    return this.#ended
  }

  push(event: T): void {
    if (this.#ended) return
    const waiter = this.#waiting.shift()
    if (waiter !== undefined) waiter.resolve({ done: false, value: event })
    else if (this.#buffer.length < this.#limit) this.#buffer.push(event)
    else {
      this.#failure = new BufferOverflowError(this.#limit)
      this.end()
    }
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#detach()
    for (const waiter of this.#waiting.splice(0)) waiter.resolve({ done: true, value: undefined })
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#buffer.length > 0) {
      const value = this.#buffer.shift() as T
      return Promise.resolve({ done: false, value })
    }
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      return Promise.reject(failure)
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#buffer.length = 0
    this.#failure = undefined
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
