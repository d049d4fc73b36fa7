import type { ListedUpload } from '../object-store.ts'
import { encodeKey } from '../sign.ts'
import type { ObjectFiles } from './object-files.ts'
import type { Reply } from './reply.ts'
import { notImplemented, S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'
import type { Uploads } from './uploads.ts'
import { type XmlRecord, xmlDocument } from './xml.ts'

const PAGE = 1000

/** ListObjectsV2, in the order of the keys. */
export const listObjects = async ({ bucket, query }: S3Request, files: ObjectFiles): Promise<Reply> => {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
  const most = countOf(query, 'max-keys')
  const encode = encoder(query)
  const found = new Map<string, XmlRecord | undefined>()
  for await (const { etag, key, modifiedAt, size } of files.walk(prefix)) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (cut >= 0) found.set(key.slice(0, cut + delimiter.length), undefined)
    else {
      found.set(key, {
        Key: encode(key),
        LastModified: modifiedAt.toISOString(),
        ETag: `"${etag}"`,
        Size: size,
        StorageClass: 'STANDARD',
      })
    }
  }
  const names = [...found.keys()].filter((name) => name > after).sort()
  const page = names.slice(0, most)
  const isMore = page.length < names.length
  return {
    status: 200,
    xml: xmlDocument('ListBucketResult', {
      Name: bucket,
      Prefix: encode(prefix),
      Delimiter: delimiter === '' ? undefined : encode(delimiter),
      EncodingType: query.get('encoding-type'),
      MaxKeys: most,
      KeyCount: page.length,
      IsTruncated: isMore,
      NextContinuationToken: isMore ? page.at(-1) : undefined,
      Contents: page.map((name) => found.get(name)).filter((entry) => entry !== undefined),
      CommonPrefixes: page.filter((name) => found.get(name) === undefined).map((name) => ({ Prefix: encode(name) })),
    }),
  }
}

export const listUploads = async ({ bucket, query }: S3Request, uploads: Uploads): Promise<Reply> => {
  const most = countOf(query, 'max-uploads')
  const encode = encoder(query)
  const marker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const isLater = ({ key, uploadId }: ListedUpload): boolean =>
    key > marker || (key === marker && idMarker !== '' && uploadId > idMarker)
  const found: ListedUpload[] = []
  for await (const upload of uploads.list(query.get('prefix') ?? '')) found.push(upload)
  const all = found
    .filter((upload) => isLater(upload))
    .sort((a, b) => (a.key < b.key || (a.key === b.key && a.uploadId < b.uploadId) ? -1 : 1))
  const page = all.slice(0, most)
  const last = page.at(-1)
  const isMore = page.length < all.length
  return {
    status: 200,
    xml: xmlDocument('ListMultipartUploadsResult', {
      Bucket: bucket,
      Prefix: encode(query.get('prefix') ?? ''),
      MaxUploads: most,
      EncodingType: query.get('encoding-type'),
      IsTruncated: isMore,
      NextKeyMarker: isMore ? last?.key : undefined,
      NextUploadIdMarker: isMore ? last?.uploadId : undefined,
      Upload: page.map(({ key, startedAt, uploadId }) => ({
        Key: encode(key),
        UploadId: uploadId,
        Initiated: startedAt.toISOString(),
      })),
    }),
  }
}

export const listParts = async ({ bucket, key = '', query }: S3Request, uploads: Uploads): Promise<Reply> => {
  const uploadId = query.get('uploadId') ?? ''
  const all = await uploads.parts(key, uploadId)
  if (all === undefined) throw new S3Error('NoSuchUpload')
  const most = countOf(query, 'max-parts')
  const later = all.filter(({ partNumber }) => partNumber > Number(query.get('part-number-marker') ?? 0))
  const page = later.slice(0, most)
  return {
    status: 200,
    xml: xmlDocument('ListPartsResult', {
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MaxParts: most,
      IsTruncated: page.length < later.length,
      NextPartNumberMarker: page.at(-1)?.partNumber,
      Part: page.map(({ etag, partNumber, size }) => ({ PartNumber: partNumber, ETag: `"${etag}"`, Size: size })),
    }),
  }
}

const countOf = (query: S3Request['query'], name: string): number => {
  const text = query.get(name) ?? String(PAGE)
  if (!/^\d{1,9}$/.test(text)) throw new S3Error('InvalidArgument', `${name} is invalid.`)
  return Math.min(Number(text), PAGE)
}

/** XML cannot hold every character that a key can; so clients ask for it encoded. */
const encoder = (query: S3Request['query']): ((text: string) => string) => {
  const type = query.get('encoding-type')
  if (type !== undefined && type !== 'url') throw notImplemented(`encoding-type ${type}`)
  return type === undefined ? (text) => text : encodeKey
}
