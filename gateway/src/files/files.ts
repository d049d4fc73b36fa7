import { type FileKeys, type FilePlace, LIMITS, MChatError, type OutputOf } from '@mchat/schema'
import { type ObjectStore, type StoredObject, StoreFull, StoreUnavailable } from '../objects/object-store.ts'
import type { Clock } from '../platform/clock.ts'
import { newUuid } from '../platform/random.ts'
import { dispositionOf, fileNameIn } from './file-name.ts'
import type { FileUuids } from './file-uuids.ts'
import type { Ready } from './ready.ts'
import type { UploadInParts, UploadTokens } from './upload-tokens.ts'

export interface AnnouncedFile {
  readonly owner: string
  readonly place: FilePlace
  readonly fileName: string
  readonly contentType: string
  readonly size: number
  readonly sha256: string | undefined
}

/** What is done about files (contract 5, file.*). Who may do it was judged before, by the key; ownership is judged here. */
export interface Files {
  /**
   * The same from the same client with the same seq_id has the same key; of an upload in parts there is another one then,
   * and whichever is completed first counts.
   */
  beginUpload(clientId: string, seqId: string, file: AnnouncedFile): Promise<OutputOf<'file.upload_url'>>
  partUrls(
    owner: string,
    key: string,
    uploadId: string,
    parts: readonly { readonly part_number: number; readonly sha256?: string }[],
  ): Promise<OutputOf<'file.part_urls'>>
  uploadStatus(owner: string, key: string, uploadId: string): Promise<OutputOf<'file.upload_status'>>
  complete(owner: string, key: string, uploadId: string | undefined): Promise<OutputOf<'file.complete'>>
  downloadUrl(key: string): Promise<OutputOf<'file.download_url'>>
  delete(owner: string, key: string, uploadId: string | undefined): Promise<void>
  grant(employeeId: string): Promise<OutputOf<'config.storage'>>
  /** Something that the gateway itself makes for somebody to fetch; it stays no longer than an upload does. */
  deliver(
    owner: string,
    fileName: string,
    contentType: string,
    chunks: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly url: string; readonly expires_at: string }>
}

export interface FilesParts {
  readonly store: ObjectStore
  readonly keys: FileKeys
  readonly ready: Ready
  readonly tokens: UploadTokens
  readonly uuidOf: FileUuids
  readonly contentTypes: readonly string[]
  /** Largest file. */
  readonly maxBytes: number
  readonly urlMinutes: number
  /** Where uploads in parts are put together. */
  readonly partsAt: (key: string) => string
  readonly clock: Clock
}

/** Of what is put with a form there is no other type: a policy cannot list several. */
const FORM_TYPE = 'application/octet-stream'

