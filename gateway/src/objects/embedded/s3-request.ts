import type { IncomingMessage } from 'node:http'
import { S3Error } from './s3-error.ts'

/** A request as it is signed and understood. */
export interface S3Request {
  readonly method: string
  /** Decoded; undefined: the bucket itself. */
  readonly key: string | undefined
  readonly bucket: string
  /** What follows the bucket where there is no key: it is signed as it was sent. */
  readonly rootSlash: '' | '/'
  /** Decoded, each name once. */
  readonly query: ReadonlyMap<string, string>
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** The body. Whoever stops reading it leaves the connection as it is, so that a refusal can be answered. */
  bytes(): AsyncIterable<Uint8Array>
}

/** The bucket stands in the path. @throws S3Error */
export const readRequest = (request: IncomingMessage): S3Request => {
  const [path = '', queryText = ''] = splitAt(request.url ?? '', '?')
  const [bucket, key] = splitAt(path.replace(/^\//, ''), '/')
  const query = new Map<string, string>()
  for (const pair of queryText.split('&')) {
    if (pair === '') continue
    const [name, value = ''] = splitAt(pair, '=').map(decode)
    if (name === undefined || query.has(name)) throw new S3Error('InvalidArgument', 'A parameter is there twice.')
    query.set(name, value)
  }
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value] as const],
  )
  return {
    method: request.method ?? '',
    bucket: decode(bucket ?? ''),
    rootSlash: key === undefined ? '' : '/',
    key: key === undefined || key === '' ? undefined : decode(key),
    query,
    headers: Object.fromEntries(headers),
    bytes: () => request.iterator({ destroyOnReturn: false }),
  }
}

/** At the first one only. */
const splitAt = (text: string, separator: string): string[] => {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new S3Error('InvalidArgument', 'The URL cannot be decoded.')
  }
}
