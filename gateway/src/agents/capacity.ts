import { setTimeout as sleep } from 'node:timers/promises'
import { LIMITS } from '@mchat/schema'
import type { AgentEntry } from '../db/directory.ts'
import type { Budgets } from '../limits/budgets.ts'

/** Keeps calls of an agent to its `qps_limit` and `max_concurrency`; what is too much at once waits for its turn. */
export interface Capacity {
  /**
   * Resolves when the agent may be called. Rejects with the signal's reason.
   * @returns to be called when the call is over
   */
  take(agent: AgentEntry, signal: AbortSignal): Promise<() => void>
  /** Waits for `qps_limit` alone. Rejects with the signal's reason. */
  pace(agent: AgentEntry, signal: AbortSignal): Promise<void>
}

/** So many tokens for one call at a rate of one a second: calls of every `qps_limit` come out of buckets of one rate. */
const RATE = 1

export interface CapacityParts {
  readonly budgets: Budgets
  /** How many gateways share the agent. */
  readonly gateways: () => number
}

export const createCapacity = ({ budgets, gateways }: CapacityParts): Capacity => {
  const calls = budgets.buckets('agent calls', RATE, RATE)
  const active = new Map<string, number>()
  const waiting = new Map<string, (() => void)[]>()

  const limitOf = ({ profile }: AgentEntry): number =>
    Math.max(1, Math.floor((profile.max_concurrency ?? LIMITS.agentConcurrency) / gateways()))

  const takeSlot = async (agent: AgentEntry, signal: AbortSignal): Promise<void> => {
    const id = agent.employeeId
    while ((active.get(id) ?? 0) >= limitOf(agent)) {
      const turn = Promise.withResolvers<void>()
      const queue = waiting.get(id) ?? []
      waiting.set(id, queue)
      queue.push(turn.resolve)
      const onAbort = (): void => turn.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await turn.promise
      } finally {
        signal.removeEventListener('abort', onAbort)
        const at = queue.indexOf(turn.resolve)
        if (at !== -1) queue.splice(at, 1)
      }
    }
    active.set(id, (active.get(id) ?? 0) + 1)
  }

  const releaseSlot = (agent: AgentEntry): void => {
    const id = agent.employeeId
    const left = (active.get(id) ?? 1) - 1
    if (left > 0) active.set(id, left)
    else active.delete(id)
    // More than one where the limit has grown meanwhile.
    for (let free = limitOf(agent) - left; free > 0; free--) waiting.get(id)?.shift()?.()
    if (waiting.get(id)?.length === 0) waiting.delete(id)
  }

  const takeCall = async ({ employeeId, profile }: AgentEntry, signal: AbortSignal): Promise<void> => {
    const tokens = RATE / (profile.qps_limit ?? LIMITS.agentCallsPerSecond)
    for (;;) {
      const wait = calls.take(employeeId, tokens)
      if (wait === 0) return
      await sleep(wait, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }

  return {
    async take(agent, signal) {
      signal.throwIfAborted()
      await takeSlot(agent, signal)
      try {
        await takeCall(agent, signal)
      } catch (error) {
        releaseSlot(agent)
        throw error
      }
      let isReleased = false
      return () => {
        if (!isReleased) releaseSlot(agent)
        isReleased = true
      }
    },
    pace: takeCall,
  }
}
