import type { FileInfo, ObjectFiles, OpenFile } from './object-files.ts'
import { HEADER_BYTES } from './object-header.ts'
import type { Reply } from './reply.ts'
import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

/** GetObject and HeadObject, with conditions and a range (RFC 9110, 13 and 14). */
export const readObject = async (request: S3Request, files: ObjectFiles): Promise<Reply> => {
  const found = await files.open(request.key ?? '')
  if (found === undefined) throw new S3Error('NoSuchKey')
  try {
    const reply = replyFor(request, found)
    if (reply.bytes === undefined) await found.handle.close()
    return reply
  } catch (error) {
    await found.handle.close()
    throw error
  }
}

const replyFor = ({ headers, method }: S3Request, file: OpenFile): Reply => {
  const etag = `"${file.etag}"`
  const since = Date.parse(headers['if-modified-since'] ?? '')
  const until = Date.parse(headers['if-unmodified-since'] ?? '')
  // HTTP has seconds.
  const changed = Math.floor(file.modifiedAt.getTime() / 1000) * 1000
  const ifMatch = headers['if-match']
  const ifNone = headers['if-none-match']
  if (ifMatch === undefined ? changed > until : !names(ifMatch, etag)) throw new S3Error('PreconditionFailed')
  if (ifNone === undefined ? changed <= since : names(ifNone, etag)) return { status: 304, headers: { etag } }

  const range = isOfThis(headers['if-range'], etag, changed) ? rangeOf(headers.range, file.size) : undefined
  const { length, start } = range ?? { start: 0, length: file.size }
  const isWhole = range === undefined
  const wantsChecksum = headers['x-amz-checksum-mode'] !== undefined && isWhole && file.sha256 !== undefined
  return {
    status: isWhole ? 200 : 206,
    headers: {
      ...traitsOf(file),
      'content-length': String(length),
      ...(isWhole ? {} : { 'content-range': `bytes ${start}-${start + length - 1}/${file.size}` }),
      ...(wantsChecksum ? { 'x-amz-checksum-sha256': file.sha256 ?? '' } : {}),
    },
    ...(method === 'HEAD' ? {} : { bytes: { handle: file.handle, start: HEADER_BYTES + start, length } }),
  }
}

const traitsOf = (file: FileInfo): Record<string, string> => ({
  'content-type': file.contentType,
  // Nothing that is kept here is a page of this host.
  'content-disposition': file.contentDisposition ?? 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
  'cross-origin-resource-policy': 'cross-origin',
  'accept-ranges': 'bytes',
  etag: `"${file.etag}"`,
  'last-modified': file.modifiedAt.toUTCString(),
  ...Object.fromEntries(Object.entries(file.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value])),
})

const names = (list: string, etag: string): boolean =>
  list.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag)

/** Whether a part of this is a part of what the reader has (RFC 9110, 13.1.5): else it needs all of it. */
const isOfThis = (condition: string | undefined, etag: string, changed: number): boolean =>
  condition === undefined || condition === etag || Date.parse(condition) === changed

/** One range; several, or what is no range of bytes, are answered with all of it, as they may be. */
const rangeOf = (text: string | undefined, size: number): { start: number; length: number } | undefined => {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size || (first === '' && Number(last) === 0)) {
    throw new S3Error('InvalidRange', undefined, { 'content-range': `bytes */${size}` })
  }
  return end < start ? undefined : { start, length: end - start + 1 }
}
