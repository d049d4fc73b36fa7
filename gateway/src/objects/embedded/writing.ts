import { validateHeaderName, validateHeaderValue } from 'node:http'
import { createByteCheck, type Expected } from './byte-check.ts'
import type { ObjectFiles, ObjectTraitsOnDisk } from './object-files.ts'
import type { PostedFile } from './post-form.ts'
import { judgeForm, readForm } from './post-form.ts'
import type { Reply } from './reply.ts'
import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'
import type { Authenticated, SignatureParts } from './signature.ts'
import type { Uploads } from './uploads.ts'
import { xmlDocument } from './xml.ts'

const DEFAULT_TYPE = 'binary/octet-stream'
/** What one request can carry (S3). */
const PUT_BYTES = 5 * 1024 ** 3
const XML_BYTES = 1024 * 1024

export const putObject = async (request: S3Request, signed: Authenticated, files: ObjectFiles): Promise<Reply> => {
  const written = await files.write(
    request.key ?? '',
    traitsIn(request.headers),
    request.bytes(),
    expectedOf(request, signed),
    { onlyWhereNone: request.headers['if-none-match'] === '*' },
  )
  if (written === 'exists') throw new S3Error('PreconditionFailed')
  return { status: 200, headers: { etag: `"${written.etag}"` } }
}

export const copyObject = async (request: S3Request, files: ObjectFiles): Promise<Reply> => {
  const source = decodeSource(request.headers['x-amz-copy-source'] ?? '')
  if (source.bucket !== request.bucket) throw new S3Error('NoSuchBucket')
  // Metadata is copied; a client that sends its own means to replace it, which is said otherwise.
  const copied = await files.copy(source.key, request.key ?? '', request.headers['if-none-match'] === '*')
  if (copied === 'missing') throw new S3Error('NoSuchKey')
  if (copied === 'exists') throw new S3Error('PreconditionFailed')
  const info = await files.find(request.key ?? '')
  return {
    status: 200,
    xml: xmlDocument('CopyObjectResult', {
      ETag: `"${info?.etag ?? ''}"`,
      LastModified: info?.modifiedAt.toISOString(),
    }),
  }
}

/**
 * A file from a form (POST policy), which carries its own signature.
 * @param admit is called when that was found to be good
 */
export const postObject = async (
  request: S3Request,
  files: ObjectFiles,
  parts: SignatureParts,
  admit: () => void,
): Promise<Reply> => {
  const form = await readForm(request)
  const { key, range } = judgeForm(form.fields, request.bucket, parts)
  admit()
  const status = form.fields.get('success_action_status') ?? '204'
  const written = await files.write(key, traitsIn(Object.fromEntries(form.fields)), withinRange(form.bytes, range))
  if (written === 'exists') throw new S3Error('InternalError')
  const headers = { etag: `"${written.etag}"` }
  if (status !== '201') return { status: status === '200' ? 200 : 204, headers }
  return {
    status: 201,
    headers,
    xml: xmlDocument('PostResponse', { Bucket: request.bucket, Key: key, ETag: headers.etag }),
  }
}

