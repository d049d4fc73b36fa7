import { sql } from 'kysely'
import { newUuid } from '../platform/random.ts'
import { UserError } from '../platform/user-error.ts'
import type { Database, Db } from './database.ts'
import { deploymentKeys } from './repositories/deployment-keys.ts'

/** What all gateways of a deployment must have in common. */
export interface DeploymentTraits {
  /** `DeploymentSecret.id`; it opens the keys still, although it may have been replaced since they were opened. */
  readonly secretId: string
  /** Whoever was told of one way to deliver to groups does not listen the other way. */
  readonly groupDelivery: string
}

/**
 * Compares with what the first gateway wrote down.
 * @param instance that of the lease; undefined: no other gateway can use the database, and what is written is replaced
 * @throws UserError when this one does not belong to the others
 */
export const joinDeployment = (
  database: Database,
  traits: DeploymentTraits,
  instance: string | undefined,
): Promise<void> =>
  database.transaction(async (tx) => {
    const isAlone = instance === undefined
    const slots = await deploymentKeys.all(tx, 'share')
    if (slots.every((slot) => slot.secret_id !== traits.secretId)) throw new UserError(OTHER_SECRET)
    const { groupDelivery } = traits
    const theirs = await noted(tx, 'group_delivery', groupDelivery, isAlone || !(await othersRun(tx, instance)))
    if (theirs !== groupDelivery) {
      throw new UserError(
        `The gateways that run have MCHAT_GROUP_DELIVERY=${theirs}; to change it to ${groupDelivery}, stop them all first.`,
      )
    }
  })

const othersRun = async (tx: Db, instance: string): Promise<boolean> => {
  const { rows } = await sql`select from gateway
    where instance <> ${instance} and lease_until > now() limit 1`.execute(tx)
  return rows.length > 0
}

/** Which deployment the database is that of: drawn once, the same for every gateway. */
export const deploymentId = (database: Database): Promise<string> =>
  database.transaction((tx) => noted(tx, 'id', newUuid(), false))

/** Said where the keys in the database do not open. */
export const OTHER_SECRET =
  'The database belongs to gateways with another secret: give this one the same MCHAT_SECRET, or the same secret.key in its data directory; where it was rotated, the new one (docs/keys.md).'

/** What is written down under the name, after writing it where nothing is or it is to be replaced. */
const noted = async (tx: Db, name: string, value: string, replaces: boolean): Promise<string> => {
  const row = await tx
    .insertInto('deployment')
    .values({ name, value })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: replaces ? value : eb.ref('deployment.value') })),
    )
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value
}