export const createFiles = (parts: FilesParts): Files => {
  const { clock, contentTypes, keys, maxBytes, ready, store, tokens, urlMinutes, uuidOf } = parts
  const seconds = urlMinutes * 60
  const inSeconds = (number: number): string => new Date(clock.now() + number * 1000).toISOString()
  const partCount = (size: number): number => Math.ceil(size / LIMITS.filePartBytes)
  const partSize = ({ size }: UploadInParts, part: number): number =>
    Math.min(LIMITS.filePartBytes, size - (part - 1) * LIMITS.filePartBytes)
  const presented = (key: string, { contentDisposition, contentType, size }: StoredObject) => ({
    key,
    size,
    content_type: contentType,
    file_name: fileNameIn(contentDisposition),
  })

  /** Rules look at whom a key is for, and the bucket may hold files of other deployments with the same people. */
  const requireOwn = (key: string): void => {
    if (!keys.has(key)) throw new MChatError('file_not_found')
  }

  const uploadOf = (owner: string, key: string, token: string): UploadInParts => {
    const upload = tokens.read(token, key, owner)
    if (upload === undefined) throw new MChatError('file_not_found')
    return upload
  }

  /** Where it was begun before there was a scanner, it would become readable without having been looked at. */
  const requireLookedAt = ({ at, key }: UploadInParts): void => {
    if (at === key && parts.partsAt(key) !== key) throw new MChatError('file_not_found')
  }

  const completeParts = async (upload: UploadInParts): Promise<void> => {
    requireLookedAt(upload)
    const { at, key, uploadId } = upload
    const arrived = await store.parts(at, uploadId)
    // Completed before: the answer was lost, or what follows failed.
    if (arrived === undefined) return
    const isComplete =
      arrived.length === partCount(upload.size) &&
      arrived.every(({ partNumber, size }, i) => partNumber === i + 1 && size === partSize(upload, partNumber))
    if (!isComplete) throw new MChatError('file_incomplete')
    const isArrived = await ready.arrive(key, at, async () => {
      if (await store.completeUpload(at, uploadId, arrived)) return
      // Or by another request meanwhile, or by this one when it was tried before.
      if ((await store.parts(at, uploadId)) !== undefined) throw new MChatError('file_incomplete')
    })
    if (!isArrived) await store.abortUpload(at, uploadId)
  }

  return {
    async beginUpload(clientId, seqId, file) {
      const { contentType, fileName, owner, place, sha256, size } = file
      if (!(await store.hasRoom(owner, size))) throw new MChatError('quota_exceeded')
      const key = keys.keyOf(place, uuidOf(clientId, seqId, file))
      const traits = { contentType, contentDisposition: dispositionOf(fileName), owner }
      if (size <= LIMITS.filePutBytes) {
        const request = await store.signPut(keys.incoming(key), { ...traits, size, sha256 }, seconds)
        return { key, ...request, headers: { ...request.headers }, expires_at: inSeconds(seconds) }
      }
      const at = parts.partsAt(key)
      const until = clock.now() + LIMITS.fileUploadHours * 3_600_000
      const uploadId = await store.beginUpload(at, traits)
      return {
        key,
        upload_id: tokens.make({ key, at, uploadId, owner, size, until }),
        part_size: LIMITS.filePartBytes,
        part_count: partCount(size),
        expires_at: new Date(until).toISOString(),
      }
    },
    async partUrls(owner, key, token, wanted) {
      const upload = uploadOf(owner, key, token)
      requireLookedAt(upload)
      const { at, size, uploadId } = upload
      const tooHigh = wanted.findIndex(({ part_number }) => part_number > partCount(size))
      if (tooHigh >= 0) {
        throw invalidPart(tooHigh, `There are only ${partCount(size)} parts.`)
      }
      const signed = wanted.map(async ({ part_number: partNumber, sha256 }) => {
        const part = { uploadId, partNumber, size: partSize(upload, partNumber), sha256 }
        const request = await store.signPart(at, part, seconds)
        return { part_number: partNumber, size: part.size, ...request, headers: { ...request.headers } }
      })
      return { parts: await Promise.all(signed), expires_at: inSeconds(seconds) }
    },
    async uploadStatus(owner, key, token) {
      const upload = uploadOf(owner, key, token)
      requireLookedAt(upload)
      const { at, size, uploadId } = upload
      const arrived = await store.parts(at, uploadId)
      if (arrived === undefined) throw new MChatError('file_not_found')
      return {
        size,
        part_size: LIMITS.filePartBytes,
        part_count: partCount(size),
        uploaded_parts: arrived.map(({ partNumber }) => partNumber),
      }
    },
    async complete(owner, key, token) {
      requireOwn(key)
      if (token !== undefined) await completeParts(uploadOf(owner, key, token))
      // Of what belongs to others nothing can be told apart.
      else if ((await ready.ownerOf(key)) !== owner) throw new MChatError('file_not_found')
      const file = await ready.file(key)
      return presented(key, file)
    },
    async downloadUrl(key) {
      requireOwn(key)
      const file = await unlessFull(ready.file(key))
      const request = await store.signGet(key, seconds)
      return { ...presented(key, file), ...request, headers: { ...request.headers }, expires_at: inSeconds(seconds) }
    },
    async delete(owner, key, token) {
      requireOwn(key)
      if (token !== undefined) {
        const { at, uploadId } = uploadOf(owner, key, token)
        await store.abortUpload(at, uploadId)
      }
      if (!(await unlessFull(ready.end(key, owner))) && token === undefined) throw new MChatError('file_not_found')
    },
    async grant(employeeId) {
      const prefix = keys.incomingPrefixOf(employeeId)
      const finalPrefix = keys.prefixOf(employeeId)
      const rules = {
        owner: employeeId,
        prefix,
        contentType: FORM_TYPE,
        maxBytes: Math.min(maxBytes, LIMITS.filePutBytes),
      }
      const form = await store.signForm(rules, seconds)
      const credentials = await store.temporaryCredentials(
        { owner: employeeId, put: prefix, get: finalPrefix },
        seconds,
      )
      const { bucket, endpoint, pathStyle, region } = store.address
      return {
        endpoint,
        bucket,
        region,
        path_style: pathStyle,
        key_prefix: prefix,
        final_prefix: finalPrefix,
        content_types: [...contentTypes],
        max_bytes: rules.maxBytes,
        post: { url: form.url, fields: { ...form.fields } },
        ...(credentials === undefined
          ? {}
          : {
              credentials: {
                access_key_id: credentials.accessKeyId,
                secret_access_key: credentials.secretAccessKey,
                session_token: credentials.sessionToken,
              },
            }),
        expires_at: inSeconds(seconds),
      }
    },
    async deliver(owner, fileName, contentType, chunks) {
      const key = keys.exported(owner, newUuid())
      await store.put(key, { contentType, contentDisposition: dispositionOf(fileName), owner }, chunks)
      const { url } = await store.signGet(key, seconds)
      return { url, expires_at: inSeconds(seconds) }
    },
  }
}

/** How much room there is, is nothing to tell those who read or delete: they can only try again. */
const unlessFull = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    throw error instanceof StoreFull ? new StoreUnavailable(error) : error
  }
}

const invalidPart = (index: number, message: string): MChatError =>
  new MChatError('invalid_fields', { fields: [{ field: `parts[${index}].part_number`, rule: 'maximum', message }] })
