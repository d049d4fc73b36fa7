import type { StoreWriter } from './device-store.ts'
import { RequestRejectedError } from './errors.ts'
import type { MsgSendGroupInput, MsgSendPrivateInput } from './generated/types.ts'
import { randomBase } from './random.ts'
import type { PendingRequest, Requests } from './requests.ts'

export type SendInput = MsgSendPrivateInput | MsgSendGroupInput

interface Job {
  readonly request: PendingRequest
  readonly input: SendInput
}

const keyOf = (input: SendInput): string =>
  'group_id' in input ? `group/${input.group_id}` : `private/${input.to_employee_id}`

/**
 * Keeps the order of messages (contract 3.1, 4): in one conversation a message is sent when the one before it has been
 * answered or has failed; conversations do not wait for each other. Each message gets the counter `n`, so that
 * receivers notice a gap.
 */
export class Conversations {
  readonly #requests: Requests
  readonly #store: StoreWriter
  readonly #storeKey: string
  readonly #queues = new Map<string, Job[]>()
  /** The last `n` used, by conversation. */
  readonly #counters = new Map<string, number>()

  constructor(requests: Requests, store: StoreWriter, storeKey: string) {
    this.#requests = requests
    this.#store = store
    this.#storeKey = storeKey
  }

  send(request: PendingRequest, input: SendInput): void {
    const key = keyOf(input)
    const queue = this.#queues.get(key)
    if (queue !== undefined) {
      queue.push({ request, input })
      return
    }
    const started = [{ request, input }]
    this.#queues.set(key, started)
    void this.#work(key, started)
  }

  async #work(key: string, queue: Job[]): Promise<void> {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const { request, input } = job
      // Given up while it was waiting, or the client was closed.
      if (request.settled) continue
      if (input.n === undefined) await this.#sendCounted(key, request, input)
      else await this.#sendAndWait(request, input)
    }
    this.#queues.delete(key)
  }

  async #sendCounted(key: string, request: PendingRequest, input: SendInput): Promise<void> {
    const previous = await this.#lastCounter(key)
    const n = previous + 1
    this.#remember(key, n)
    const error = await this.#sendAndWait(request, { ...input, n })
    const refused = error instanceof RequestRejectedError && error.code < 500
    // Certainly not delivered, so nobody has seen this number: the next message takes it.
    if (error !== undefined && (refused || !request.sent)) this.#remember(key, previous)
  }

  /** @returns why it failed, or undefined */
  async #sendAndWait(request: PendingRequest, input: SendInput): Promise<unknown> {
    this.#requests.start(request, { ...input, agent_wait: input.agent_wait ?? false })
    return request.outcome.then(
      () => undefined,
      (error: unknown) => error,
    )
  }

  async #lastCounter(key: string): Promise<number> {
    const known = this.#counters.get(key)
    if (known !== undefined) return known
    const stored = Number(await this.#store.read(this.#counterKey(key)))
    // Two devices of one employee count in the same conversation, and a message does not say which sent it: counters
    // that begin at random places can be told apart by whoever receives them (gaps.ts).
    return Number.isSafeInteger(stored) && stored > 0 ? stored : randomBase()
  }

  #remember(key: string, n: number): void {
    this.#counters.set(key, n)
    this.#store.write(this.#counterKey(key), String(n))
  }

  #counterKey(key: string): string {
    return `${this.#storeKey}n/${key}`
  }
}
