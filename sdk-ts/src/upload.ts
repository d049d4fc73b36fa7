import { type ByteSource, byteSourceOf, type SliceableBytes, sourceOfBytes, type UploadSource } from './byte-source.ts'
import { HandlerError, RequestRejectedError, UploadInterruptedError, type UploadResume } from './errors.ts'
import { unlessAborted } from './file-operations.ts'
import { digestOf, type FilesContext } from './files-context.ts'
import { LIMITS } from './generated/contract.ts'
import type { FileCompleteOutput, FileUploadUrlInput, FileUploadUrlOutput } from './generated/types.ts'
import { sendBytes } from './send-bytes.ts'
import { type SignedRequest, untilDone } from './store-attempts.ts'
import { type PartsUpload, uploadParts } from './upload-parts.ts'

export interface FileProgress {
  /** Bytes; never less than before. */
  readonly sent: number
  readonly total: number
}

export interface UploadOptions {
  /** What a download is called. Default: the name of a `File`, else `file`. */
  readonly name?: string
  /** Default: the type of a `Blob`. What the deployment does not take becomes `application/octet-stream`. */
  readonly contentType?: string
  /** For a private conversation: both can read the file. Without this and `groupId` only oneself can. */
  readonly toEmployeeId?: string
  /** For a group: whoever is in it at the time can read the file. */
  readonly groupId?: string
  /** Bytes. Of a stream it must be given, and be exact. */
  readonly size?: number
  /** Lets the store check the SHA-256 of everything that is put there. Costs one more reading of the source. */
  readonly sha256?: boolean
  readonly onProgress?: (progress: FileProgress) => void
  /** Ends it with `AbortedError`, or `UploadInterruptedError` once parts were sent. */
  readonly signal?: AbortSignal
  /** Goes on with an upload that broke off, of the same source: a stream from its beginning. */
  readonly resume?: UploadResume
  /** Of a file above 100 MiB, how many of its parts (16 MiB) are on their way at once. Default 3. */
  readonly partsAtOnce?: number
  /** Told once an upload in parts has begun, for those who want to go on with it after a crash. */
  readonly onBegun?: (resume: UploadResume) => void
}

/** A file that is there, and that whoever it is for can read. */
export interface UploadedFile {
  /** What messages name it by. */
  readonly key: string
  readonly size: number
  readonly contentType: string
  readonly name: string
}

const UNNAMED = 'file'
export const ANY_TYPE = 'application/octet-stream'

interface Upload extends UploadOptions {
  readonly source: ByteSource
  readonly name: string
  readonly signal: AbortSignal
  readonly onSent: (bytes: number) => void
}

/** @param typeOf what the deployment takes a type as */
export const uploadFile = async (
  given: UploadSource,
  options: UploadOptions,
  signal: AbortSignal,
  typeOf: (type: string, signal: AbortSignal) => Promise<string>,
  context: FilesContext,
): Promise<UploadedFile> => {
  const { partsAtOnce = 3 } = options
  if (!Number.isSafeInteger(partsAtOnce) || partsAtOnce < 1) throw new TypeError('partsAtOnce is 1 or more')
  const source = byteSourceOf(given, options.size)
  let most = -1
  const onSent = (sent: number): void => {
    // What is sent again is not told again.
    if (sent <= most) return
    most = sent
    tell('onProgress', options.onProgress, { sent, total: source.size }, context)
  }
  const name = options.name ?? source.name ?? UNNAMED
  const upload: Upload = { ...options, source, name, signal, onSent }
  try {
    const { resume } = options
    const completed =
      resume === undefined
        ? await begin(upload, await typeOf(options.contentType ?? source.type ?? '', signal), context)
        : await goOn(upload, resume, context)
    onSent(source.size)
    const { content_type: contentType, file_name, key, size } = completed
    return { key, size, contentType, name: file_name ?? name }
  } catch (error) {
    source.cancel(error)
    throw error
  }
}

const tell = <T>(name: string, handler: ((value: T) => void) | undefined, value: T, context: FilesContext): void => {
  try {
    handler?.(value)
  } catch (error) {
    context.reportError(new HandlerError(name, error))
  }
}

