/** A message as a device got it. */
export interface Received {
  readonly topic: string
  /** The payload exactly as it came. */
  readonly text: string
  /** The payload read; an empty object where it is not a JSON object. */
  readonly json: Readonly<Record<string, unknown>>
  readonly qos: number
  readonly retain: boolean
}

/** A word stands for messages of that `type` or system `action`. */
export type Matching = string | ((message: Received) => boolean)

export const matches = (matching: Matching, message: Received): boolean =>
  typeof matching === 'function'
    ? matching(message)
    : message.json.type === matching || message.json.action === matching

const PATIENCE_MS = 30_000

/** What arrived on some topics, in order. `next` takes each message once; `all` still has it. */
export class Mailbox {
  readonly all: Received[] = []
  readonly #name: string
  #waiting: Received[] = []
  #listeners: (() => void)[] = []

  constructor(name: string) {
    this.#name = name
  }

  add(message: Received): void {
    this.all.push(message)
    this.#waiting.push(message)
    for (const listener of [...this.#listeners]) listener()
  }

  /** The first message that matches and was not taken yet, which may be still to come. */
  async next(matching: Matching = () => true, timeoutMs = PATIENCE_MS): Promise<Received> {
    const { promise, resolve, reject } = Promise.withResolvers<Received>()
    const look = (): void => {
      const found = this.#waiting.find((message) => matches(matching, message))
      if (found === undefined) return
      this.#waiting = this.#waiting.filter((message) => message !== found)
      resolve(found)
    }
    const what = typeof matching === 'string' ? matching : 'such message'
    const failure = new Error(`No ${what} came to ${this.#name}`)
    const timer = setTimeout(() => {
      failure.message += `; there were: ${this.all.map((message) => message.text).join(' ') || 'none'}`
      reject(failure)
    }, timeoutMs)
    this.#listeners.push(look)
    look()
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#listeners = this.#listeners.filter((listener) => listener !== look)
    }
  }
}
