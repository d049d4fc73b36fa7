import { HandlerError, StoreError } from './errors.ts'
import { type Operation, unlessAborted } from './file-operations.ts'
import type { FilesContext } from './files-context.ts'
import { beginAttempt, beginningOf, failureOf, refusalOf, settableHeaders, untilDone } from './store-attempts.ts'

export interface DownloadOptions {
  /** Ends it with `AbortedError`: the call, or the body that is being read. */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: { readonly received: number; readonly total: number }) => void
  /** As `Blob.slice` has it: `end` is not part of it, and what is beyond the end is left out. */
  readonly range?: { readonly start: number; readonly end?: number }
}

/** A file on its way. Its body can be read once: as a stream, as a `Blob` or as bytes. */
export interface Download {
  /** A connection that breaks is made again where it broke off, as long as the file may still be read. */
  readonly body: ReadableStream<Uint8Array>
  /** Of the whole file. */
  readonly size: number
  readonly contentType: string
  /** What whoever has put it there called it: not to be used as a path as it is. */
  readonly name: string | undefined
  blob(): Promise<Blob>
  bytes(): Promise<Uint8Array>
}

interface Opened {
  readonly size: number
  readonly contentType: string
  readonly name: string | undefined
  readonly reader: Reader | undefined
}
type Reader = ReadableStreamDefaultReader<Uint8Array>

interface Stretch {
  readonly start: number
  readonly end: number | undefined
}

/** The operation ends with the body. */
export const downloadFile = async (
  key: string,
  { onProgress, range }: DownloadOptions,
  operation: Operation,
  context: FilesContext,
): Promise<Download> => {
  const { signal } = operation
  const { storeRetry } = context.timing
  const wanted = stretchOf(range)
  const file = await untilDone(() => open(key, wanted, range !== undefined, signal, context), storeRetry, signal)
  const end = Math.min(wanted.end ?? file.size, file.size)
  const total = Math.max(0, end - wanted.start)
  let received = 0
  let { reader } = file

  const next = (): Promise<Uint8Array | undefined> =>
    untilDone(
      async (failure) => {
        if (failure !== undefined) {
          const left = { start: wanted.start + received, end }
          reader = (await open(key, left, true, signal, context)).reader
        }
        const chunk = reader === undefined ? undefined : await read(reader, signal, context)
        received += chunk?.byteLength ?? 0
        if (received > total) throw new StoreError('the object store sent more than there is', { status: 200 })
        if (chunk === undefined && received < total) throw new StoreError('the object store stopped before the end')
        return chunk
      },
      storeRetry,
      signal,
    )
  const progress = (): void => {
    try {
      onProgress?.({ received, total })
    } catch (error) {
      context.reportError(new HandlerError('onProgress', error))
    }
  }

  const letGo = (): void => {
    operation.end()
    reader?.cancel().catch(() => undefined)
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // Whether somebody reads or not: the connection ends now.
        signal.addEventListener('abort', () => {
          controller.error(signal.reason)
          letGo()
        })
      },
      async pull(controller) {
        try {
          const chunk = received === total ? undefined : await next()
          if (chunk === undefined) {
            letGo()
            controller.close()
            return
          }
          controller.enqueue(chunk)
          progress()
        } catch (error) {
          letGo()
          throw error
        }
      },
      cancel(reason) {
        operation.abort(reason)
      },
    },
    { highWaterMark: 0 },
  )
  const { contentType, name, size } = file
  return {
    body,
    size,
    contentType,
    name,
    blob: () => new Response(body, { headers: { 'content-type': contentType } }).blob(),
    bytes: () => bytesOf(body, total),
  }
}

/** @throws {TypeError} */
const stretchOf = (range: DownloadOptions['range']): Stretch => {
  const { start = 0, end } = range ?? {}
  const isPlace = (n: number): boolean => Number.isSafeInteger(n) && n >= 0
  if (!isPlace(start) || (end !== undefined && !isPlace(end)))
    throw new TypeError('a range has a start and an end in bytes')
  return { start, end }
}

const open = async (
  key: string,
  { end, start }: Stretch,
  isRange: boolean,
  signal: AbortSignal,
  context: FilesContext,
): Promise<Opened> => {
  const { content_type, file_name, headers, method, size, url } = await context.request(
    'file.download_url',
    { key },
    { signal },
  )
  const file = { size, contentType: content_type, name: file_name ?? undefined }
  const last = Math.min(end ?? size, size) - 1
  if (last < start) return { ...file, reader: undefined }
  const attempt = beginAttempt(signal, context.timing.stallMs)
  try {
    const response = await fetch(url, {
      method,
      headers: [
        ...settableHeaders(headers),
        ...(isRange ? [['range', `bytes=${start}-${last}`] as [string, string]] : []),
      ],
      signal: attempt.signal,
      cache: 'no-store',
      credentials: 'omit',
    })
    const { body, status } = response
    if (status === (isRange ? 206 : 200)) return { ...file, reader: body?.getReader() }
    throw refusalOf(status, await beginningOf(body))
  } catch (error) {
    throw failureOf(error, signal, attempt)
  } finally {
    attempt.end()
  }
}

/** Only while somebody waits for it: who reads slowly is not the store's fault. */
const read = async (reader: Reader, signal: AbortSignal, context: FilesContext): Promise<Uint8Array | undefined> => {
  const attempt = beginAttempt(signal, context.timing.stallMs)
  try {
    return (await unlessAborted(attempt.signal, reader.read())).value
  } catch (error) {
    reader.cancel().catch(() => undefined)
    throw failureOf(error, signal, attempt)
  } finally {
    attempt.end()
  }
}

const bytesOf = async (body: ReadableStream<Uint8Array>, total: number): Promise<Uint8Array> => {
  const bytes = new Uint8Array(total)
  const reader = body.getReader()
  for (let at = 0; ; ) {
    const { value } = await reader.read()
    if (value === undefined) return bytes
    bytes.set(value, at)
    at += value.byteLength
  }
}
