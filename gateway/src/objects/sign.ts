import { createHash, createHmac, type Hmac, type Hash as NodeHash } from 'node:crypto'
import { createScope, getSigningKey, SignatureV4 } from '@smithy/signature-v4'
import type { Checksum, HttpRequest, SourceData } from '@smithy/types'
import type { Clock } from '../platform/clock.ts'
import type { ObjectStore, SignedRequest } from './object-store.ts'

export interface StoreCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface SignerOptions {
  /** Without the bucket; a path is possible where the bucket stands in the path, too. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly pathStyle: boolean
  readonly credentials: () => Promise<StoreCredentials>
  readonly clock: Clock
}

export type Signer = Pick<ObjectStore, 'signPut' | 'signPart' | 'signGet' | 'signForm'>

/** SHA-256 and its HMAC as the signer of the AWS SDK wants them. */
export class Sha256 implements Checksum {
  readonly #hash: Hmac | NodeHash
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(secret))
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {
    throw new Error('a hash is used once')
  }
}

const bytesOf = (data: SourceData): Uint8Array | string =>
  typeof data === 'string'
    ? data
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data)

/** By SigV4 (docs.aws.amazon.com, "Authenticating requests: using query parameters" and "… in HTTP POST"). */
export const createSigner = (options: SignerOptions): Signer => {
  const { bucket, clock, credentials, region } = options
  const base = bucketUrl(options)
  const root = base.pathname.replace(/\/$/, '')
  const signer = new SignatureV4({
    service: 's3',
    region,
    credentials,
    sha256: Sha256,
    // A key is encoded once; what is signed is the path as it is sent.
    uriEscapePath: false,
    applyChecksum: false,
  })

  const sign = async (
    method: SignedRequest['method'],
    key: string,
    seconds: number,
    headers: Record<string, string>,
    query: Record<string, string> = {},
  ): Promise<SignedRequest> => {
    const names = new Set(Object.keys(headers))
    const request: HttpRequest = {
      method,
      protocol: base.protocol,
      hostname: base.hostname,
      path: `${root}/${encodeKey(key)}`,
      query,
      headers: { host: base.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
    }
    const signed = await signer.presign(request, {
      expiresIn: seconds,
      signingDate: clock.date(),
      // As headers and not as parameters: so they mean the same to every store.
      signableHeaders: names,
      unhoistableHeaders: names,
    })
    return { method, url: `${base.protocol}//${base.host}${signed.path}?${queryText(signed.query ?? {})}`, headers }
  }

  return {
    signPut: (key, { contentDisposition, contentType, owner, sha256, size }, seconds) =>
      sign('PUT', key, seconds, {
        'content-type': contentType,
        'content-length': String(size),
        'content-disposition': contentDisposition,
        [OWNER_HEADER]: owner,
        ...checksumHeader(sha256),
      }),
    signPart: (key, { partNumber, sha256, size, uploadId }, seconds) =>
      sign(
        'PUT',
        key,
        seconds,
        { 'content-length': String(size), ...checksumHeader(sha256) },
        { partNumber: String(partNumber), uploadId },
      ),
    signGet: (key, seconds) => sign('GET', key, seconds, {}),
    async signForm({ contentType, maxBytes, owner, prefix }, seconds) {
      const identity = await credentials()
      const now = clock.date()
      const longDate = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
      const scope = createScope(longDate.slice(0, 8), region, 's3')
      const fields: Record<string, string> = {
        bucket,
        'Content-Type': contentType,
        'Content-Disposition': 'attachment',
        [OWNER_HEADER]: owner,
        'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
        'X-Amz-Credential': `${identity.accessKeyId}/${scope}`,
        'X-Amz-Date': longDate,
        ...(identity.sessionToken === undefined ? {} : { 'X-Amz-Security-Token': identity.sessionToken }),
      }
      const policy = {
        expiration: new Date(now.getTime() + seconds * 1000).toISOString(),
        conditions: [
          ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
          ['starts-with', '$key', prefix],
          ['content-length-range', 0, maxBytes],
        ],
      }
      const Policy = Buffer.from(JSON.stringify(policy)).toString('base64')
      const signingKey = await getSigningKey(Sha256, identity, longDate.slice(0, 8), region, 's3')
      const signature = createHmac('sha256', signingKey).update(Policy).digest('hex')
      return { url: base.href.replace(/\/$/, ''), fields: { ...fields, Policy, 'X-Amz-Signature': signature } }
    },
  }
}

/** Who has put an object there, as S3 keeps it: user-defined metadata. */
export const OWNER_HEADER = 'x-amz-meta-owner'

const checksumHeader = (sha256: string | undefined): Record<string, string> =>
  sha256 === undefined ? {} : { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') }

/** Ends without a slash where it has a path. */
const bucketUrl = ({ bucket, endpoint, pathStyle }: SignerOptions): URL => {
  const url = new URL(endpoint)
  if (pathStyle) url.pathname = `${url.pathname.replace(/\/$/, '')}/${bucket}`
  else url.hostname = `${bucket}.${url.hostname}`
  return url
}

/** RFC 3986: everything but unreserved characters (SigV4, "UriEncode"). */
export const encodeComponent = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

export const encodeKey = (key: string): string => key.split('/').map(encodeComponent).join('/')

const queryText = (query: Readonly<Record<string, unknown>>): string =>
  Object.entries(query)
    .map(([name, value]) => `${encodeComponent(name)}=${encodeComponent(String(value))}`)
    .join('&')
