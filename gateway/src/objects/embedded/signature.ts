import { createHash, createHmac } from 'node:crypto'
import type { Clock } from '../../platform/clock.ts'
import { isSameSecret } from '../../platform/same-secret.ts'
import { encodeComponent, encodeKey } from '../sign.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

export interface SignatureParts {
  readonly region: string
  /** undefined: there is no such key. */
  readonly secretOf: (accessKeyId: string) => string | undefined
  /** The host that addresses are made with, which a proxy may have changed on the way. */
  readonly publicHost: () => string
  readonly clock: Clock
}

/** What was signed, beside the request itself. */
export interface Authenticated {
  /** SHA-256 of the body in hex; undefined: it was not signed. */
  readonly payload: string | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const SKEW_MS = 15 * 60_000
const LONGEST_SECONDS = 7 * 86_400
const UNSIGNED = 'UNSIGNED-PAYLOAD'

/**
 * Whether a request is signed with a key of this store: in its parameters or in its `Authorization` header (SigV4). What
 * signs here is the AWS SDK's signer; this is written from the description of the protocol, so that each checks the other.
 * @throws S3Error 403
 */
export const authenticate = (request: S3Request, parts: SignatureParts): Authenticated =>
  request.query.has('X-Amz-Signature') || request.query.has('X-Amz-Algorithm')
    ? inParameters(request, parts)
    : inHeader(request, parts)

const inParameters = (request: S3Request, parts: SignatureParts): Authenticated => {
  const { headers, query } = request
  const of = (name: string): string => query.get(name) ?? ''
  if (of('X-Amz-Algorithm') !== ALGORITHM || query.has('X-Amz-Security-Token')) throw new S3Error('AccessDenied')
  const signed = of('X-Amz-SignedHeaders').split(';')
  const payload = headers['x-amz-content-sha256'] ?? query.get('X-Amz-Content-Sha256') ?? UNSIGNED
  const time = timeOf(of('X-Amz-Date'))
  const now = parts.clock.now()
  const seconds = /^[1-9]\d{0,5}$/.test(of('X-Amz-Expires')) ? Number(of('X-Amz-Expires')) : 0
  if (seconds < 1 || seconds > LONGEST_SECONDS || time > now + SKEW_MS) throw new S3Error('AccessDenied')
  // A signature that was good once proves nothing; but a wrong one is not to be told from one that is too late.
  verify(request, parts, {
    credential: of('X-Amz-Credential'),
    longDate: of('X-Amz-Date'),
    signed,
    payload,
    signature: of('X-Amz-Signature'),
  })
  if (time + seconds * 1000 <= now) throw new S3Error('AccessDenied', 'The request has expired.')
  return { payload: payloadOf(payload) }
}

const inHeader = (request: S3Request, parts: SignatureParts): Authenticated => {
  const { authorization = '', 'x-amz-content-sha256': payload, 'x-amz-date': longDate = '' } = request.headers
  const [, credential, signedHeaders, signature] =
    /^AWS4-HMAC-SHA256 +Credential=([^ ,]+), *SignedHeaders=([^ ,]+), *Signature=([0-9a-f]+)$/.exec(authorization) ?? []
  if (credential === undefined || signedHeaders === undefined || signature === undefined || payload === undefined) {
    throw new S3Error('AccessDenied')
  }
  verify(request, parts, { credential, longDate, signed: signedHeaders.split(';'), payload, signature })
  if (Math.abs(timeOf(longDate) - parts.clock.now()) > SKEW_MS) throw new S3Error('RequestTimeTooSkewed')
  return { payload: payloadOf(payload) }
}

interface Claim {
  readonly credential: string
  readonly longDate: string
  readonly signed: readonly string[]
  readonly payload: string
  readonly signature: string
}

const verify = (request: S3Request, parts: SignatureParts, claim: Claim): void => {
  const { headers } = request
  // A header that means something to the store and was not signed could be anybody's.
  const unsigned = Object.keys(headers).find((name) => name.startsWith('x-amz-') && !claim.signed.includes(name))
  if (unsigned !== undefined || !claim.signed.includes('host')) throw new S3Error('AccessDenied')
  const hosts = [...new Set([headers.host ?? '', parts.publicHost()])]
  const isGenuine = hosts.some((host) => {
    const text = canonicalRequest(request, claim, host)
    return isSignatureOf(hashOf(text), claim.credential, claim.longDate, claim.signature, parts)
  })
  if (!isGenuine) throw new S3Error('SignatureDoesNotMatch')
}

/** @param text the last line of what was signed: the hash of the request, or the policy of a form */
const isSignatureOf = (
  hash: string,
  credential: string,
  longDate: string,
  signature: string,
  parts: SignatureParts,
): boolean => {
  const key = signingKey(credential, longDate, parts)
  const scope = credential.split('/').slice(1).join('/')
  return isSameSecret(hmac(key, `${ALGORITHM}\n${longDate}\n${scope}\n${hash}`).toString('hex'), signature)
}

/** Whether a POST policy is signed with a key of this store. @throws S3Error 403 */
export const verifyPolicy = (
  policy: string,
  credential: string,
  longDate: string,
  signature: string,
  parts: SignatureParts,
): void => {
  const expected = hmac(signingKey(credential, longDate, parts), policy).toString('hex')
  if (!isSameSecret(expected, signature)) throw new S3Error('SignatureDoesNotMatch')
}

const signingKey = (credential: string, longDate: string, { region, secretOf }: SignatureParts): Buffer => {
  const [accessKeyId = '', date = '', ...rest] = credential.split('/')
  const secret = secretOf(accessKeyId)
  if (secret === undefined || date !== longDate.slice(0, 8) || rest.join('/') !== `${region}/s3/aws4_request`) {
    throw new S3Error('AccessDenied')
  }
  return [region, 's3', 'aws4_request'].reduce<Buffer>((key, text) => hmac(key, text), hmac(`AWS4${secret}`, date))
}

const canonicalRequest = (
  { bucket, headers, key, method, query, rootSlash }: S3Request,
  claim: Claim,
  host: string,
): string => {
  const path = `/${encodeComponent(bucket)}${key === undefined ? rootSlash : `/${encodeKey(key)}`}`
  const pairs = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeComponent(name), encodeComponent(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map((pair) => pair.join('='))
  const lines = claim.signed.map((name) => {
    const value = name === 'host' ? host : (headers[name] ?? '')
    return `${name}:${value.trim().replaceAll(/ +/g, ' ')}`
  })
  return [method, path, pairs.join('&'), ...lines, '', claim.signed.join(';'), claim.payload].join('\n')
}

const payloadOf = (text: string): string | undefined => {
  if (text === UNSIGNED) return undefined
  if (text.startsWith('STREAMING-')) throw notImplemented('A body that is signed in chunks')
  if (!/^[0-9a-f]{64}$/.test(text)) throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is invalid.')
  return text
}

/** `20261122T081500Z`. */
const timeOf = (longDate: string): number => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(longDate)?.map(Number) ?? []
  if (year === undefined) throw new S3Error('AccessDenied')
  return Date.UTC(year, (month ?? 1) - 1, day, hour, minute, second)
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
/** Node gives the bytes of a header as characters; what was signed are the bytes. Everything else is ASCII. */
const hashOf = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex')
