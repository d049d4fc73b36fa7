import type { Database, Db } from '../db/database.ts'
import { deploymentKeys } from '../db/repositories/deployment-keys.ts'
import type { DeploymentSecret } from '../platform/deployment-secret.ts'
import { UserError } from '../platform/user-error.ts'
import { readRoots } from './open-keys.ts'
import { newRoot, wrapRoot } from './wrapping.ts'

/**
 * Lets another secret open the keys beside the one that does now, and draws the root of the next generation. Nothing is made
 * with that before `finishRotation`, so gateways that run go on, and may be started with either secret. Done twice with the
 * same secret it is done once.
 * @throws UserError when the secret of now opens nothing, or gateways run with a third one
 */
export const beginRotation = (database: Database, now: DeploymentSecret, next: DeploymentSecret): Promise<void> =>
  database.transaction(async (tx) => {
    await deploymentKeys.lock(tx)
    const { current, roots } = await readRoots(tx, now, 'update')
    await requireNoThird(tx, now, next)
    const newest = roots.at(-1)?.generation ?? current
    // One that was drawn by a rotation to a secret nobody has, which was given up.
    const drawn = newest > current ? [] : [newRoot(newest + 1)]
    await deploymentKeys.keepOnly(tx, [now.id])
    await deploymentKeys.insert(tx, [
      ...drawn.map((root) => wrapRoot(now, root)),
      ...[...roots, ...drawn].map((root) => wrapRoot(next, root)),
    ])
    await deploymentKeys.setNote(tx, 'next', next.id)
  })

const requireNoThird = async (tx: Db, now: DeploymentSecret, next: DeploymentSecret): Promise<void> => {
  const gateways = await deploymentKeys.gateways(tx)
  const third = gateways.find(({ secret_id }) => secret_id !== now.id && secret_id !== next.id)
  if (third === undefined) return
  throw new UserError(
    third.secret_id === null
      ? `The gateway ${third.instance} is of an earlier release: bring all gateways to this one first.`
      : `The gateway ${third.instance} runs with a secret that is neither the old nor the new one: finish the rotation to that one first (docs/keys.md).`,
  )
}
