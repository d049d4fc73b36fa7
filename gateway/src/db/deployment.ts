import { UserError } from '../platform/user-error.ts'
import type { Database } from './database.ts'

const SECRET = 'secret'

/**
 * Gateways that share a database must share the secret: message ids, proofs and credentials of one would be wrong for the
 * others. The first one writes down which secret it is.
 * @param fingerprint `Keys.fingerprint`
 * @param isAlone no other gateway uses the database now, and what is written down is replaced
 * @throws UserError when it belongs to gateways with another secret
 */
export const joinDeployment = async (database: Database, fingerprint: string, isAlone: boolean): Promise<void> => {
  const { value } = await database.kysely
    .insertInto('deployment')
    .values({ name: SECRET, value: fingerprint })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({
        value: isAlone ? fingerprint : eb.ref('deployment.value'),
      })),
    )
    .returning('value')
    .executeTakeFirstOrThrow()
  if (value === fingerprint) return
  throw new UserError(
    'The database belongs to gateways with another secret: give this one the same MCHAT_SECRET, or the same secret.key in its data directory.',
  )
}
