import type { AgentEntry } from '../db/directory.ts'
import type { Clock } from '../platform/clock.ts'

/**
 * Spares an endpoint that fails. After so many failures in a row it is not called for a while; then one call tries whether
 * it works again, and the others wait for how that ends.
 */
export interface CircuitBreaker {
  /** undefined: the agent is not to be called now. */
  admit(agent: Called): Admission | undefined
  /** The endpoint is known to work. */
  close(agent: Called): void
  /** How many agents are not called for a while, or tried again. */
  readonly open: number
  /** Those agents, and for how many milliseconds. */
  spared(): readonly SparedAgent[]
}

export interface SparedAgent {
  readonly agentId: string
  readonly forMs: number
}

type Called = Pick<AgentEntry, 'employeeId' | 'profile'>

/** One call. While an endpoint is spared only the call that tries it says whether it works. */
export interface Admission {
  succeeded(): void
  /** The endpoint has failed. @returns true: this was the failure from which on it is spared */
  failed(): boolean
  /** The call is over, however it ended: another one may try. */
  over(): void
}

const FAILURES = 5
const OPEN_MS = 30_000

interface Circuit {
  failures: number
  openUntil: number
  openSince: number
  trial: Admission | undefined
}

export const createCircuitBreaker = (clock: Pick<Clock, 'monotonic'>): CircuitBreaker => {
  /** Only of those that have failed. */
  const circuits = new Map<string, Circuit>()
  const isOpen = (circuit: Circuit): boolean => circuit.failures >= FAILURES

  return {
    admit(agent) {
      const endpoint = endpointOf(agent)
      const counts = (circuit: Circuit): boolean => !isOpen(circuit) || circuit.trial === admission
      const admission: Admission = {
        succeeded() {
          const circuit = circuits.get(endpoint)
          if (circuit !== undefined && counts(circuit)) circuits.delete(endpoint)
        },
        failed() {
          const circuit = circuits.get(endpoint) ?? { failures: 0, openUntil: 0, openSince: 0, trial: undefined }
          if (!counts(circuit)) return false
          circuits.set(endpoint, circuit)
          circuit.failures++
          if (isOpen(circuit)) circuit.openUntil = clock.monotonic() + OPEN_MS
          const isFirst = circuit.failures === FAILURES
          if (isFirst) circuit.openSince = clock.monotonic()
          return isFirst
        },
        over() {
          const circuit = circuits.get(endpoint)
          if (circuit?.trial === admission) circuit.trial = undefined
        },
      }
      const circuit = circuits.get(endpoint)
      if (circuit === undefined || !isOpen(circuit)) return admission
      if (circuit.trial !== undefined || clock.monotonic() < circuit.openUntil) return undefined
      circuit.trial = admission
      return admission
    },
    close: (agent) => void circuits.delete(endpointOf(agent)),
    get open() {
      return [...circuits.values()].filter(isOpen).length
    },
    spared() {
      const now = clock.monotonic()
      return [...circuits].flatMap(([endpoint, circuit]) =>
        isOpen(circuit) ? [{ agentId: agentOf(endpoint), forMs: now - circuit.openSince }] : [],
      )
    },
  }
}

/** Whose endpoint has changed is called again at once. */
const endpointOf = ({ employeeId, profile: { connector, webhook_endpoint } }: Called): string =>
  [employeeId, connector, webhook_endpoint].join(' ')

const agentOf = (endpoint: string): string => endpoint.slice(0, endpoint.indexOf(' '))
