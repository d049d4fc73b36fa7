import type { Clock } from '../platform/clock.ts'

/** What a broker takes of one connection; what is more it discards, or ends the connection. */
export interface Quota {
  readonly publishesPerSecond: number
  /** QoS 1, at the same time. */
  readonly unacknowledged: number
}

/** How much of a second's quota may go at once; the rest of it is spread, so that no second ever holds more. */
const BURST = 0.1

/** Holds back, in the order of asking, what a connection may not publish yet. */
export class PublishQuota {
  readonly #quota: Quota
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #burst: number
  readonly #perMillisecond: number
  readonly #waiting: (() => void)[] = []
  #tokens: number
  #countedAt: number
  #unacknowledged = 0
  #timer: NodeJS.Timeout | undefined

  constructor(quota: Quota, clock: Pick<Clock, 'monotonic'>) {
    this.#quota = quota
    this.#clock = clock
    this.#burst = Math.max(1, quota.publishesPerSecond * BURST)
    this.#perMillisecond = (quota.publishesPerSecond * (1 - BURST)) / 1000
    this.#tokens = this.#burst
    this.#countedAt = clock.monotonic()
  }

  /** Resolves when it may be published. Each caller calls `acknowledged` afterwards, whatever became of it. */
  async enter(): Promise<void> {
    if (this.#waiting.length === 0 && this.#take()) return
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      this.#lookLater()
    })
  }

  acknowledged(): void {
    this.#unacknowledged--
    this.#letIn()
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
    while (this.#waiting.length > 0 && this.#take()) this.#waiting.shift()?.()
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
