/** How many requests are under way, all connections of a gateway together. */
export class RequestWindow {
  readonly #size: number
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  /** @param size requests at the same time; with as many, `enter` lets in no more until one has left */
  constructor(size: number) {
    this.#size = size
  }

  get underWay(): number {
    return this.#underWay
  }

  /** Counts a request, and calls back when the next one may be read: at once, unless the window is full. */
  enter(proceed: () => void): void {
    this.#underWay++
    if (this.#underWay < this.#size) proceed()
    else this.#waiting.push(proceed)
  }

  leave(): void {
    this.#underWay--
    this.#waiting.shift()?.()
  }
}
