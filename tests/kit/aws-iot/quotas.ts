/** "AWS IoT Core message broker and protocol limits and quotas", as an account has them that asked for nothing more. */
export interface Quotas {
  /** PUBLISH packets per second and connection, both ways together. */
  readonly publishesPerSecond: number
  /** CONNECT packets per second and client id. Infinity: for tests that come back at once. */
  readonly connectsPerSecond: number
  /** Messages of QoS 1 that a client has not acknowledged. */
  readonly unacknowledged: number
  readonly subscriptionsPerConnection: number
  readonly filtersPerSubscribe: number
  readonly payloadBytes: number
  readonly topicBytes: number
  readonly topicSlashes: number
  /** What was kept for a client that was away reaches it no faster. */
  readonly storedPerSecond: number
  /** The same for what was kept for a shared subscription with nobody online, per member. */
  readonly storedOfGroupPerSecond: number
  /** How long a session waits for its client: always with MQTT 3.1.1, at most with MQTT 5. */
  readonly persistentSessionSeconds: number
  /** How long the authorizer's function may take. */
  readonly authorizerSeconds: number
}

export const DEFAULT_QUOTAS: Quotas = {
  publishesPerSecond: 100,
  connectsPerSecond: 1,
  unacknowledged: 100,
  subscriptionsPerConnection: 50,
  filtersPerSubscribe: 8,
  payloadBytes: 131_072,
  topicBytes: 256,
  topicSlashes: 7,
  storedPerSecond: 10,
  storedOfGroupPerSecond: 20,
  persistentSessionSeconds: 3600,
  authorizerSeconds: 5,
}

const WINDOW_MS = 1000

/**
 * So many in any second: AWS does not say where its seconds begin, and whoever keeps to this keeps to all of them.
 * Seconds by the clock would let twice as many pass around their borders.
 */
export class Rate {
  readonly #perSecond: number
  readonly #taken: number[] = []

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  /** Until the next one may pass; 0: now. */
  get waitMs(): number {
    const now = performance.now()
    while ((this.#taken[0] ?? now) <= now - WINDOW_MS) this.#taken.shift()
    const first = this.#taken[0]
    return this.#taken.length < this.#perSecond || first === undefined ? 0 : first + WINDOW_MS - now
  }

  /** @returns whether it may pass; if so it has been counted */
  take(): boolean {
    if (this.waitMs > 0) return false
    if (Number.isFinite(this.#perSecond)) this.#taken.push(performance.now())
    return true
  }
}
