import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3'
import type { Config } from '../config.ts'
import type { Log } from '../ops/log.ts'
import type { Clock } from '../platform/clock.ts'
import { type ObjectStore, StoreUnavailable, type UploadedPart } from './object-store.ts'
import { ask } from './s3-ask.ts'
import { openS3Clients, S3_TIMEOUTS, type S3Timeouts } from './s3-clients.ts'
import { createTemporaryCredentials } from './s3-credentials.ts'
import { isMissing, isNotAsNamed, isNotImplemented, isPreconditionFailed } from './s3-errors.ts'
import { createS3Lists } from './s3-lists.ts'
import { createS3Put } from './s3-put.ts'
import { storedObjectOf, traitFields } from './s3-traits.ts'
import { createSigner, encodeKey } from './sign.ts'

export interface S3Store extends ObjectStore {
  /**
   * Everything else may take a bucket that is not there for one without objects.
   * @throws StoreUnavailable also when there is no such bucket
   */
  requireBucket(): Promise<void>
}

export interface S3StoreParts {
  /** With a bucket. */
  readonly config: Config['storage']
  readonly clock: Clock
  readonly log: Log
  readonly timeouts?: Partial<S3Timeouts>
  /** Of what is listed. */
  readonly pageSize?: number
}

/** What a slow store copies, or puts together, by itself. A file that is small and silent is not waited for as a large one. */
const BYTES_PER_MS = 16 * 1024

/** S3 gives no more at once. */
const PAGE_SIZE = 1000

/** A bucket of S3, or of a store that speaks as S3 does. Import this file only where there is one: the SDK is large. */
export const createS3Store = (given: S3StoreParts): S3Store => {
  const { clock, config, log, pageSize = PAGE_SIZE } = given
  const { bucket = '', pathStyle, region } = config
  const timeouts = { ...S3_TIMEOUTS, ...given.timeouts }
  const { answerMs, wholeMs } = timeouts
  const { client, transfer } = openS3Clients(config, timeouts, log)
  const credentials = async () => {
    const found = await ask(answerMs, () => client.config.credentials())
    if (found === undefined) throw new StoreUnavailable(new Error('There are no credentials.'))
    return found
  }
  const address = { endpoint: publicEndpointOf(config), bucket, region, pathStyle }
  const temporary = createTemporaryCredentials(config, credentials, timeouts)
  /** Whether the store has not said yet that it does not know conditions of a copy. */
  let copiesConditionally = true
  /** The same of the end of an upload in parts. */
  let completesConditionally = true

  const patience = (bytes: number): number => Math.min(wholeMs, answerMs + bytes / BYTES_PER_MS)

  const head: ObjectStore['head'] = async (key) => {
    const command = new HeadObjectCommand({ Bucket: bucket, Key: key })
    const found = await ask(answerMs, (signal) => client.send(command, signal), isMissing)
    return found === undefined ? undefined : storedObjectOf(found)
  }

  const isThere = async (key: string): Promise<boolean> => (await head(key)) !== undefined

  const copy: ObjectStore['copy'] = async (from, to) => {
    const [source, target] = await Promise.all([head(from), head(to)])
    // A store that neither knows the condition nor says so would put the new bytes over those that are there.
    if (target !== undefined) return source !== undefined
    const command = new CopyObjectCommand({
      Bucket: bucket,
      Key: to,
      CopySource: `${bucket}/${encodeKey(from)}`,
      ...(copiesConditionally ? { IfNoneMatch: '*' } : {}),
    })
    let reason: unknown
    const isExpected = (error: unknown): boolean => {
      reason = error
      return isMissing(error) || isPreconditionFailed(error) || (copiesConditionally && isNotImplemented(error))
    }
    const copied = await ask(patience(source?.size ?? 0), (signal) => client.send(command, signal), isExpected)
    if (copied !== undefined) return true
    if (isMissing(reason)) return false
    if (isPreconditionFailed(reason)) return isThere(from)
    copiesConditionally = false
    log.warn({ error: reason }, 'the object store copies without conditions')
    return copy(from, to)
  }

  const beginUpload: ObjectStore['beginUpload'] = async (key, traits) => {
    const command = new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ...traitFields(traits) })
    const begun = await ask(answerMs, (signal) => client.send(command, signal))
    if (begun?.UploadId === undefined) throw new StoreUnavailable(new Error('An upload was begun without an id.'))
    return begun.UploadId
  }

  /** @returns what it failed with, of what it may fail with */
  const complete = async (
    key: string,
    uploadId: string,
    parts: readonly UploadedPart[],
    onlyWhereNone: boolean,
  ): Promise<unknown> => {
    const command = new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: { Parts: parts.map(({ etag, partNumber }) => ({ ETag: etag, PartNumber: partNumber })) },
      ...(onlyWhereNone ? { IfNoneMatch: '*' } : {}),
    })
    let reason: unknown
    const isExpected = (error: unknown): boolean => {
      reason = error
      return isNotAsNamed(error) || (onlyWhereNone && (isPreconditionFailed(error) || isNotImplemented(error)))
    }
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    const completed = await ask(patience(size), (signal) => client.send(command, signal), isExpected)
    return completed === undefined ? reason : undefined
  }

  const completeUpload: ObjectStore['completeUpload'] = async (key, uploadId, parts) => {
    const reason = await complete(key, uploadId, parts, completesConditionally)
    if (reason === undefined) return true
    if (isNotAsNamed(reason)) return false
    if (isPreconditionFailed(reason)) {
      await abortUpload(key, uploadId)
      return true
    }
    completesConditionally = false
    log.warn({ error: reason }, 'the object store completes uploads without conditions')
    return completeUpload(key, uploadId, parts)
  }

  const abortUpload: ObjectStore['abortUpload'] = async (key, uploadId) => {
    const command = new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId })
    await ask(answerMs, (signal) => client.send(command, signal), isMissing)
  }

  const put = createS3Put({
    client: transfer,
    bucket,
    partMs: wholeMs,
    log,
    beginUpload,
    // What is put takes the place of what was there.
    completeUpload: async (...given) => (await complete(...given, false)) === undefined,
    abortUpload,
  })

  return {
    address,
    ...createSigner({ ...address, credentials, clock }),
    ...createS3Lists({ client, bucket, pageSize, answerMs }),
    temporaryCredentials: (rules, seconds) => temporary.give(rules, seconds),
    /** Its own quota is its own affair. */
    hasRoom: async () => true,
    async requireBucket() {
      const command = new HeadBucketCommand({ Bucket: bucket })
      const found = await ask(answerMs, (signal) => client.send(command, signal), isMissing)
      if (found === undefined) throw new StoreUnavailable(new Error('there is no such bucket'))
    },
    head,
    async mark(key, traits) {
      await put(key, traits, nothing())
    },
    put,
    copy,
    async delete(key) {
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: key })
      await ask(answerMs, (signal) => client.send(command, signal), isMissing)
    },
    beginUpload,
    completeUpload,
    abortUpload,
    close() {
      client.destroy()
      transfer.destroy()
      temporary.close()
    },
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Where clients find the store. */
const publicEndpointOf = ({ endpoint, publicEndpoint, region }: Config['storage']): string =>
  publicEndpoint ?? endpoint ?? `https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
