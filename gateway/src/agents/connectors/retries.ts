import { setTimeout as sleep } from 'node:timers/promises'
import type { AgentCall } from '@mchat/schema'
import type { Clock } from '../../platform/clock.ts'
import { OutgoingError } from '../../platform/outgoing-error.ts'
import type { OutgoingResponse } from '../../platform/outgoing-http.ts'
import { AgentCallError } from './connector.ts'
import { failureOf } from './outgoing-failure.ts'

/** Answers that are worth asking again for: the endpoint is busy, or something before it is. */
const RETRIED: ReadonlySet<number> = new Set([429, 502, 503, 504])
const FIRST_PAUSE_MS = 200
const LONGEST_PAUSE_MS = 5000

/**
 * The first response that is not worth asking again for; until then it is asked anew, after longer and longer pauses and
 * never sooner than a `retry-after`, as long as the call has time.
 * @param post one attempt
 * @param read what the response comes to; it is not asked again when this fails
 * @throws AgentCallError, or the reason of the signal
 */
export const askWithRetries = async <T>(
  call: Pick<AgentCall, 'deadline'>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  post: () => Promise<OutgoingResponse>,
  read: (response: OutgoingResponse) => Promise<T>,
): Promise<T> => {
  for (let attempt = 0; ; attempt++) {
    let pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)
    try {
      const response = await post()
      if (!RETRIED.has(response.status)) return await read(response)
      pause = Math.max(pause, retryAfterMs(response.header('retry-after'), clock.now()))
      if (!hasTime(call, pause, clock)) return await read(response)
      response.discard()
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof OutgoingError)) throw error
      if (!error.retryable || !hasTime(call, pause, clock)) throw failureOf(error)
    }
    await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** What is left of the time of the run. */
export const leftMs = (call: Pick<AgentCall, 'deadline'>, clock: Clock): number =>
  Math.max(1, Date.parse(call.deadline) - clock.now())

export const refusedWith = (status: number, code?: string): AgentCallError =>
  new AgentCallError('http_error', `The endpoint answered ${status}${code === undefined ? '' : ` (${code})`}.`, {
    status,
  })

const hasTime = (call: Pick<AgentCall, 'deadline'>, pause: number, clock: Clock): boolean =>
  clock.now() + pause < Date.parse(call.deadline)

/** Seconds or a date (RFC 9110, 10.2.3). */
const retryAfterMs = (value: string | undefined, now: number): number => {
  if (value === undefined) return 0
  const seconds = Number(value)
  const until = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now
  return Number.isFinite(until) ? Math.max(0, until) : 0
}
