import { PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3'
import type { Log } from '../ops/log.ts'
import { type ObjectStore, type ObjectTraits, StoreUnavailable, type UploadedPart } from './object-store.ts'
import { inParts } from './parts.ts'
import { ask } from './s3-ask.ts'
import { traitFields } from './s3-traits.ts'

/** Up to that an object is put in one request; above it in parts of that size, which S3 takes 10,000 of. */
const PART_BYTES = 8 * 1024 ** 2

interface S3PutParts extends Pick<ObjectStore, 'beginUpload' | 'completeUpload' | 'abortUpload'> {
  /** Waits as long as bytes move. */
  readonly client: S3Client
  readonly bucket: string
  /** For a part, however slowly it moves. */
  readonly partMs: number
  readonly log: Log
}

/** Puts what comes bit by bit, of which nobody knows how much it will be: as a whole, or nothing. */
export const createS3Put = (given: S3PutParts): ObjectStore['put'] => {
  const { bucket: Bucket, client, log, partMs } = given

  const putWhole = async (Key: string, traits: ObjectTraits, Body: Uint8Array): Promise<void> => {
    const command = new PutObjectCommand({ Bucket, Key, Body, ...traitFields(traits) })
    await ask(partMs, (signal) => client.send(command, signal))
  }

  const putPart = async (
    Key: string,
    UploadId: string,
    PartNumber: number,
    Body: Uint8Array,
  ): Promise<UploadedPart> => {
    const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body })
    const taken = await ask(partMs, (signal) => client.send(command, signal))
    if (taken?.ETag === undefined) throw new StoreUnavailable(new Error('A part was taken without an ETag.'))
    return { partNumber: PartNumber, size: Body.length, etag: taken.ETag }
  }

  return async (key, traits, chunks) => {
    const uploaded: UploadedPart[] = []
    let uploadId: string | undefined
    let size = 0
    try {
      for await (const { bytes, isLast } of inParts(chunks, PART_BYTES)) {
        size += bytes.length
        if (isLast && uploadId === undefined) await putWhole(key, traits, bytes)
        else {
          uploadId ??= await given.beginUpload(key, traits)
          uploaded.push(await putPart(key, uploadId, uploaded.length + 1, bytes))
        }
      }
      if (uploadId !== undefined && !(await given.completeUpload(key, uploadId, uploaded))) {
        throw new StoreUnavailable(new Error('The store has lost parts of an upload.'))
      }
    } catch (error) {
      // What remains of it is found by whoever looks for uploads that nobody has completed.
      if (uploadId !== undefined) {
        await given
          .abortUpload(key, uploadId)
          .catch((cause) => log.warn({ error: cause }, 'an upload was not given up'))
      }
      throw error
    }
    return { size }
  }
}
