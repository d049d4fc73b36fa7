import type { IncomingHttpHeaders } from 'node:http'
import type { Reply } from './reply.ts'
import { S3Error } from './s3-error.ts'

type OriginCheck = (origin: string | undefined, host: string | undefined) => boolean

/** What a page may send, beside what every page may. */
const ALLOWED_HEADERS =
  /^(content-type|content-disposition|content-md5|range|if-range|if-match|if-none-match|x-amz-[a-z0-9-]+)$/
const EXPOSED = 'etag, content-length, content-range, content-disposition, last-modified'

/** For the answer to a page of another origin (fetch.spec.whatwg.org, CORS protocol). */
export const corsHeaders = ({ host, origin }: IncomingHttpHeaders, isAllowed: OriginCheck): Record<string, string> =>
  origin === undefined || !isAllowed(origin, host)
    ? { vary: 'origin' }
    : { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED, vary: 'origin' }

/** What a browser asks before it sends anything but a plain request. @throws S3Error 403 */
export const preflight = (headers: Readonly<Record<string, string>>, isAllowed: OriginCheck): Reply => {
  const asked = (headers['access-control-request-headers'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  const method = headers['access-control-request-method'] ?? ''
  const isFine =
    isAllowed(headers.origin, headers.host) &&
    ['GET', 'HEAD', 'PUT', 'POST'].includes(method) &&
    asked.every((name) => name === '' || ALLOWED_HEADERS.test(name))
  if (!isFine) throw new S3Error('AccessDenied', 'Pages of that origin may not do this.')
  return {
    status: 204,
    headers: {
      'access-control-allow-methods': 'GET, HEAD, PUT, POST',
      'access-control-allow-headers': asked.filter((name) => name !== '').join(', '),
      'access-control-max-age': '3600',
    },
  }
}
