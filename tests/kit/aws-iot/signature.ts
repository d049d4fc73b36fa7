import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { REGION } from './account.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** The SDKs sign for the first, and the developer guide names the second. */
const SERVICES = ['iotdata', 'iotdevicegateway']
const TOLERANCE_MS = 5 * 60_000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

/** @returns what is wrong with the request's AWS Signature Version 4; undefined: nothing */
export const signatureProblem = (
  { headers, method, url = '/' }: IncomingMessage,
  body: Buffer,
  { accessKeyId, secretAccessKey }: Credentials,
): string | undefined => {
  const parts = AUTHORIZATION.exec(headers.authorization ?? '')
  if (parts === null) return 'Missing Authentication Token'
  const [, key = '', date = '', region = '', service = '', signedHeaders = '', signature = ''] = parts
  const names = signedHeaders.split(';')
  const mustBeSigned = ['host', 'x-amz-date', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))]
  const time = String(headers['x-amz-date'])
  if (key !== accessKeyId) return 'The security token included in the request is invalid.'
  if (region !== REGION || !SERVICES.includes(service))
    return 'Credential should be scoped to a valid region and service.'
  if (!mustBeSigned.every((name) => names.includes(name))) return 'A header that must be signed is not.'
  if (!time.startsWith(date) || Math.abs(parseTime(time) - Date.now()) > TOLERANCE_MS) return 'Signature expired'
  const [path = '/', query = ''] = url.split('?')
  const request = [
    method,
    // Once more than it is sent: everywhere but for S3 the path is encoded twice.
    path.split('/').map(encode).join('/'),
    canonicalQuery(query),
    ...names.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}`,
    ),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const signingKey = [date, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`)
  const expected = hmac(signingKey, ['AWS4-HMAC-SHA256', time, scope, sha256(Buffer.from(request))].join('\n'))
  return expected.toString('hex') === signature
    ? undefined
    : 'The request signature we calculated does not match the signature you provided.'
}

const canonicalQuery = (query: string): string =>
  [...new URLSearchParams(query)]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')

/** `20261121T220000Z`; NaN, which is within no tolerance: anything else */
const parseTime = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest()