const begin = async (upload: Upload, contentType: string, context: FilesContext): Promise<FileCompleteOutput> => {
  const { name, signal, source } = upload
  const isSmall = source.size <= LIMITS.filePutBytes
  // Before anything is signed: what a stream takes its time for must not use up the time of an address.
  const whole = isSmall ? await wholeOf(source, signal) : undefined
  const input: FileUploadUrlInput = {
    file_name: name,
    content_type: contentType,
    size: source.size,
    ...(upload.toEmployeeId === undefined ? {} : { to_employee_id: upload.toEmployeeId }),
    ...(upload.groupId === undefined ? {} : { group_id: upload.groupId }),
    ...(upload.sha256 === true && whole !== undefined ? { sha256: await digestOf(whole) } : {}),
  }
  const ask = (): Promise<FileUploadUrlOutput> => context.request('file.upload_url', input, { signal })
  const place = await ask()
  const { key, part_count: partCount, part_size: partSize, upload_id: uploadId } = place
  if (uploadId === undefined || partSize === undefined || partCount === undefined) {
    return await putWhole(upload, whole ?? (await wholeOf(source, signal)), place, ask, context)
  }
  const begun: UploadResume = { key, uploadId }
  tell('onBegun', upload.onBegun, begun, context)
  const rest = whole === undefined ? source : sourceOfBytes(whole)
  return await putParts({ ...upload, source: rest }, begun, { partCount, partSize, uploaded: [] }, context)
}

const wholeOf = async (source: ByteSource, signal: AbortSignal): Promise<SliceableBytes> => {
  const whole = await unlessAborted(signal, source.take(0, source.size))
  await unlessAborted(signal, source.finish())
  return whole
}

const putWhole = async (
  { onSent, signal }: Upload,
  whole: SliceableBytes,
  first: FileUploadUrlOutput,
  ask: () => Promise<FileUploadUrlOutput>,
  context: FilesContext,
): Promise<FileCompleteOutput> => {
  const { stallMs, storeRetry } = context.timing
  let place = first
  let unanswered = 0
  await untilDone(
    async (failure) => {
      unanswered = failure !== undefined && failure.status === undefined ? unanswered + 1 : 0
      // A store that closes the connection on an address that has expired gives no answer either. Another time the
      // same address is better: another one is another file.
      if (failure?.status === 403 || unanswered > 1) place = await ask()
      await sendBytes(requestOf(place), whole, { signal, stallMs, onSent })
    },
    storeRetry,
    signal,
  )
  return await complete({ key: place.key }, signal, context)
}

const requestOf = ({ headers, method, url }: FileUploadUrlOutput): SignedRequest => {
  if (url === undefined) throw new TypeError('file.upload_url answered neither an address nor an upload in parts')
  return { url, method: method ?? 'PUT', headers: headers ?? {} }
}

type Parts = Pick<PartsUpload, 'partCount' | 'partSize' | 'uploaded'>

const putParts = async (
  { onSent, partsAtOnce: atOnce = 3, sha256 = false, signal, source }: Upload,
  resume: UploadResume,
  parts: Parts,
  context: FilesContext,
): Promise<FileCompleteOutput> => {
  try {
    await uploadParts({ ...resume, ...parts, source, atOnce, sha256, signal, onSent }, context)
    return await complete({ key: resume.key, upload_id: resume.uploadId }, signal, context)
  } catch (error) {
    throw isHopeless(error) ? error : new UploadInterruptedError(resume, signal.aborted ? signal.reason : error)
  }
}

/** There is no such upload, or what was put there is refused. */
const isHopeless = (error: unknown): boolean =>
  error instanceof RequestRejectedError && [400, 403, 404].includes(error.code)

const goOn = async (upload: Upload, resume: UploadResume, context: FilesContext): Promise<FileCompleteOutput> => {
  const { signal, source } = upload
  const { key, uploadId } = resume
  const about = { key, upload_id: uploadId }
  try {
    const status = await context.request('file.upload_status', about, { signal })
    if (status.size !== source.size) {
      throw new TypeError(`the upload is of ${status.size} bytes, and the source has ${source.size}`)
    }
    const { part_count: partCount, part_size: partSize, uploaded_parts: uploaded } = status
    return await putParts(upload, resume, { partCount, partSize, uploaded }, context)
  } catch (error) {
    if (!(error instanceof RequestRejectedError) || error.action !== 'file.upload_status' || error.code !== 404)
      throw error
    // It may have been completed, and the answer lost.
    return await complete(about, signal, context)
  }
}

/** Looking at a large file takes longer than other requests do, and asking again does not make it faster. */
const complete = (
  about: { readonly key: string; readonly upload_id?: string },
  signal: AbortSignal,
  { request, timing }: FilesContext,
): Promise<FileCompleteOutput> =>
  request('file.complete', about, { signal, timeoutMs: timing.completeMs, attemptMs: timing.completeMs / 4 })
