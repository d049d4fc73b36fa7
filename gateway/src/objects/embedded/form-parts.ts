import { S3Error } from './s3-error.ts'

export interface FormPart {
  readonly name: string
  /** To be read to its end before the next part is asked for. @throws S3Error where the form ends before it does */
  readonly bytes: AsyncIterable<Uint8Array>
}

const HEADER_BYTES = 8192
const BOUNDARY = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)/i

/**
 * The parts of a form (RFC 7578), one after the other, from a body that comes bit by bit. It is pulled and never pushed: so
 * nothing is held that nobody has asked for, and what is wrong is thrown at whoever asks.
 * @returns gives the next part; undefined: there are no more. @throws S3Error
 */
export const openForm = (type: string, body: AsyncIterable<Uint8Array>): (() => Promise<FormPart | undefined>) => {
  const [, quoted, plain = quoted] = BOUNDARY.exec(type) ?? []
  if (plain === undefined) throw new S3Error('MalformedPOSTRequest', 'The boundary of the form cannot be read.')
  const delimiter = Buffer.from(`\r\n--${plain}`)
  const chunks = body[Symbol.asyncIterator]()
  // The first delimiter needs no line before it.
  let held = Buffer.from('\r\n')

  const more = async (): Promise<void> => {
    const { done, value } = await chunks.next()
    if (done === true) throw new S3Error('MalformedPOSTRequest', 'The form ends too early.')
    held = Buffer.concat([held, value])
  }
  const take = (size: number): Buffer => {
    const taken = held.subarray(0, size)
    held = held.subarray(size)
    return taken
  }

  /** What comes before `end`, which is taken, too. */
  async function* before(end: Buffer): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const at = held.indexOf(end)
      // Where it is not there, it may have begun with the last bytes.
      const size = at < 0 ? held.length - end.length + 1 : at
      if (size > 0) yield take(size)
      if (at >= 0) {
        take(end.length)
        return
      }
      await more()
    }
  }

  /** Of this part; what it ends with begins the next one. */
  async function* rest(): AsyncGenerator<Uint8Array, void> {
    yield* before(delimiter)
    held = Buffer.concat([delimiter, held])
  }

  return async () => {
    await textOf(before(delimiter), HEADER_BYTES)
    while (held.length < 2) await more()
    const next = take(2).toString('latin1')
    if (next === '--') return undefined
    const name = next === '\r\n' ? nameIn(await textOf(before(HEADERS_END), HEADER_BYTES)) : undefined
    if (name === undefined) throw new S3Error('MalformedPOSTRequest')
    return { name, bytes: rest() }
  }
}

const HEADERS_END = Buffer.from('\r\n\r\n')

/** @throws S3Error where it is longer */
export const textOf = async (bytes: AsyncIterable<Uint8Array>, most: number): Promise<string> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > most) throw new S3Error('MalformedPOSTRequest', 'Something in the form is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** Of the part with these headers. */
const nameIn = (headers: string): string | undefined => {
  const lines = headers.split('\r\n')
  if (!lines.every((line) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/.test(line))) return undefined
  const disposition = lines.find((line) => /^content-disposition\s*:\s*form-data\s*;/i.test(line)) ?? ''
  const parameters = [...disposition.matchAll(/;\s*([\w*-]+)=(?:"([^"]*)"|([^\s";]*))/g)]
  const [, , quoted, plain] = parameters.find(([, name]) => name?.toLowerCase() === 'name') ?? []
  return quoted ?? plain
}
