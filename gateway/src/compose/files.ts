import { createFileKeys } from '@mchat/schema'
import { httpUrl, type ListeningPorts } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import { createFileUuids } from '../files/file-uuids.ts'
import { createFiles, type Files } from '../files/files.ts'
import { noFiles } from '../files/no-store.ts'
import { createReady } from '../files/ready.ts'
import { createScan } from '../files/scan.ts'
import { removeOld, removeUnfinished } from '../files/tidy-files.ts'
import { createUploadTokens } from '../files/upload-tokens.ts'
import { EMBEDDED_BUCKET } from '../objects/embedded-store.ts'
import type { StoreAddress } from '../objects/object-store.ts'
import type { HttpServer } from '../ops/http.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { createOriginCheck } from '../ops/origin.ts'
import type { Clock } from '../platform/clock.ts'
import type { Keys } from '../platform/keys.ts'
import { isEmbedded, openFileStore } from './file-store.ts'

export interface FileParts {
  readonly config: Config
  readonly keys: Keys
  readonly http: HttpServer
  readonly ports: ListeningPorts
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
}

export interface ComposedFiles extends Files {
  /** Where clients put and get them; undefined: there is no store. */
  readonly address: () => StoreAddress | undefined
  /** How much of the room in the data directory is taken, in percent; undefined: files are not there. */
  usedPercent(): number | undefined
  /** Removes what was never completed, and what is older than files may get. */
  tidy(): Promise<void>
  close(): Promise<void>
}

const noStore: ComposedFiles = {
  ...noFiles,
  address: () => undefined,
  usedPercent: () => undefined,
  tidy: async () => undefined,
  close: async () => undefined,
}

/** Everything about files: on S3 where there is a bucket, in the data directory where this gateway is the only one. */
export const composeFiles = async (parts: FileParts): Promise<ComposedFiles> => {
  const { clock, config, http, log, metrics, ports } = parts
  const store = await openFileStore({
    config,
    keys: parts.keys,
    publicUrl: () => httpUrl(config, ports.http),
    isAllowedOrigin: createOriginCheck(config),
    clock,
    log,
  })
  if (store === undefined) return noStore
  let isClosed = false
  if (isEmbedded(store)) {
    http.onTransfer(`/${EMBEDDED_BUCKET}`, store.onRequest)
    metrics.gauge('mchat_file_bytes', 'Bytes of files in the data directory.', () => store.usedBytes)
  } else {
    // Messages do not need it, so nothing waits for it.
    store.requireBucket().catch((error: unknown) => {
      if (!isClosed) log.error({ error, bucket: config.storage.bucket }, 'the bucket for files cannot be used')
    })
  }
  const { contentTypes, days, scanSeconds, scanSecret, scanUrl, urlMinutes } = config.storage
  const keys = createFileKeys(config.serviceId)
  const scan =
    scanUrl === undefined ? undefined : createScan({ url: scanUrl, secret: scanSecret, seconds: scanSeconds, clock })
  const files = createFiles({
    store,
    keys,
    ready: createReady({ store, keys, contentTypes, maxBytes: config.limits.fileBytes, scan, log }),
    tokens: createUploadTokens(parts.keys, clock),
    uuidOf: createFileUuids(parts.keys),
    contentTypes,
    maxBytes: config.limits.fileBytes,
    urlMinutes,
    // The parts of an upload are its own, so it needs no place to arrive at, only one to be looked at.
    partsAt: scan === undefined ? (key) => key : keys.checking,
    clock,
  })
  return {
    ...files,
    address: () => store.address,
    usedPercent: () =>
      isEmbedded(store) ? Math.floor((100 * store.usedBytes) / config.storage.quotaBytes) : undefined,
    async tidy() {
      const tidied = await removeUnfinished({ store, keys, clock })
      if (tidied.files + tidied.uploads > 0) log.info({ ...tidied }, 'uploads that were never completed were removed')
      const old = days === undefined ? 0 : await removeOld({ store, keys, clock }, days)
      if (old > 0) log.info({ files: old }, 'files past their time were removed')
    },
    async close() {
      isClosed = true
      store.close()
      await scan?.close()
    },
  }
}
