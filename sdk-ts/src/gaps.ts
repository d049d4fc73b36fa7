/** A counter that is further ahead than this belongs to another device, not to a hole. */
const WINDOW = 1000
const DEVICES = 8
const CONVERSATIONS = 5000

/**
 * Notices missing messages by the counter `n` (contract 3.1, 4). Several devices of one sender count independently in
 * one conversation and a message does not say which device it is from, so each plausible run of numbers is followed.
 */
export class GapDetector {
  readonly #runs = new Map<string, number[]>()

  /**
   * @param conversation identifies sender and conversation
   * @returns how many messages are missing before this one
   */
  observe(conversation: string, n: number): number {
    const runs = this.#runs.get(conversation) ?? []
    this.#runs.delete(conversation)
    this.#runs.set(conversation, runs)
    if (this.#runs.size > CONVERSATIONS) {
      const [oldest] = this.#runs.keys()
      if (oldest !== undefined) this.#runs.delete(oldest)
    }

    const near = runs.filter((last) => Math.abs(n - last) <= WINDOW)
    const nearest = runs.indexOf(Math.max(...near.filter((last) => last < n)))
    if (nearest < 0 && near.length > 0) return 0
    const last = runs[nearest]
    if (last === undefined) {
      runs.push(n)
      if (runs.length > DEVICES) runs.shift()
      return 0
    }
    runs[nearest] = n
    return n - last - 1
  }
}
