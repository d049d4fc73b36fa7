import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { acquireGatewayLock } from '../db/gateway-lock.ts'
import { prepareSchema } from '../db/prepare-schema.ts'
import { silentLog } from '../ops/log.ts'
import { UserError } from '../platform/user-error.ts'
import { lockDataDirectory } from './data-directory.ts'
import { EXIT } from './exit-codes.ts'

export interface OpenDeployment extends AsyncDisposable {
  readonly database: Database
}

/**
 * The database of a deployment that was started before, for a command.
 * @param beside `alone`: no gateway may run; `gateways`: those may that share the database; their data directories are not
 *   touched
 * @throws UserError when it is in use, or there is none
 */
export const openDeployment = async (config: Config, beside: 'alone' | 'gateways'): Promise<OpenDeployment> => {
  await requireDatabase(config)
  await using stack = new AsyncDisposableStack()
  if (beside === 'alone' || config.databaseUrl === undefined) {
    const lock = await lockDataDirectory(config.dataDir, () => process.exit(EXIT.userError))
    stack.defer(() => lock.release())
  }
  const database = await openDatabase({ url: config.databaseUrl, directory: config.dataDir, log: silentLog })
  stack.defer(() => database.close())
  const gatewayLock = await acquireGatewayLock(database, { shared: beside === 'gateways' })
  stack.defer(() => gatewayLock.release())
  await prepareSchema(database, { ownerUrl: config.databaseOwnerUrl, log: silentLog })
  const opened = stack.move()
  return { database, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const requireDatabase = async (config: Config): Promise<void> => {
  if (config.databaseUrl !== undefined) return
  await access(join(config.dataDir, 'database')).catch((cause: unknown) => {
    throw new UserError(`There is no MChat in ${config.dataDir} yet; set MCHAT_DATA_DIR, or run "mchat start" first.`, {
      cause,
    })
  })
}
