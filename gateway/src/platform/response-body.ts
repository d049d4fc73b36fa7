import { addAbortSignal, pipeline, type Readable, type Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import { OutgoingError } from './outgoing-error.ts'

/** What `readBody` understands, for `accept-encoding`. */
export const ENCODINGS = 'gzip, br'

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
}

export interface BodyOptions {
  readonly where: string
  readonly encoding: string | undefined
  readonly signal: AbortSignal
  /** Of what comes out of the decoder. */
  readonly maxBytes: number
}

/**
 * The body as it was before its encoding. Holds a few chunks, however much there is and whatever becomes of it: a decoder
 * is not fed faster than it is emptied.
 * @throws OutgoingError in place of the chunk that would be more than `maxBytes`
 */
export async function* readBody(body: Readable, options: BodyOptions): AsyncGenerator<Uint8Array, void> {
  const { maxBytes, signal, where } = options
  const tooLarge = (): OutgoingError =>
    new OutgoingError('too_large', `The response of ${where} has more than ${maxBytes} bytes.`)
  const source = decode(body, options, tooLarge)
  let size = 0
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted()
      size += chunk.length
      if (size > maxBytes) throw tooLarge()
      yield chunk
      signal.throwIfAborted()
    }
    signal.throwIfAborted()
  } finally {
    source.destroy()
    body.destroy()
  }
}

/** An encoding that makes more of what it encodes is either at short pieces, or a body that decodes to nothing for ever. */
const encodedAtMost = (maxBytes: number): number => 2 * maxBytes + 1024

const decode = (body: Readable, options: BodyOptions, tooLarge: () => OutgoingError): Readable => {
  const name = (options.encoding ?? '').trim().toLowerCase()
  if (name === '' || name === 'identity') return body
  if (!Object.hasOwn(DECODERS, name)) {
    throw new OutgoingError('bad_response', `The response of ${options.where} has an encoding that was not asked for.`)
  }
  const decoder = DECODERS[name]?.() as Transform
  let size = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > encodedAtMost(options.maxBytes)) throw tooLarge()
      yield chunk
    }
  }
  // An error is thrown by the iteration.
  pipeline(counted, addAbortSignal(options.signal, decoder), () => undefined)
  return decoder
}
