/**
 * Bytes of which any stretch can be read, and read again: as much of a `Blob` as an upload needs. `fileFromPath` of
 * `@mchat/sdk/node` makes one of a file.
 */
export interface SliceableBytes {
  readonly size: number
  readonly name?: string
  readonly type?: string
  /** @param to is not part of it */
  slice(from: number, to: number): SliceableBytes
  stream(): ReadableStream<Uint8Array>
  arrayBuffer(): Promise<ArrayBuffer>
}

export type StreamSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>
export type UploadSource = Blob | SliceableBytes | Uint8Array | ArrayBuffer | StreamSource

/** What is uploaded, piece by piece from the beginning. */
export interface ByteSource {
  readonly size: number
  readonly name: string | undefined
  readonly type: string | undefined
  /**
   * A piece. Of a stream they are asked for in order, and what is between two is read and dropped.
   * @throws {TypeError} the stream is not as it was announced
   */
  take(from: number, to: number): Promise<SliceableBytes>
  /** Once everything was taken. @throws {TypeError} the stream goes on after the size that was announced */
  finish(): Promise<void>
  /** Lets go of a stream that is not read to its end; it may be slow to notice. */
  cancel(reason: unknown): void
}

/** So much is handed on at once, so that progress is seen. */
const CHUNK_BYTES = 64 * 1024

export const bytesOf = (array: Uint8Array): SliceableBytes => ({
  size: array.byteLength,
  slice: (from, to) => bytesOf(array.subarray(from, to)),
  stream: () => {
    let at = 0
    return new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (at < array.byteLength) controller.enqueue(array.subarray(at, at + CHUNK_BYTES))
          else controller.close()
          at += CHUNK_BYTES
        },
      },
      { highWaterMark: 0 },
    )
  },
  arrayBuffer: async () => new Uint8Array(array).buffer,
})

export const sourceOfBytes = (bytes: SliceableBytes): ByteSource => ({
  size: bytes.size,
  name: bytes.name,
  type: bytes.type,
  take: async (from, to) => bytes.slice(from, to),
  finish: async () => undefined,
  cancel: () => undefined,
})

/** @throws {TypeError} it is nothing that can be uploaded, or a stream without a size */
export const byteSourceOf = (source: UploadSource, size: number | undefined): ByteSource => {
  const bytes = sliceable(source)
  if (bytes !== undefined) {
    if (size !== undefined && size !== bytes.size)
      throw new TypeError(`the source has ${bytes.size} bytes, not ${size}`)
    return sourceOfBytes(bytes)
  }
  const read = readerOf(source as StreamSource)
  if (read === undefined)
    throw new TypeError('cannot upload this: it is neither bytes nor a Blob nor a stream of bytes')
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw new TypeError('the size of a stream must be given: it is signed')
  }
  return sourceOfStream(read, size)
}

const sliceable = (source: UploadSource): SliceableBytes | undefined => {
  if (ArrayBuffer.isView(source)) return bytesOf(new Uint8Array(source.buffer, source.byteOffset, source.byteLength))
  if (source instanceof ArrayBuffer) return bytesOf(new Uint8Array(source))
  const known = source as Partial<SliceableBytes> | null | undefined
  const isSliceable = typeof known?.slice === 'function' && typeof known.stream === 'function'
  return isSliceable && typeof known.size === 'number' ? (known as SliceableBytes) : undefined
}

interface ChunkReader {
  /** undefined: that was all. */
  next(): Promise<unknown>
  cancel(reason: unknown): void
}

const readerOf = (source: StreamSource): ChunkReader | undefined => {
  if (typeof source !== 'object' || source === null) return undefined
  // Not by iteration, which streams do not have in every browser.
  if ('getReader' in source) {
    const reader = source.getReader()
    return {
      next: async () => (await reader.read()).value,
      cancel: (reason) => void reader.cancel(reason).catch(() => undefined),
    }
  }
  if (!(Symbol.asyncIterator in source)) return undefined
  const iterator = source[Symbol.asyncIterator]()
  return {
    next: async () => {
      const { done, value } = await iterator.next()
      return done === true ? undefined : value
    },
    // A generator that waits for something answers only when it goes on.
    cancel: () => void iterator.return?.().catch(() => undefined),
  }
}

const sourceOfStream = (reader: ChunkReader, size: number): ByteSource => {
  let at = 0
  let rest: Uint8Array = new Uint8Array(0)

  /** The next bytes, at most so many. */
  const read = async (atMost: number): Promise<Uint8Array> => {
    while (rest.byteLength === 0) {
      const chunk = await reader.next()
      if (chunk === undefined) throw new TypeError(`the stream ended after ${at} bytes, not after ${size}`)
      if (!(chunk instanceof Uint8Array)) throw new TypeError('the stream is not one of bytes (Uint8Array)')
      rest = chunk
    }
    const taken = rest.subarray(0, atMost)
    rest = rest.subarray(taken.byteLength)
    at += taken.byteLength
    return taken
  }

  return {
    size,
    name: undefined,
    type: undefined,
    async take(from, to) {
      while (at < from) await read(from - at)
      const piece = new Uint8Array(to - from)
      while (at < to) {
        const offset = at - from
        piece.set(await read(to - at), offset)
      }
      return bytesOf(piece)
    },
    async finish() {
      while (rest.byteLength === 0) {
        const chunk = await reader.next()
        if (chunk === undefined) return
        rest = chunk as Uint8Array
      }
      throw new TypeError(`the stream goes on after ${size} bytes`)
    },
    cancel: (reason) => reader.cancel(reason),
  }
}
