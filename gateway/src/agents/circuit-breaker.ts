import type { Clock } from '../platform/clock.ts'

/**
 * Spares an endpoint that fails. After so many failures in a row it is not called for a while; then one call tries whether
 * it works again, and the others wait for how that ends.
 */
export interface CircuitBreaker {
  /** Whether the agent may be called now. Whoever is told so says how it ended, where that says something, and that it has. */
  admits(agentId: string): boolean
  succeeded(agentId: string): void
  /** @returns true: this was the failure that opened it */
  failed(agentId: string): boolean
  /** The call is over, however it ended: another one may try. */
  over(agentId: string): void
  /** How many agents are not called for a while, or tried again. */
  readonly open: number
}

const FAILURES = 5
const OPEN_MS = 30_000

interface Circuit {
  failures: number
  openUntil: number
  isTrying: boolean
}

export const createCircuitBreaker = (clock: Pick<Clock, 'monotonic'>): CircuitBreaker => {
  /** Only of those that have failed. */
  const circuits = new Map<string, Circuit>()
  return {
    admits(agentId) {
      const circuit = circuits.get(agentId)
      if (circuit === undefined || circuit.failures < FAILURES) return true
      if (circuit.isTrying || clock.monotonic() < circuit.openUntil) return false
      circuit.isTrying = true
      return true
    },
    succeeded: (agentId) => void circuits.delete(agentId),
    failed(agentId) {
      const circuit = circuits.get(agentId) ?? { failures: 0, openUntil: 0, isTrying: false }
      circuits.set(agentId, circuit)
      circuit.failures++
      circuit.isTrying = false
      if (circuit.failures >= FAILURES) circuit.openUntil = clock.monotonic() + OPEN_MS
      return circuit.failures === FAILURES
    },
    over(agentId) {
      const circuit = circuits.get(agentId)
      if (circuit !== undefined) circuit.isTrying = false
    },
    get open() {
      return [...circuits.values()].filter(({ failures }) => failures >= FAILURES).length
    },
  }
}
