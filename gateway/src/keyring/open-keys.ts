import type { Database, Db } from '../db/database.ts'
import { OTHER_SECRET } from '../db/deployment.ts'
import { type DeploymentKeyRow, deploymentKeys } from '../db/repositories/deployment-keys.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import { createKeyring, deriveKeys, type Keyring, type KeySet } from '../platform/keys.ts'
import { UserError } from '../platform/user-error.ts'
import { newRoot, type Root, unwrapRoot, wrapRoot } from './wrapping.ts'

/**
 * Not the id of any secret: a release that had no wrapped roots would go on with wrong keys. With a broker of its own it
 * refuses to; with the embedded one it does not know better (docs/keys.md).
 */
export const WRAPPED = 'wrapped'

/**
 * The keys of the deployment. On the first start its root is drawn. A database from before there were roots keeps its keys:
 * the secret they were derived from becomes the root of the first generation, until a rotation.
 * @throws UserError when the secret does not open them
 */
export const openKeys = async (database: Database, secret: DeploymentSecret): Promise<Keyring> => {
  const { current, roots } = await database.transaction(async (tx) => {
    await deploymentKeys.lock(tx)
    await makeFirstRoot(tx, secret)
    return readRoots(tx, secret)
  })
  return createKeyring(roots.map(keysOf), current)
}

const keysOf = ({ bytes, generation }: Root): KeySet => deriveKeys(bytes, generation)

/** Takes what a rotation has changed meanwhile. @throws UserError when the secret opens nothing any more */
export const refreshKeys = async (database: Database, secret: DeploymentSecret, keys: Keyring): Promise<void> => {
  const { current, roots } = await database.transaction((tx) => readRoots(tx, secret))
  const isKnown = keys.current.generation === current && keys.all.length === roots.length
  if (!isKnown) keys.replace(roots.map(keysOf), current)
}

/** The keys of a deployment that was started before. @throws UserError */
export const requireKeys = async (database: Database, secret: DeploymentSecret): Promise<Keyring> => {
  const rows = await deploymentKeys.all(database.kysely)
  const isOlder = (await deploymentKeys.note(database.kysely, 'former')) !== undefined
  if (rows.length === 0 && !isOlder) {
    throw new UserError(
      'No gateway has used the database yet, so there is nobody to let in: leave --with-organisation out.',
    )
  }
  return openKeys(database, secret)
}

/** @throws UserError */
export const readRoots = async (
  db: Db,
  secret: DeploymentSecret,
  lock?: 'update',
): Promise<{ readonly roots: Root[]; readonly current: number }> => {
  const rows = await deploymentKeys.all(db, lock)
  const ours = rows.filter((row) => row.secret_id === secret.id)
  if (ours.length === 0) throw new UserError(OTHER_SECRET)
  const current = Number(await deploymentKeys.note(db, 'current'))
  return { roots: ours.map((row) => open(secret, row)), current }
}

const open = (secret: DeploymentSecret, row: DeploymentKeyRow): Root => {
  try {
    return unwrapRoot(secret, row)
  } catch (cause) {
    throw new UserError(
      `The keys of generation ${row.generation} in the database are damaged (table deployment_key); restore it from a backup.`,
      { cause },
    )
  }
}

const makeFirstRoot = async (tx: Db, secret: DeploymentSecret): Promise<void> => {
  if ((await deploymentKeys.all(tx)).length > 0) return
  const former = await deploymentKeys.note(tx, 'former')
  if (former !== undefined && former !== secret.id) throw new UserError(OTHER_SECRET)
  const isOlder = former !== undefined || (await deploymentKeys.isOlder(tx))
  const root: Root = isOlder ? { generation: 1, origin: 'secret', bytes: secret.bytes } : newRoot(1)
  await deploymentKeys.insert(tx, [wrapRoot(secret, root)])
  await deploymentKeys.setNote(tx, 'current', '1')
  // Gateways of the release before may still run beside this one, on the same keys.
  if (!isOlder) await deploymentKeys.setNote(tx, 'former', WRAPPED)
}
