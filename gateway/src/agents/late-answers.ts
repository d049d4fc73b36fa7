import { type AgentReply, LIMITS } from '@mchat/schema'
import { AgentCallError } from './connectors/connector.ts'

export interface ExpectedAnswer {
  readonly runId: string
  readonly agentId: string
  /** Given what the agent says while it is still writing. What this throws, the answer rejects with. */
  readonly onDelta: (text: string) => void
  readonly signal: AbortSignal
}

/** Answers that come another way than as the response to the call. */
export interface LateAnswers {
  /** From before the call, since the answer may be faster than what says that it comes later. */
  expect(expected: ExpectedAnswer): { readonly answer: Promise<AgentReply>; forget(): void }
  /** @param agentId whose it must be, where that is not known already. @returns false when nobody here waits for it */
  give(runId: string, reply: AgentReply, agentId?: string): boolean
  /**
   * A piece of it. Pieces of an answer may come over several gateways, and overtake each other.
   * @param offset characters before it: what comes too early waits for what is missing. undefined: it follows the last one
   * @returns false when nobody here waits for an answer of this agent to this run
   */
  add(runId: string, agentId: string, delta: string, offset?: number): boolean
  /** There will be none. @returns false when nobody here waits for it */
  fail(runId: string, error: AgentCallError, agentId?: string): boolean
}

interface Expected extends ExpectedAnswer {
  readonly waiting: PromiseWithResolvers<AgentReply>
  bytes: number
  /** Characters that were passed on. */
  length: number
  /** By their offset. */
  readonly early: Map<number, string>
}

/** What there is without a gap. */
const passOn = (expected: Expected): void => {
  const { early, onDelta } = expected
  for (let next = early.get(expected.length); next !== undefined; next = early.get(expected.length)) {
    early.delete(expected.length)
    expected.length += next.length
    onDelta(next)
  }
}

export const createLateAnswers = (): LateAnswers => {
  const all = new Map<string, Expected>()
  const waitingOf = (runId: string, agentId: string | undefined): Expected | undefined => {
    const expected = all.get(runId)
    return agentId === undefined || expected?.agentId === agentId ? expected : undefined
  }
  return {
    expect(expected) {
      const { runId, signal } = expected
      const waiting = Promise.withResolvers<AgentReply>()
      // Nobody may be listening when the run is stopped.
      waiting.promise.catch(() => undefined)
      const onAbort = (): void => waiting.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      all.set(runId, { ...expected, waiting, bytes: 0, length: 0, early: new Map() })
      return {
        answer: waiting.promise,
        forget() {
          signal.removeEventListener('abort', onAbort)
          all.delete(runId)
        },
      }
    },
    give(runId, reply, agentId) {
      const expected = waitingOf(runId, agentId)
      expected?.waiting.resolve(reply)
      return expected !== undefined && all.delete(runId)
    },
    add(runId, agentId, delta, offset) {
      const expected = waitingOf(runId, agentId)
      if (expected === undefined) return false
      expected.bytes += Buffer.byteLength(delta)
      try {
        if (expected.bytes > LIMITS.contentBytes) throw new AgentCallError('too_large', 'The answer is too long.')
        expected.early.set(offset ?? expected.length, delta)
        passOn(expected)
      } catch (error) {
        expected.waiting.reject(error)
        all.delete(runId)
      }
      return true
    },
    fail(runId, error, agentId) {
      const expected = waitingOf(runId, agentId)
      expected?.waiting.reject(error)
      return expected !== undefined && all.delete(runId)
    },
  }
}
