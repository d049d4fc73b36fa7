import { createFileKeys } from '@mchat/schema'
import { openFileStore } from '../compose/file-store.ts'
import type { Config } from '../config.ts'
import { removeUnfinished, type Tidied } from '../files/tidy-files.ts'
import { openKeys } from '../keyring/open-keys.ts'
import { silentLog } from '../ops/log.ts'
import { systemClock } from '../platform/clock.ts'
import { UserError } from '../platform/user-error.ts'
import { openDeployment } from './open-deployment.ts'
import { requireSecret } from './require-secret.ts'
import { say } from './say.ts'

export interface ObjectsGcOptions {
  readonly hours: string
}

/** Beside the gateways where files are on S3; alone where they are in the data directory. */
export const removeUnfinishedFiles = async (config: Config, options: ObjectsGcOptions): Promise<void> => {
  if (!/^\d{1,6}$/.test(options.hours))
    throw new UserError(`--hours must be a whole number, but is "${options.hours}".`)
  const { files, uploads } = await remove(config, Number(options.hours))
  say(
    `${files} ${files === 1 ? 'file' : 'files'} and ${uploads} ${uploads === 1 ? 'upload' : 'uploads'} in parts removed.`,
  )
}

const remove = async (config: Config, hours: number): Promise<Tidied> => {
  const clock = systemClock()
  await using opened = await openDeployment(config, config.storage.bucket === undefined ? 'alone' : 'gateways')
  const secret = await requireSecret(config)
  const keys = await openKeys(opened.database, secret)
  const url = (): string => `http://${config.publicHost}:${config.httpPort}`
  const store = await openFileStore({
    config,
    keys,
    publicUrl: url,
    isAllowedOrigin: () => false,
    clock,
    log: silentLog,
  })
  if (store === undefined) throw new UserError('There is no object store: MCHAT_S3_BUCKET is not set (docs/files.md).')
  try {
    return await removeUnfinished({ store, keys: createFileKeys(config.serviceId), clock }, hours)
  } finally {
    store.close()
  }
}
