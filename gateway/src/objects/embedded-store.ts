import type { Log } from '../ops/log.ts'
import type { Clock } from '../platform/clock.ts'
import type { KeySet, Keys } from '../platform/keys.ts'
import { createObjectRoutes, type ObjectRouteParts, type ObjectRoutes } from './embedded/http-routes.ts'
import { openObjectFiles, ownerOf } from './embedded/object-files.ts'
import { roomOf } from './embedded/object-header.ts'
import { openUploads } from './embedded/uploads.ts'
import type { Quotas } from './embedded/usage.ts'
import { type ObjectStore, type ObjectTraits, StoreFull, StoreUnavailable } from './object-store.ts'
import { createSigner, type Signer, type StoreCredentials } from './sign.ts'

/** Its name is part of every address. */
export const EMBEDDED_BUCKET = 'mchat-files'
const REGION = 'us-east-1'

export interface EmbeddedStoreParts {
  readonly directory: string
  readonly quotas: Quotas
  readonly keys: Keys
  /** Of the HTTP port, as clients are told it. */
  readonly publicUrl: () => string
  readonly isAllowedOrigin: ObjectRouteParts['isAllowedOrigin']
  readonly clock: Clock
  readonly log: Log
}

export interface EmbeddedStore extends ObjectStore {
  /** Answers what comes to `/{bucket}` and below. */
  readonly onRequest: ObjectRoutes
  /** What is kept, or being written, with what is kept about it. */
  readonly usedBytes: number
}

/** Files in a directory of this machine, for one gateway. */
export const createEmbeddedStore = async (parts: EmbeddedStoreParts): Promise<EmbeddedStore> => {
  const { clock, directory, isAllowedOrigin, keys, log, publicUrl, quotas } = parts
  const files = await openObjectFiles(directory, quotas)
  const uploads = await openUploads(directory, files)
  const address = { bucket: EMBEDDED_BUCKET, region: REGION, pathStyle: true }
  const onRequest = createObjectRoutes({
    bucket: EMBEDDED_BUCKET,
    files,
    uploads,
    signatures: {
      region: REGION,
      secretOf: (accessKeyId) =>
        keys.all.map(credentialsOf).find((each) => each.accessKeyId === accessKeyId)?.secretAccessKey,
      publicHost: () => new URL(publicUrl()).host,
      clock,
    },
    isAllowedOrigin,
    log,
  })
  let signers: { readonly endpoint: string; readonly signer: Signer } | undefined
  const signer = (): Signer => {
    const endpoint = publicUrl()
    // The port may be known only when it is open.
    if (signers?.endpoint !== endpoint) {
      const credentials = async (): Promise<StoreCredentials> => credentialsOf(keys.current)
      signers = { endpoint, signer: createSigner({ ...address, endpoint, credentials, clock }) }
    }
    return signers.signer
  }

  /** The disk is to this store what the network is to another. */
  const attempt = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } catch (error) {
      // Whoever is told that there is no room cannot make any.
      if (error instanceof StoreFull && error.cause !== undefined) log.error({ error }, 'the object store failed')
      throw failureOf(error)
    }
  }

  return {
    get address() {
      return { ...address, endpoint: publicUrl() }
    },
    onRequest,
    get usedBytes() {
      return files.usage.total
    },
    signPut: (...given) => signer().signPut(...given),
    signPart: (...given) => signer().signPart(...given),
    signGet: (...given) => signer().signGet(...given),
    signForm: (...given) => signer().signForm(...given),
    temporaryCredentials: async () => undefined,
    async hasRoom(owner, size) {
      await attempt(files.counted)
      return files.usage.hasRoom(owner, roomOf(size))
    },
    async head(key) {
      const info = await attempt(files.find(key))
      if (info === undefined) return undefined
      const { contentDisposition = '', contentType, metadata, size } = info
      return { contentDisposition, contentType, owner: ownerOf(metadata), size }
    },
    async mark(key, traits) {
      await attempt(files.write(key, onDisk(traits), nothing(), {}, { evenIfFull: true }))
    },
    async put(key, traits, chunks) {
      let broken: { readonly error: unknown } | undefined
      const watched = async function* (): AsyncGenerator<Uint8Array> {
        try {
          yield* chunks
        } catch (error) {
          broken = { error }
          throw error
        }
      }
      try {
        const written = await attempt(files.write(key, onDisk(traits), watched()))
        return { size: written === 'exists' ? 0 : written.size }
      } catch (error) {
        // Those of a database have codes, too, and are not the disk's.
        throw broken === undefined ? error : broken.error
      }
    },
    copy: async (from, to) => (await attempt(files.copy(from, to, true))) !== 'missing',
    delete: (key) => attempt(files.delete(key)),
    beginUpload: (key, traits) => attempt(uploads.begin(key, onDisk(traits))),
    parts: (key, uploadId) => attempt(uploads.parts(key, uploadId)),
    async completeUpload(key, uploadId, named) {
      const done = await attempt(uploads.complete(key, uploadId, named, true))
      if (done === 'exists') await attempt(uploads.abort(key, uploadId))
      return done !== undefined && done !== false
    },
    async abortUpload(key, uploadId) {
      await attempt(uploads.abort(key, uploadId))
    },
    list: (prefix) => attemptEach(files.walk(prefix)),
    listUploads: (prefix) => attemptEach(uploads.list(prefix)),
    close: () => undefined,
  }
}

/** The store has a key for each generation of keys, so that what was signed before a rotation is good until it expires. */
export const credentialsOf = (set: KeySet): StoreCredentials => ({
  accessKeyId: `MCHAT${set.generation}`,
  secretAccessKey: set.objects.toString('base64url'),
})

const onDisk = ({ contentDisposition, contentType, owner }: ObjectTraits) => ({
  contentDisposition,
  contentType,
  metadata: { owner },
})

async function* nothing(): AsyncGenerator<Uint8Array> {}

async function* attemptEach<T>(found: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* found
  } catch (error) {
    throw failureOf(error)
  }
}

const failureOf = (error: unknown): unknown =>
  error instanceof StoreFull || !isSystemError(error) ? error : new StoreUnavailable(error)

const isSystemError = (error: unknown): boolean => typeof (error as NodeJS.ErrnoException | null)?.code === 'string'
