import type { Tables } from '@mchat/schema/tables'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { UserError } from '../../platform/user-error.ts'
import type { Database } from '../database.ts'
import { foundation } from './0001-foundation.ts'
import { gateways } from './0002-gateways.ts'
import { gatewaySlots } from './0003-gateway-slots.ts'
import { audit } from './0004-audit.ts'
import { secondFactor } from './0005-second-factor.ts'
import { auditPurge } from './0006-audit-purge.ts'
import { keys } from './0007-keys.ts'
import { ends } from './0008-ends.ts'
import { agents } from './0009-agents.ts'
import { stats } from './0010-stats.ts'
import { grantPrivileges } from './privileges.ts'

/**
 * Forward only, in the order of the names. A migration that has been released is never edited. Each leaves the schema so
 * that the release before this one still works on it: add first, remove a release later.
 */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0002-gateways': gateways,
  '0003-gateway-slots': gatewaySlots,
  '0004-audit': audit,
  '0005-second-factor': secondFactor,
  '0006-audit-purge': auditPurge,
  '0007-keys': keys,
  '0008-ends': ends,
  '0009-agents': agents,
  '0010-stats': stats,
}

const MIGRATION_TABLE = 'schema_migration'
/** Any number, the same in every release. */
const LOCK = 7_236_401_551
const LOCK_WAIT_SECONDS = 120

export interface MigrationOutcome {
  /** What was applied by this call, in order; empty when the schema was up to date. */
  readonly applied: readonly string[]
  /** Migrations of a later release that the database already has. This release runs on them all the same. */
  readonly newer: readonly string[]
}

/**
 * Brings the database to the schema of this release. Safe when several processes start at once: one migrates, the others
 * wait for up to two minutes; the lock ends with the connection. All that is missing is applied in one transaction: when
 * one fails, this rejects and the schema is as it was.
 * @param gatewayRole PostgreSQL only: given exactly the rights of privileges.ts, unless the schema is of a later release,
 *   which knows better
 */
export const migrate = async (database: Database, gatewayRole?: string): Promise<MigrationOutcome> =>
  database.maintain(async (connection) => {
    if (database.kind === 'pglite') return runMigrations(connection)
    await sql`select set_config('lock_timeout', ${`${LOCK_WAIT_SECONDS}s`}, false)`.execute(connection)
    await sql`select pg_advisory_lock(${LOCK}::bigint)`.execute(connection)
    const outcome = await runMigrations(connection)
    if (gatewayRole !== undefined && outcome.newer.length === 0) {
      await connection.transaction().execute((tx) => grantPrivileges(tx, gatewayRole))
    }
    return outcome
  })

const runMigrations = async (db: Kysely<Tables>): Promise<MigrationOutcome> => {
  const { newer } = await readSchema(db)
  if (newer.length > 0) return { applied: [], newer }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => MIGRATIONS },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: `${MIGRATION_TABLE}_lock`,
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
  return { applied: (results ?? []).map((result) => result.migrationName), newer: [] }
}

export interface SchemaState {
  /** Those of this release that were not applied. */
  readonly missing: readonly string[]
  /** Those that this release does not know. */
  readonly newer: readonly string[]
}

/**
 * What the database has of this release. With migrations that it does not know the Migrator would refuse to start, and so
 * would a gateway that is rolled back or still runs beside a newer one.
 * @throws UserError when one of ours is missing beside them: that is no later release
 */
export const readSchema = async (db: Kysely<Tables>): Promise<SchemaState> => {
  const ours = Object.keys(MIGRATIONS)
  const { rows: found } = await sql<{
    there: boolean
  }>`select to_regclass(${MIGRATION_TABLE}) is not null as there`.execute(db)
  if (found[0]?.there !== true) return { missing: ours, newer: [] }
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)} order by name`.execute(db)
  const executed = new Set(rows.map((row) => row.name))
  const newer = [...executed].filter((name) => !Object.hasOwn(MIGRATIONS, name))
  const missing = ours.filter((name) => !executed.has(name))
  if (newer.length > 0 && missing.length > 0) {
    throw new UserError(
      `The database has migrations of another release (${newer.join(', ')}) and lacks ${missing.join(', ')}.`,
    )
  }
  return { missing, newer }
}
