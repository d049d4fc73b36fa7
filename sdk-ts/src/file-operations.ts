import { AbortedError, type MChatClientError } from './errors.ts'

/** Something that goes on for a while: it ends early with the signal of its caller, or with the client. */
export interface Operation {
  /** Its reason is what the operation fails with. */
  readonly signal: AbortSignal
  /** Ends it early. */
  abort(reason: unknown): void
  /** It is over: nobody is listened to any more. */
  end(): void
}

export interface Operations {
  begin(outer: AbortSignal | undefined): Operation
  /** Ends all there are, and those that are still to come. */
  close(error: () => MChatClientError): void
}

/** One that ends early with another signal, too. */
export const beginOperation = (
  outer: AbortSignal | undefined,
  reasonOf: (signal: AbortSignal) => unknown = (signal) => signal.reason,
): Operation => {
  const controller = new AbortController()
  const aborted = (): void => controller.abort(outer === undefined ? undefined : reasonOf(outer))
  if (outer?.aborted === true) aborted()
  else outer?.addEventListener('abort', aborted, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    end: () => outer?.removeEventListener('abort', aborted),
  }
}

export const createOperations = (): Operations => {
  const underWay = new Set<Operation>()
  let closedBy: (() => MChatClientError) | undefined
  return {
    begin(outer) {
      const operation = beginOperation(outer, ({ reason }) => new AbortedError(reason))
      if (closedBy !== undefined) operation.abort(closedBy())
      underWay.add(operation)
      return {
        ...operation,
        end() {
          underWay.delete(operation)
          operation.end()
        },
      }
    },
    close(error) {
      closedBy = error
      for (const operation of underWay) operation.abort(error())
    },
  }
}

/** @throws the signal's reason as soon as it fires; what is waited for is then left to itself */
export const unlessAborted = <T>(signal: AbortSignal, outcome: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason)
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted, { once: true })
    outcome.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted))
  })

/** @throws the signal's reason */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await unlessAborted(signal, over).finally(() => clearTimeout(timer))
}
