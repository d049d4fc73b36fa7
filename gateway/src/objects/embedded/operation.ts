import { notImplemented, S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

/** What can be asked of the store, by the names that S3 gives it. */
export type OperationName =
  | 'HeadBucket'
  | 'GetBucketLocation'
  | 'ListObjectsV2'
  | 'ListMultipartUploads'
  | 'PostObject'
  | 'GetObject'
  | 'HeadObject'
  | 'PutObject'
  | 'CopyObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'ListParts'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'

interface Form {
  readonly name: OperationName
  readonly method: string
  readonly on: 'bucket' | 'key'
  /** Parameters that make it what it is, and others that it understands. */
  readonly needs: readonly string[]
  readonly takes?: readonly string[]
  /** Headers `x-amz-…` that it understands, and the values, where only these. */
  readonly amz?: Readonly<Record<string, readonly string[] | true>>
}

const CHECKSUMS = { 'x-amz-checksum-sha256': true, 'x-amz-checksum-sha1': true, 'x-amz-checksum-crc32': true } as const
const ALGORITHMS = { 'x-amz-sdk-checksum-algorithm': ['SHA256', 'SHA1', 'CRC32'] } as const
const STORING = { 'x-amz-storage-class': ['STANDARD'], 'x-amz-acl': ['private'] } as const
const PAGE = ['prefix', 'encoding-type'] as const

const FORMS: readonly Form[] = [
  { name: 'HeadBucket', method: 'HEAD', on: 'bucket', needs: [] },
  { name: 'GetBucketLocation', method: 'GET', on: 'bucket', needs: ['location'] },
  {
    name: 'ListObjectsV2',
    method: 'GET',
    on: 'bucket',
    needs: ['list-type'],
    takes: [...PAGE, 'delimiter', 'max-keys', 'start-after', 'continuation-token', 'fetch-owner'],
  },
  {
    name: 'ListMultipartUploads',
    method: 'GET',
    on: 'bucket',
    needs: ['uploads'],
    takes: [...PAGE, 'max-uploads', 'key-marker', 'upload-id-marker'],
  },
  { name: 'PostObject', method: 'POST', on: 'bucket', needs: [] },
  { name: 'ListParts', method: 'GET', on: 'key', needs: ['uploadId'], takes: ['max-parts', 'part-number-marker'] },
  { name: 'GetObject', method: 'GET', on: 'key', needs: [], amz: { 'x-amz-checksum-mode': ['ENABLED'] } },
  { name: 'HeadObject', method: 'HEAD', on: 'key', needs: [], amz: { 'x-amz-checksum-mode': ['ENABLED'] } },
  {
    name: 'UploadPart',
    method: 'PUT',
    on: 'key',
    needs: ['partNumber', 'uploadId'],
    amz: { ...CHECKSUMS, ...ALGORITHMS },
  },
  {
    name: 'CopyObject',
    method: 'PUT',
    on: 'key',
    needs: [],
    amz: { 'x-amz-copy-source': true, 'x-amz-metadata-directive': ['COPY'], ...STORING },
  },
  { name: 'PutObject', method: 'PUT', on: 'key', needs: [], amz: { ...CHECKSUMS, ...ALGORITHMS, ...STORING } },
  {
    name: 'CreateMultipartUpload',
    method: 'POST',
    on: 'key',
    needs: ['uploads'],
    amz: { 'x-amz-checksum-algorithm': ALGORITHMS['x-amz-sdk-checksum-algorithm'], ...STORING },
  },
  { name: 'CompleteMultipartUpload', method: 'POST', on: 'key', needs: ['uploadId'] },
  { name: 'AbortMultipartUpload', method: 'DELETE', on: 'key', needs: ['uploadId'] },
  { name: 'DeleteObject', method: 'DELETE', on: 'key', needs: [] },
]

/**
 * The request as it is meant: signers move headers into the parameters of an address, where they are signed as well.
 * @throws S3Error where one is there twice
 */
export const withMovedHeaders = (request: S3Request): S3Request => {
  const query = new Map<string, string>()
  const headers: Record<string, string> = { ...request.headers }
  for (const [name, value] of request.query) {
    if (!/^x-amz-/i.test(name) || AUTHENTICATION.test(name)) query.set(name, value)
    else if (name.toLowerCase() in headers) throw new S3Error('InvalidArgument', `${name} is there twice.`)
    else headers[name.toLowerCase()] = value
  }
  return { ...request, query, headers }
}

/** Of every request: how it is signed, and what clients say of themselves. */
const ALWAYS = new Set(['x-amz-content-sha256', 'x-amz-date', 'x-amz-user-agent'])
const AUTHENTICATION = /^X-Amz-(Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Content-Sha256)$/
/** Names the operation for whoever reads a log. */
const NAMING = 'x-id'

/**
 * What a request asks for. It is refused where anything about it is not understood: a parameter or a header that is passed
 * over can turn a harmless request into one that overwrites an object.
 * @throws S3Error 501
 */
export const operationOf = (request: S3Request): OperationName => {
  const { headers, key, method, query } = request
  const names = [...query.keys()].filter((name) => !AUTHENTICATION.test(name) && name !== NAMING)
  const on = key === undefined ? 'bucket' : 'key'
  const isCopy = 'x-amz-copy-source' in headers
  const form = FORMS.find(
    (each) =>
      each.method === method &&
      each.on === on &&
      each.needs.every((name) => query.has(name)) &&
      names.every((name) => each.needs.includes(name) || each.takes?.includes(name)) &&
      (each.name !== 'CopyObject' || isCopy),
  )
  if (form === undefined) {
    throw notImplemented(
      names.length === 0
        ? `${method} of ${on === 'key' ? 'an object' : 'the bucket'}`
        : `${method} with ${names.join(', ')}`,
    )
  }
  if (query.has('list-type') && query.get('list-type') !== '2') throw notImplemented('Listing by version 1')
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || ALWAYS.has(name)) continue
    if (name.startsWith('x-amz-meta-') && STORES.has(form.name)) continue
    const understood = form.amz?.[name]
    if (understood === undefined || (understood !== true && !understood.includes(value))) throw notImplemented(name)
  }
  refuseHeaders(form.name, headers)
  return form.name
}

