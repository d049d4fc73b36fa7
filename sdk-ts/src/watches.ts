import type { Subscriptions } from './subscriptions.ts'

/**
 * Subscriptions of one family of topics, such as `mchat/status/{employee_id}`, or of one topic, counted by who asked. While everything
 * is watched the single filters are given up: overlapping filters deliver twice, and some brokers break on them.
 */
export class Watches {
  readonly #subscriptions: Subscriptions
  readonly #all: string
  readonly #one: (id: string) => string
  readonly #qos: 0 | 1
  readonly #watched = new Map<string, number>()
  #watchingAll = 0

  /** @param qos that of what is published there */
  constructor(subscriptions: Subscriptions, all: string, one: (id: string) => string, qos: 0 | 1 = 1) {
    this.#subscriptions = subscriptions
    this.#all = all
    this.#one = one
    this.#qos = qos
  }

  /**
   * @param id undefined for all
   * @returns stops it
   */
  watch(id: string | undefined): () => void {
    this.#change(id, 1)
    let watching = true
    return () => {
      if (watching) this.#change(id, -1)
      watching = false
    }
  }

  #change(id: string | undefined, by: 1 | -1): void {
    const before = new Set(this.#filters())
    if (id === undefined) this.#watchingAll += by
    else this.#watched.set(id, (this.#watched.get(id) ?? 0) + by)
    const after = new Set(this.#filters())
    for (const filter of before) if (!after.has(filter)) this.#subscriptions.remove(filter)
    for (const filter of after) if (!before.has(filter)) this.#subscriptions.add(filter, this.#qos)
  }

  #filters(): string[] {
    if (this.#watchingAll > 0) return [this.#all]
    return [...this.#watched].filter(([, count]) => count > 0).map(([id]) => this.#one(id))
  }
}
