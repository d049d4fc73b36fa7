import { backoffDelay } from './backoff.ts'
import { SubscriptionRefusedError } from './errors.ts'
import type { Timing } from './options.ts'
import { type Connection, REFUSED, type Subscription } from './transport.ts'

/** AWS IoT takes no more in one SUBSCRIBE; nobody minds fewer. */
const FILTERS_PER_SUBSCRIBE = 8
/** How often a refused filter is asked for. The gateway grants a group before it tells, but brokers take their time. */
const TRIES = 5

interface Wanted {
  readonly qos: 0 | 1
  state: 'due' | 'asked' | 'active' | 'refused'
  refusals: number
  timer: ReturnType<typeof setTimeout> | undefined
}

/**
 * What this client wants to be subscribed to, and what of that the broker has granted. Subscriptions last as long as
 * the broker's session: after a reconnect they are asked for again only when the session was lost.
 */
export class Subscriptions {
  readonly #timing: Timing
  readonly #reportError: (error: SubscriptionRefusedError) => void
  readonly #wanted = new Map<string, Wanted>()
  /** Given up while there was no connection: the broker's session may still have them. */
  readonly #obsolete = new Set<string>()
  #connection: Connection | undefined
  #passing: Promise<void> | undefined

  constructor(timing: Timing, reportError: (error: SubscriptionRefusedError) => void) {
    this.#timing = timing
    this.#reportError = reportError
  }

  /** Asks for the filter now, or with the next connection. Filters of one client must not overlap. */
  add(filter: string, qos: 0 | 1): void {
    this.#obsolete.delete(filter)
    const known = this.#wanted.get(filter)
    if (known !== undefined && known.state !== 'refused') return
    this.#wanted.set(filter, { qos, state: 'due', refusals: 0, timer: undefined })
    void this.settled()
  }

  remove(filter: string): void {
    const wanted = this.#wanted.get(filter)
    if (wanted === undefined) return
    clearTimeout(wanted.timer)
    this.#wanted.delete(filter)
    if (this.#connection === undefined) this.#obsolete.add(filter)
    else if (wanted.state !== 'due') this.#unsubscribe(this.#connection, [filter])
  }

  isActive(filter: string): boolean {
    return this.#wanted.get(filter)?.state === 'active'
  }

  /**
   * Resolves when everything that is due has been asked for once on this connection.
   * @param resumed whether the broker still has the session in which the active ones were granted
   */
  attach(connection: Connection, resumed: boolean): Promise<void> {
    this.#connection = connection
    for (const wanted of this.#wanted.values()) {
      wanted.refusals = 0
      if (!resumed || wanted.state !== 'active') wanted.state = 'due'
    }
    if (resumed && this.#obsolete.size > 0) this.#unsubscribe(connection, [...this.#obsolete])
    this.#obsolete.clear()
    return this.settled()
  }

  detach(): void {
    this.#connection = undefined
    for (const wanted of this.#wanted.values()) {
      clearTimeout(wanted.timer)
      if (wanted.state === 'asked') wanted.state = 'due'
    }
  }

  /** Resolves when nothing is due any more, or the connection has ended. */
  settled(): Promise<void> {
    this.#passing ??= this.#pass().finally(() => {
      this.#passing = undefined
    })
    return this.#passing
  }

  async #pass(): Promise<void> {
    // Whatever is added in the same turn goes out together.
    await undefined
    for (;;) {
      const connection = this.#connection
      const due = [...this.#wanted].filter(([, { state }]) => state === 'due').slice(0, FILTERS_PER_SUBSCRIBE)
      if (connection === undefined || due.length === 0) return
      await this.#ask(connection, due)
    }
  }

  async #ask(connection: Connection, due: readonly (readonly [string, Wanted])[]): Promise<void> {
    for (const [, wanted] of due) wanted.state = 'asked'
    let codes: readonly number[]
    try {
      codes = await connection.subscribe(due.map(([filter, { qos }]): Subscription => [filter, qos]))
    } catch {
      // The connection has ended; the next one asks again.
      if (this.#connection === connection) this.detach()
      return
    }
    for (const [i, [filter, wanted]] of due.entries()) {
      // Removed meanwhile, or asked for again on another connection.
      if (this.#wanted.get(filter) !== wanted || wanted.state !== 'asked') continue
      if ((codes[i] ?? REFUSED) < REFUSED) wanted.state = 'active'
      else this.#refused(filter, wanted)
    }
  }

  #refused(filter: string, wanted: Wanted): void {
    wanted.state = 'refused'
    wanted.refusals += 1
    if (wanted.refusals >= TRIES) {
      this.#reportError(new SubscriptionRefusedError(filter))
      return
    }
    const delay = backoffDelay(this.#timing.resubscribe, wanted.refusals - 1)
    wanted.timer = setTimeout(() => {
      wanted.state = 'due'
      void this.settled()
    }, delay)
  }

  #unsubscribe(connection: Connection, filters: readonly string[]): void {
    // When it fails the connection has ended, and the broker is told with the next one.
    connection.unsubscribe(filters).catch(() => {
      for (const filter of filters) if (!this.#wanted.has(filter)) this.#obsolete.add(filter)
    })
  }
}
