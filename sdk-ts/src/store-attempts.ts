import { type Backoff, backoffDelay } from './backoff.ts'
import { StoreError } from './errors.ts'
import { beginOperation, type Operation, pause } from './file-operations.ts'

/** A request that is signed: it is sent as it is. */
export interface SignedRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

/** About half a minute, with the default pauses. */
const ATTEMPTS = 8
/** An address that has expired is replaced once; a store that refuses the new one refuses the next. */
const REFUSALS = 2

/**
 * Does it until it succeeds, fails for good, or has failed too often in a row.
 * @param attempt is given why the one before has failed
 * @throws the last failure; the signal's reason
 */
export const untilDone = async <T>(
  attempt: (failure: StoreError | undefined) => Promise<T>,
  backoff: Backoff,
  signal: AbortSignal,
): Promise<T> => {
  let failure: StoreError | undefined
  let refusals = 0
  for (let failures = 0; ; failures += 1) {
    signal.throwIfAborted()
    try {
      return await attempt(failure)
    } catch (error) {
      signal.throwIfAborted()
      if (!(error instanceof StoreError) || failures + 1 === ATTEMPTS) throw error
      if (error.status === 403) refusals += 1
      if (refusals === REFUSALS || !mayPass(error)) throw error
      failure = error
    }
    await pause(backoffDelay(backoff, failures), signal)
  }
}

const mayPass = ({ reason, status }: StoreError): boolean => {
  if (status === undefined || [403, 408, 429].includes(status)) return true
  // How S3 says that it has waited too long for the bytes.
  if (status === 400) return reason === 'RequestTimeout'
  return status >= 500 && status !== 501 && status !== 507
}

/** One attempt: ends early with the signal, or when nothing has moved for a while. */
export interface Attempt extends Operation {
  /** Something has moved. */
  moved(): void
}

export const beginAttempt = (signal: AbortSignal, stallMs: number): Attempt => {
  const operation = beginOperation(signal)
  let timer: ReturnType<typeof setTimeout> | undefined
  const moved = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => operation.abort(new StoreError(`nothing moved for ${stallMs} ms`)), stallMs)
  }
  moved()
  return {
    ...operation,
    moved,
    end() {
      clearTimeout(timer)
      operation.end()
    },
  }
}

/** What an attempt fails with: the caller's reason, or a `StoreError`. */
export const failureOf = (error: unknown, signal: AbortSignal, attempt: Attempt): unknown => {
  if (signal.aborted) return signal.reason
  if (attempt.signal.aborted) return attempt.signal.reason
  if (error instanceof StoreError) return error
  return new StoreError('the object store could not be reached', { cause: error })
}

/** Bytes that are read of why a store refused. */
const REASON_BYTES = 4096

export const refusalOf = (status: number, text: string): StoreError => {
  const reason = /<Code>(\w{1,64})<\/Code>/.exec(text)?.[1]
  return new StoreError(`the object store answered ${status}${reason === undefined ? '' : ` ${reason}`}`, {
    status,
    reason,
  })
}

/** The beginning of a body, as text; its connection is let go. */
export const beginningOf = async (body: ReadableStream<Uint8Array> | null): Promise<string> => {
  if (body === null) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (let read = 0; read < REASON_BYTES; ) {
    const { value } = await reader.read()
    if (value === undefined) return text
    read += value.byteLength
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/** Headers that a browser writes itself, and refuses to be told. */
const OWN_HEADERS: readonly string[] = ['content-length', 'host']

export const settableHeaders = (headers: SignedRequest['headers']): [string, string][] =>
  Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name.toLowerCase()))
