import { join } from 'node:path'
import type { Config } from '../config.ts'
import { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreParts } from '../objects/embedded-store.ts'
import type { S3Store } from '../objects/s3.ts'

export interface FileStoreParts extends Omit<EmbeddedStoreParts, 'directory' | 'quotas'> {
  readonly config: Config
}

/** S3 where there is a bucket, the data directory where one gateway is all there is; undefined: there is none. */
export const openFileStore = async (parts: FileStoreParts): Promise<S3Store | EmbeddedStore | undefined> => {
  const { clock, config, log } = parts
  const { bucket, quotaBytes: total, quotaBytesPerEmployee: perOwner } = config.storage
  if (bucket !== undefined) {
    // Not loaded where it is not needed: it takes its time.
    const { createS3Store } = await import('../objects/s3.ts')
    return createS3Store({ config: config.storage, clock, log })
  }
  if (config.broker.kind !== 'embedded') return undefined
  return await createEmbeddedStore({ ...parts, directory: join(config.dataDir, 'files'), quotas: { perOwner, total } })
}

export const isEmbedded = (store: S3Store | EmbeddedStore): store is EmbeddedStore => 'onRequest' in store