const STORES: ReadonlySet<OperationName> = new Set(['PutObject', 'CopyObject', 'CreateMultipartUpload'])

/** S3 would keep these and give them back with the object. */
const refuseTraits = (headers: S3Request['headers']): void => {
  const cached = headers['cache-control']
  // Browsers send these of themselves; and nothing that is got here may be kept in a cache, whoever means it for that.
  if (cached !== undefined && !/^(no-cache|no-store|max-age=0)(\s*,\s*(no-cache|no-store|max-age=0))*$/i.test(cached)) {
    throw notImplemented('Cache-Control')
  }
  for (const name of ['content-language', 'expires']) if (name in headers) throw notImplemented(name)
}

/** At a key. */
const CREATES: ReadonlySet<OperationName> = new Set(['PutObject', 'CopyObject', 'CompleteMultipartUpload'])

/** Of HTTP itself. */
const refuseHeaders = (name: OperationName, headers: S3Request['headers']): void => {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') throw notImplemented(`Content-Encoding ${encoding}`)
  if (name === 'GetObject' || name === 'HeadObject') return
  if (name === 'PutObject' || name === 'CreateMultipartUpload') refuseTraits(headers)
  const isConditional = ['if-match', 'if-modified-since', 'if-unmodified-since'].some((header) => header in headers)
  const ifNone = headers['if-none-match']
  if (isConditional || (ifNone !== undefined && (ifNone !== '*' || !CREATES.has(name)))) {
    throw notImplemented('That condition')
  }
  // What is put would be taken for the whole (RFC 9110, 14.5).
  if ('range' in headers || 'content-range' in headers) throw notImplemented('A range here')
}
