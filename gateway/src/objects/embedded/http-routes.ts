import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Log } from '../../ops/log.ts'
import { newUuid } from '../../platform/random.ts'
import { StoreFull } from '../object-store.ts'
import { WrongBytes } from './byte-check.ts'
import { corsHeaders, preflight } from './cors.ts'
import { listObjects, listParts, listUploads } from './listing.ts'
import { InvalidKey, type ObjectFiles, TraitsTooLong } from './object-files.ts'
import { type OperationName, operationOf, withMovedHeaders } from './operation.ts'
import { readObject } from './reading.ts'
import type { Reply } from './reply.ts'
import { S3Error } from './s3-error.ts'
import { readRequest, type S3Request } from './s3-request.ts'
import { type Authenticated, authenticate, type SignatureParts } from './signature.ts'
import type { Uploads } from './uploads.ts'
import { beginUpload, completeUpload, copyObject, postObject, putObject, putPart } from './writing.ts'
import { xmlDocument } from './xml.ts'

export interface ObjectRouteParts {
  readonly bucket: string
  readonly files: ObjectFiles
  readonly uploads: Uploads
  readonly signatures: SignatureParts
  /** May a page of this origin put and get files? */
  readonly isAllowedOrigin: (origin: string | undefined, host: string | undefined) => boolean
  readonly log: Pick<Log, 'error'>
}

/** @param admit is called when the request has shown that it is signed: of a form that is when its fields have come */
export type ObjectRoutes = (request: IncomingMessage, response: ServerResponse, admit?: () => void) => void

type Operation = (request: S3Request, signed: Authenticated) => Promise<Reply>

/** How long a refused upload may go on, so that its sender reads the refusal instead of a broken connection. */
const LINGER_MS = 2000
const READ_BYTES = 256 * 1024

/**
 * The part of S3 that is implemented, for the bucket in the path. Every request must be signed. What is not understood is
 * refused with 501, and nothing is done.
 */
export const createObjectRoutes = (parts: ObjectRouteParts): ObjectRoutes => {
  const { bucket, files, isAllowedOrigin, log, signatures, uploads } = parts

  const read: Operation = (request) => readObject(request, files)
  const operations: Record<Exclude<OperationName, 'PostObject'>, Operation> = {
    HeadBucket: async () => ({ status: 200 }),
    GetBucketLocation: async () => ({ status: 200, xml: xmlDocument('LocationConstraint', signatures.region) }),
    ListObjectsV2: (request) => listObjects(request, files),
    ListMultipartUploads: (request) => listUploads(request, uploads),
    ListParts: (request) => listParts(request, uploads),
    GetObject: read,
    HeadObject: read,
    PutObject: (request, signed) => putObject(request, signed, files),
    CopyObject: (request) => copyObject(request, files),
    CreateMultipartUpload: (request) => beginUpload(request, uploads),
    UploadPart: (request, signed) => putPart(request, signed, uploads),
    CompleteMultipartUpload: (request, signed) => completeUpload(request, signed, uploads),
    async DeleteObject({ key = '' }) {
      await files.delete(key)
      return { status: 204 }
    },
    async AbortMultipartUpload({ key = '', query }) {
      if (!(await uploads.abort(key, query.get('uploadId') ?? ''))) throw new S3Error('NoSuchUpload')
      return { status: 204 }
    },
  }

  const perform = async (incoming: IncomingMessage, admit: () => void): Promise<Reply> => {
    const request = readRequest(incoming)
    if (request.method === 'OPTIONS') return preflight(request.headers, isAllowedOrigin)
    // A form has its signature in it.
    const isForm = request.method === 'POST' && request.key === undefined && request.query.size === 0
    const signed = isForm ? undefined : authenticate(request, signatures)
    if (signed !== undefined) admit()
    if (request.bucket !== bucket) throw new S3Error('NoSuchBucket')
    const meant = withMovedHeaders(request)
    const operation = operationOf(meant)
    if (operation === 'PostObject' || signed === undefined) return await postObject(meant, files, signatures, admit)
    return await operations[operation](meant, signed)
  }

  return (request, response, admit = () => undefined) => {
    const origin = corsHeaders(request.headers, isAllowedOrigin)
    void perform(request, admit)
      .catch((error: unknown) => refusal(request, error, log))
      .then((reply) => send(request, response, { ...reply, headers: { ...origin, ...reply.headers } }))
      .catch((error: unknown) => {
        // Else whoever asked is gone.
        if (error instanceof Unreadable) log.error({ error, method: request.method }, 'the object store failed')
        response.destroy()
      })
  }
}

const refusal = (request: IncomingMessage, error: unknown, log: Pick<Log, 'error'>): Reply => {
  const known = toS3Error(error)
  // The sender broke off; or it is a defect, or the disk.
  const isOwn = known === undefined ? isWhole(request) : error instanceof StoreFull && error.cause !== undefined
  if (isOwn) log.error({ error, method: request.method }, 'the object store failed')
  const { code, headers, message, status } = known ?? new S3Error('InternalError')
  return { status, headers, xml: xmlDocument('Error', { Code: code, Message: message, RequestId: newUuid() }) }
}

/** Also of a request that was read to its end, after which Node destroys it. */
const isWhole = ({ complete, destroyed }: IncomingMessage): boolean => complete || !destroyed

const toS3Error = (error: unknown): S3Error | undefined => {
  if (error instanceof S3Error) return error
  if (error instanceof WrongBytes) return new S3Error(error.code)
  if (error instanceof StoreFull) return new S3Error('QuotaExceeded')
  if (error instanceof InvalidKey) return new S3Error('KeyTooLongError')
  if (error instanceof TraitsTooLong) return new S3Error('MetadataTooLarge')
  return undefined
}

const send = async (request: IncomingMessage, response: ServerResponse, reply: Reply): Promise<void> => {
  const { bytes, headers, status, xml } = reply
  const isEarly = !request.complete
  if (isEarly) response.setHeader('connection', 'close')
  try {
    response.writeHead(status, {
      ...(xml === undefined
        ? bytes === undefined && request.method !== 'HEAD' && status !== 204 && status !== 304
          ? { 'content-length': '0' }
          : {}
        : { 'content-type': 'application/xml', 'content-length': String(Buffer.byteLength(xml)) }),
      ...headers,
    })
    if (bytes !== undefined) return await pipeline(piecesOf(bytes), response)
    if (request.method !== 'HEAD' && xml !== undefined) response.write(xml)
    response.flushHeaders()
    // The end of the answer is the end of the connection, and of what its sender has not read yet.
    if (isEarly) await drained(request)
    response.end()
  } finally {
    // Not left to a stream, which does not close it where the other end is gone before the first piece.
    await bytes?.handle.close()
  }
}

/** Until all of a body that is not wanted has come, or its sender had long enough to read why. */
const drained = (request: IncomingMessage): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, LINGER_MS)
    for (const event of ['end', 'close', 'error']) request.once(event, done)
    // Whoever has read it so far is through with it.
    request.removeAllListeners('readable').resume()
  })

/** An object that could be opened, and fails when its answer has begun. */
class Unreadable extends Error {}

async function* piecesOf({ handle, length, start }: NonNullable<Reply['bytes']>): AsyncGenerator<Uint8Array, void> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + done).catch((cause: unknown) => {
      throw new Unreadable('an object file cannot be read', { cause })
    })
    if (bytesRead === 0) throw new Unreadable('an object file is shorter than it was')
    yield buffer.subarray(0, bytesRead)
    done += bytesRead
  }
}