export const beginUpload = async ({ bucket, headers, key = '' }: S3Request, uploads: Uploads): Promise<Reply> => {
  const uploadId = await uploads.begin(key, traitsIn(headers))
  return {
    status: 200,
    xml: xmlDocument('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId }),
  }
}

export const putPart = async (request: S3Request, signed: Authenticated, uploads: Uploads): Promise<Reply> => {
  const { key = '', query } = request
  const number = query.get('partNumber') ?? ''
  if (!/^[1-9]\d{0,4}$/.test(number) || Number(number) > 10_000)
    throw new S3Error('InvalidArgument', 'partNumber is invalid.')
  const expected = expectedOf(request, signed)
  const md5 = await uploads.writePart(key, query.get('uploadId') ?? '', Number(number), request.bytes(), expected)
  if (md5 === undefined) throw new S3Error('NoSuchUpload')
  return { status: 200, headers: { etag: `"${md5}"` } }
}

export const completeUpload = async (request: S3Request, signed: Authenticated, uploads: Uploads): Promise<Reply> => {
  const { bucket, headers, key = '', query } = request
  const parts = await partsIn(request, signed)
  const done = await uploads.complete(key, query.get('uploadId') ?? '', parts, headers['if-none-match'] === '*')
  if (done === 'exists') throw new S3Error('PreconditionFailed')
  if (done === undefined) throw new S3Error('NoSuchUpload')
  if (done === false) throw new S3Error('InvalidPart')
  return {
    status: 200,
    xml: xmlDocument('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: `"${done.etag}"` }),
  }
}

/** From headers, or from the fields of a form, which have the same names. @throws S3Error */
const traitsIn = (headers: Readonly<Record<string, string>>): ObjectTraitsOnDisk => {
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA))
  const { 'content-disposition': contentDisposition, 'content-type': contentType = DEFAULT_TYPE } = headers
  const given = [['content-type', contentType], ['content-disposition', contentDisposition ?? ''], ...metadata] as const
  for (const [name, value] of given) {
    if (!isHeader(name, value)) throw new S3Error('InvalidArgument', 'A name or value of metadata fits into no header.')
  }
  return {
    contentType,
    contentDisposition,
    metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA.length), value])),
  }
}

const METADATA = 'x-amz-meta-'

/** What was a field or a parameter can hold more than the header that it is given back in. */
const isHeader = (name: string, value: string): boolean => {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

const expectedOf = ({ headers }: S3Request, { payload }: Authenticated): Expected => {
  const length = headers['content-length']
  if (length === undefined) throw new S3Error('MissingContentLength')
  if (Number(length) > PUT_BYTES) throw new S3Error('EntityTooLarge')
  return {
    size: Number(length),
    md5: headers['content-md5'],
    sha256: headers['x-amz-checksum-sha256'],
    sha1: headers['x-amz-checksum-sha1'],
    crc32: headers['x-amz-checksum-crc32'],
    payload,
  }
}

async function* withinRange(
  bytes: PostedFile['bytes'],
  [least, most]: readonly [number, number],
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > most) throw new S3Error('EntityTooLarge')
    yield chunk
  }
  if (size < least) throw new S3Error('EntityTooSmall')
}

/** `/bucket/key`, encoded; with or without the first slash. */
const decodeSource = (text: string): { readonly bucket: string; readonly key: string } => {
  const [path = ''] = text.split('?versionId=')
  if (path !== text) throw new S3Error('NotImplemented', 'Versions are not implemented.')
  const [, bucket = '', key = ''] = /^\/?([^/]*)\/(.*)$/s.exec(path) ?? []
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) }
  } catch {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source cannot be decoded.')
  }
}

/** Of the XML there is one form that a client sends: parts with a number and an ETag. */
const partsIn = async (
  { bytes: body }: S3Request,
  { payload }: Authenticated,
): Promise<readonly { readonly partNumber: number; readonly etag: string }[]> => {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body()) {
    size += chunk.length
    if (size > XML_BYTES) throw new S3Error('EntityTooLarge')
    chunks.push(chunk)
  }
  const bytes = Buffer.concat(chunks)
  const check = createByteCheck({ payload })
  check.update(bytes)
  check.finish()
  const text = bytes.toString()
  const parts = [...text.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => ({
    partNumber: Number(/<PartNumber>\s*(\d{1,5})\s*<\/PartNumber>/.exec(part)?.[1] ?? 0),
    etag: /<ETag>\s*(?:"|&quot;|&#34;)?([0-9a-f]{32})(?:"|&quot;|&#34;)?\s*<\/ETag>/.exec(part)?.[1] ?? '',
  }))
  if (!text.includes('CompleteMultipartUpload') || parts.length === 0) throw new S3Error('MalformedXML')
  return parts
}
