import { OutgoingError } from './outgoing-error.ts'

/** One request with its response: what ends it early, and what is to be done when it is over. */
export interface Exchange {
  /** Aborted with an OutgoingError. */
  readonly signal: AbortSignal
  /** Ends it early. */
  fail(error: OutgoingError): void
  /** When it is over, or at once where it is. */
  afterwards(task: () => void): void
  /** It is over: nothing ends it early any more. */
  end(): void
}

/** @param signals each of them ends it */
export const beginExchange = (
  where: string,
  deadlineMs: number,
  signals: readonly (AbortSignal | undefined)[],
): Exchange => {
  const ending = new AbortController()
  const tasks: (() => void)[] = []
  let isOver = false

  const end = (): void => {
    isOver = true
    for (const task of tasks.splice(0)) task()
  }
  const fail = (error: OutgoingError): void => {
    if (isOver) return
    ending.abort(error)
    end()
  }
  const afterwards = (task: () => void): void => {
    if (isOver) task()
    else tasks.push(task)
  }

  const timer = setTimeout(() => {
    fail(new OutgoingError('timeout', `${where} did not answer within ${deadlineMs} ms.`))
  }, deadlineMs)
  afterwards(() => clearTimeout(timer))
  for (const signal of signals) {
    const abort = (): void => fail(new OutgoingError('aborted', `The call of ${where} was given up.`))
    if (signal?.aborted === true) abort()
    signal?.addEventListener('abort', abort, { once: true })
    afterwards(() => signal?.removeEventListener('abort', abort))
  }
  return { signal: ending.signal, fail, afterwards, end }
}
