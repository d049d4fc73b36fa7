import type { ByteSource, SliceableBytes } from './byte-source.ts'
import type { UploadResume } from './errors.ts'
import { beginOperation, unlessAborted } from './file-operations.ts'
import { digestOf, type FilesContext } from './files-context.ts'
import { sendBytes } from './send-bytes.ts'
import { type SignedRequest, untilDone } from './store-attempts.ts'

export interface PartsUpload extends UploadResume {
  readonly source: ByteSource
  readonly partSize: number
  readonly partCount: number
  /** Numbers of those that the store has already. */
  readonly uploaded: readonly number[]
  readonly atOnce: number
  readonly sha256: boolean
  readonly signal: AbortSignal
  readonly onSent: (bytes: number) => void
}

/** Addresses expire: no more are asked for than are soon used. */
const ADDRESSES_AT_ONCE = 10

interface Part {
  readonly number: number
  readonly bytes: SliceableBytes
}

/**
 * Puts every part that is missing, several at once; of each there is as much in memory as its source needs, and no more
 * parts than are on their way. Nothing is on its way any more when it returns or throws.
 */
export const uploadParts = async (upload: PartsUpload, context: FilesContext): Promise<void> => {
  const { partCount, partSize, source } = upload
  const missing = Array.from({ length: partCount }, (_, i) => i + 1).filter((n) => !upload.uploaded.includes(n))
  const waiting = [...missing]
  const operation = beginOperation(upload.signal)
  const { signal } = operation
  const placeOf = (n: number): [number, number] => [(n - 1) * partSize, Math.min(n * partSize, source.size)]
  const progress = partsProgress(
    source.size - missing.map(placeOf).reduce((sum, [from, to]) => sum + to - from, 0),
    upload.onSent,
  )
  const addressOf = createAddresses(upload, missing, signal, context)

  let reading: Promise<unknown> = Promise.resolve()
  /** The next part, read after the one before: a stream has only one place where it is read. */
  const nextPart = (): Promise<Part | undefined> => {
    const part = reading.then(async () => {
      signal.throwIfAborted()
      const number = waiting.shift()
      if (number === undefined) return undefined
      const bytes = await unlessAborted(signal, source.take(...placeOf(number)))
      if (number === partCount) await unlessAborted(signal, source.finish())
      return { number, bytes }
    })
    reading = part.catch(() => undefined)
    return part
  }

  const sendParts = async (): Promise<void> => {
    for (let part = await nextPart(); part !== undefined; part = await nextPart()) {
      const { bytes, number } = part
      const sha256 = upload.sha256 ? await digestOf(bytes) : undefined
      await untilDone(
        async (failure) => {
          const address = await addressOf(number, sha256, failure?.status)
          const onSent = (sent: number): void => progress(number, sent)
          await sendBytes(address, bytes, { signal, stallMs: context.timing.stallMs, onSent })
        },
        context.timing.storeRetry,
        signal,
      )
      progress(number, bytes.size)
    }
  }

  const senders = Array.from({ length: Math.min(upload.atOnce, missing.length) }, () =>
    sendParts().catch((error: unknown) => {
      // The first of them says why; the others are stopped by it.
      operation.abort(error)
    }),
  )
  await Promise.all(senders)
  operation.end()
  signal.throwIfAborted()
}

/** Adds up what the parts have sent. */
const partsProgress = (before: number, onSent: (bytes: number) => void): ((part: number, sent: number) => void) => {
  const sentOf = new Map<number, number>()
  let sum = before
  onSent(sum)
  return (part, sent) => {
    sum += sent - (sentOf.get(part) ?? 0)
    sentOf.set(part, sent)
    onSent(sum)
  }
}

type AddressOf = (part: number, sha256: string | undefined, failedWith: number | undefined) => Promise<SignedRequest>

/** Where each part is put: asked for several at once, and for one alone when it is signed for its bytes or sent again. */
const createAddresses = (
  { key, sha256: isChecked, uploadId }: PartsUpload,
  missing: readonly number[],
  signal: AbortSignal,
  context: FilesContext,
): AddressOf => {
  const known = new Map<number, Promise<SignedRequest>>()
  const asked = new Set<number>()

  const ask = (numbers: readonly number[], sha256: string | undefined): void => {
    const parts = numbers.map((part_number) => ({ part_number, ...(sha256 === undefined ? {} : { sha256 }) }))
    const answer = context.request('file.part_urls', { key, upload_id: uploadId, parts }, { signal })
    for (const number of numbers) {
      asked.add(number)
      const address = answer.then((output) => {
        const found = output.parts.find(({ part_number }) => part_number === number)
        if (found === undefined) throw new TypeError(`file.part_urls left out part ${number}`)
        return found
      })
      address.catch(() => undefined)
      known.set(number, address)
    }
  }

  return (number, sha256, failedWith) => {
    // They were made together, and have expired together.
    if (failedWith === 403) {
      for (const expired of known.keys()) asked.delete(expired)
      known.clear()
    }
    if (!known.has(number)) {
      const next = missing.filter((n) => n > number && !asked.has(n)).slice(0, ADDRESSES_AT_ONCE - 1)
      ask(isChecked || asked.has(number) ? [number] : [number, ...next], sha256)
    }
    const address = known.get(number) as Promise<SignedRequest>
    // It is good for one attempt.
    known.delete(number)
    return address
  }
}
