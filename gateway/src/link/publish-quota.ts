import type { Clock } from '../platform/clock.ts'

/** What a broker takes of one connection; what is more it discards, or ends the connection. */
export interface Quota {
  readonly publishesPerSecond: number
  /** QoS 1, at the same time. */
  readonly unacknowledged: number
}

/** How much of a second's quota may go at once. */
const BURST = 0.1
/** How much of it is never used: what leaves in one second may reach the broker closer together. */
const SLACK = 0.1

/** What is published in a second, in the long run: with a burst before it, no second ever holds more than the quota. */
export const sustainedPerSecond = ({ publishesPerSecond }: Quota): number => publishesPerSecond * (1 - BURST - SLACK)

/** What would have to wait for longer is refused: its sender would ask again meanwhile, and make the queue longer. */
export const LONGEST_WAIT_SECONDS = 4

/** Why something may not be published. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError'
}

interface Waiting {
  readonly enter: () => void
  readonly refuse: (error: QuotaError) => void
}

/** Holds back, in the order of asking, what a connection may not publish yet. */
export class PublishQuota {
  readonly #quota: Quota
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #burst: number
  readonly #perMillisecond: number
  readonly #longest: number
  readonly #waiting: Waiting[] = []
  #tokens: number
  #countedAt: number
  #unacknowledged = 0
  #timer: NodeJS.Timeout | undefined

  constructor(quota: Quota, clock: Pick<Clock, 'monotonic'>) {
    this.#quota = quota
    this.#clock = clock
    this.#burst = Math.max(1, quota.publishesPerSecond * BURST)
    this.#perMillisecond = sustainedPerSecond(quota) / 1000
    this.#longest = sustainedPerSecond(quota) * LONGEST_WAIT_SECONDS
    this.#tokens = this.#burst
    this.#countedAt = clock.monotonic()
  }

  /**
   * true: it may be published now; a promise: when it resolves. Whoever has entered calls `acknowledged` afterwards,
   * whatever became of it.
   * @param waits false: it is not worth waiting for
   * @throws QuotaError, as a rejection, when it would have to wait too long, or the connection is lost
   */
  enter(waits: boolean): true | Promise<void> {
    if (this.#waiting.length === 0 && this.#take()) return true
    if (!waits || this.#waiting.length >= this.#longest) {
      return Promise.reject(new QuotaError('more is to be published than the broker takes'))
    }
    return new Promise((enter, refuse) => {
      this.#waiting.push({ enter, refuse })
      this.#lookLater()
    })
  }

  acknowledged(): void {
    this.#unacknowledged--
    this.#letIn()
  }

  /** The connection is lost: nothing that waits can be published. */
  refuseAll(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const { refuse } of this.#waiting.splice(0)) refuse(new QuotaError('the connection was lost'))
  }

  #take(): boolean {
    const now = this.#clock.monotonic()
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#countedAt) * this.#perMillisecond)
    this.#countedAt = now
    if (this.#tokens < 1 || this.#unacknowledged >= this.#quota.unacknowledged) return false
    this.#tokens--
    this.#unacknowledged++
    return true
  }

  #letIn(): void {
    while (this.#waiting.length > 0 && this.#take()) this.#waiting.shift()?.enter()
    this.#lookLater()
  }

  /** Only time brings tokens; an acknowledgement looks for itself. */
  #lookLater(): void {
    if (this.#waiting.length === 0 || this.#timer !== undefined || this.#tokens >= 1) return
    const milliseconds = Math.ceil((1 - this.#tokens) / this.#perMillisecond)
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#letIn()
    }, milliseconds)
  }
}
