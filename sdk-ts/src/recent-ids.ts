/** The ids seen last, as many as were asked for: MQTT delivers at least once, applications want it once. */
export class RecentIds {
  readonly #ids = new Set<string>()
  readonly #size: number

  constructor(size: number) {
    this.#size = size
  }

  /** @returns false when the id was added before and is still remembered */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    if (this.#ids.size > this.#size) {
      const [oldest] = this.#ids
      if (oldest !== undefined) this.#ids.delete(oldest)
    }
    return true
  }
}
