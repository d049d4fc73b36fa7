import type { Config } from '../config.ts'
import { triggersOnly } from '../db/audit-protection.ts'
import { roleOf } from '../db/postgres.ts'
import { migrateAsOwner } from '../db/prepare-schema.ts'
import { silentLog } from '../ops/log.ts'
import { UserError } from '../platform/user-error.ts'
import { say } from './say.ts'

/** Does what a gateway would do at its start, so that the owner's password need not be where gateways are. */
export const migrateDatabase = async (config: Config): Promise<void> => {
  const { databaseOwnerUrl: ownerUrl, databaseUrl } = config
  if (ownerUrl === undefined || databaseUrl === undefined) {
    throw new UserError(
      'Set MCHAT_DATABASE_OWNER_URL, whose role owns the tables, and MCHAT_DATABASE_URL, whose role the gateways have; the password of the second is not needed.',
    )
  }
  const gatewayRole = roleOf(databaseUrl)
  const { applied, newer, power } = await migrateAsOwner({ ownerUrl, gatewayRole, log: silentLog })
  if (newer.length > 0) {
    say(`The schema is that of a later release (${newer.join(', ')}); it was left as it is, and so were all rights.`)
    return
  }
  say(applied.length === 0 ? 'The schema was up to date.' : `Applied ${applied.join(', ')}.`)
  say(`${gatewayRole} has the rights of a gateway.`)
  if (power !== undefined) say(`Warning: ${triggersOnly(power)}`)
}
