import type { SliceableBytes } from './byte-source.ts'
import {
  beginAttempt,
  beginningOf,
  failureOf,
  refusalOf,
  type SignedRequest,
  settableHeaders,
} from './store-attempts.ts'

export interface SendOptions {
  readonly signal: AbortSignal
  readonly stallMs: number
  /** How much of it has gone. */
  readonly onSent: (bytes: number) => void
}

interface Answer {
  readonly status: number
  readonly text: string
}

type Way = (request: SignedRequest, bytes: SliceableBytes, options: WayOptions) => Promise<Answer>
interface WayOptions {
  readonly signal: AbortSignal
  readonly onSent: (bytes: number) => void
  /** It is the source that failed, not the store. */
  readonly onSourceFailed: (error: unknown) => void
}

/**
 * One attempt to put bytes where a signed request says.
 * @throws {StoreError} the store did not take them; whatever the source throws; the signal's reason
 */
export const sendBytes = async (request: SignedRequest, bytes: SliceableBytes, options: SendOptions): Promise<void> => {
  const { onSent, signal, stallMs } = options
  const attempt = beginAttempt(signal, stallMs)
  let sourceFailure: { readonly error: unknown } | undefined
  try {
    const { status, text } = await wayOf()(request, bytes, {
      signal: attempt.signal,
      onSent(sent) {
        attempt.moved()
        onSent(sent)
      },
      onSourceFailed(error) {
        sourceFailure = { error }
      },
    })
    if (status < 200 || status > 299) throw refusalOf(status, text)
  } catch (error) {
    if (sourceFailure !== undefined && !signal.aborted) throw sourceFailure.error
    throw failureOf(error, signal, attempt)
  } finally {
    attempt.end()
  }
}

interface Xhr {
  readonly upload: { onprogress: ((event: { readonly loaded: number }) => void) | null }
  readonly status: number
  readonly responseText: string
  onload: (() => void) | null
  onerror: (() => void) | null
  open(method: string, url: string): void
  setRequestHeader(name: string, value: string): void
  send(body: Blob): void
  abort(): void
}

const runtime = globalThis as unknown as {
  readonly XMLHttpRequest?: new () => Xhr
  readonly process?: { readonly versions?: { readonly undici?: string } }
}

const wayOf = (): Way => {
  // A browser's fetch tells nothing of the progress of an upload.
  if (runtime.XMLHttpRequest !== undefined) return byXhr
  // Node's fetch sends the length that it is told with a stream. Others send none, and what is signed has one.
  return runtime.process?.versions?.undici === undefined ? byBlob : byStream
}

const blobOf = async (bytes: SliceableBytes, onSourceFailed: WayOptions['onSourceFailed']): Promise<Blob> => {
  if (bytes instanceof Blob) return bytes
  try {
    return new Blob([await bytes.arrayBuffer()])
  } catch (error) {
    onSourceFailed(error)
    throw error
  }
}

const byXhr: Way = async ({ headers, method, url }, bytes, { onSent, onSourceFailed, signal }) => {
  const blob = await blobOf(bytes, onSourceFailed)
  const { XMLHttpRequest: Request } = runtime
  return await new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const xhr = new (Request as new () => Xhr)()
    const aborted = (): void => {
      xhr.abort()
      reject(signal.reason)
    }
    const over = (): void => signal.removeEventListener('abort', aborted)
    signal.addEventListener('abort', aborted, { once: true })
    xhr.upload.onprogress = ({ loaded }) => onSent(loaded)
    xhr.onload = () => {
      over()
      resolve({ status: xhr.status, text: xhr.responseText })
    }
    xhr.onerror = () => {
      over()
      reject(new TypeError('the request failed; browsers do not say why'))
    }
    xhr.open(method, url)
    for (const [name, value] of settableHeaders(headers)) xhr.setRequestHeader(name, value)
    xhr.send(blob)
  })
}

const byBlob: Way = async (request, bytes, { onSent, onSourceFailed, signal }) => {
  const blob = await blobOf(bytes, onSourceFailed)
  const answer = await put(request, { body: blob, headers: settableHeaders(request.headers), signal })
  onSent(blob.size)
  return answer
}

const byStream: Way = async (request, bytes, { onSent, onSourceFailed, signal }) => {
  const headers: [string, string][] = [...settableHeaders(request.headers), ['content-length', String(bytes.size)]]
  const { body, letGo } = counted(bytes, onSent, onSourceFailed)
  const init: RequestInit & { duplex: 'half' } = { body, duplex: 'half', headers, signal }
  try {
    return await put(request, init)
  } finally {
    // Node's fetch goes on reading what it does not send any more.
    letGo()
  }
}

const put = async ({ method, url }: SignedRequest, init: RequestInit): Promise<Answer> => {
  const response = await fetch(url, { ...init, method, cache: 'no-store', credentials: 'omit' })
  return { status: response.status, text: await beginningOf(response.body) }
}

const counted = (
  bytes: SliceableBytes,
  onSent: WayOptions['onSent'],
  onSourceFailed: WayOptions['onSourceFailed'],
): { readonly body: ReadableStream<Uint8Array>; letGo(): void } => {
  const reader = bytes.stream().getReader()
  let sent = 0
  // Also by a store that breaks the connection: then the source ends early, and has not failed.
  let isLetGo = false
  const letGo = (): void => {
    isLetGo = true
    reader.cancel().catch(() => undefined)
  }
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { value } = await reader.read()
          if (isLetGo) return controller.close()
          sent += value?.byteLength ?? 0
          if (value === undefined ? sent < bytes.size : sent > bytes.size) {
            throw new TypeError(`the source has not the ${bytes.size} bytes that it said`)
          }
          if (value === undefined) controller.close()
          else controller.enqueue(value)
          onSent(sent)
        } catch (error) {
          if (!isLetGo) onSourceFailed(error)
          throw error
        }
      },
      cancel: letGo,
    },
    { highWaterMark: 0 },
  )
  return { body, letGo }
}
