import { sql } from 'kysely'
import { UserError } from '../platform/user-error.ts'
import { powerOverAudit } from './audit-protection.ts'
import { type Database, type DatabaseLog, type Db, openDatabase } from './database.ts'
import { type MigrationOutcome, migrate, readSchema } from './migrations/migrate.ts'
import { missingPrivileges } from './migrations/privileges.ts'

/** The owner of the tables could not connect; `cause` says why. */
export class OwnerUnavailable extends Error {}

const RUN_MIGRATE = 'run "mchat database migrate" with MCHAT_DATABASE_OWNER_URL first (docs/scaling.md)'

/**
 * Brings the schema to this release where that is in anybody's power here: the owner's, if its URL is given, or that of the
 * role the gateway has, if the tables are its own. Otherwise finds out that somebody else has done it.
 * @throws UserError saying what to run when nobody has, or when the role lacks a right
 */
export const prepareSchema = async (
  database: Database,
  { log, ownerUrl }: { readonly ownerUrl: string | undefined; readonly log: DatabaseLog },
): Promise<void> => {
  if (ownerUrl === undefined || database.kind === 'pglite') {
    if (await mayMigrate(database.kysely)) await migrate(database)
  } else {
    await migrateAsOwner({ ownerUrl, gatewayRole: await currentRole(database.kysely), log })
  }
  await requireSchema(database)
}

export interface OwnerMigration {
  readonly ownerUrl: string
  /** Gets the rights of a gateway, and no other. */
  readonly gatewayRole: string
  readonly log: DatabaseLog
}

export interface OwnerMigrationOutcome extends MigrationOutcome {
  /** What the gateways' role has beyond those rights, as in `powerOverAudit`. */
  readonly power: string | undefined
}

/** @throws UserError or OwnerUnavailable for what an operator can mend */
export const migrateAsOwner = async (migration: OwnerMigration): Promise<OwnerMigrationOutcome> => {
  const { gatewayRole, log, ownerUrl } = migration
  const owner = await openDatabase({ url: ownerUrl, directory: '', log }).catch((cause: unknown) => {
    throw new OwnerUnavailable('The owner of the tables could not connect.', { cause })
  })
  try {
    const ownerRole = await currentRole(owner.kysely)
    if (ownerRole === gatewayRole) {
      throw new UserError(
        `MCHAT_DATABASE_URL and MCHAT_DATABASE_OWNER_URL both have the role ${ownerRole}; they must differ (docs/scaling.md).`,
      )
    }
    if (!(await mayMigrate(owner.kysely))) {
      throw new UserError(
        `The role ${ownerRole} of MCHAT_DATABASE_OWNER_URL may not change the schema: it must own the tables, or be allowed to make them (docs/scaling.md).`,
      )
    }
    const { rows } = await sql`select from pg_roles where rolname = ${gatewayRole}`.execute(owner.kysely)
    if (rows.length === 0) {
      throw new UserError(`There is no role ${gatewayRole}, which MCHAT_DATABASE_URL has; create it (docs/scaling.md).`)
    }
    const outcome = await migrate(owner, gatewayRole)
    return { ...outcome, power: await powerOverAudit(owner, gatewayRole) }
  } finally {
    await owner.close()
  }
}

/** @throws UserError unless the schema is that of this release, or of a later one, and the role can work with it */
export const requireSchema = async ({ kysely: db }: Database): Promise<void> => {
  const role = await currentRole(db)
  if (!(await mayReadSchema(db))) {
    throw new UserError(`The role ${role} of MCHAT_DATABASE_URL has no rights on the tables: ${RUN_MIGRATE}.`)
  }
  const { missing } = await readSchema(db)
  if (missing.length > 0) {
    throw new UserError(
      `The database lacks ${missing.join(', ')}, and the role ${role} of MCHAT_DATABASE_URL may not change its schema: ${RUN_MIGRATE}.`,
    )
  }
  const lacking = await missingPrivileges(db)
  if (lacking.length > 0) {
    throw new UserError(`The role ${role} of MCHAT_DATABASE_URL may not ${lacking.join(', ')}: ${RUN_MIGRATE}.`)
  }
}

export const currentRole = async (db: Db): Promise<string> => {
  const { rows } = await sql<{ role: string }>`select current_user::text as role`.execute(db)
  return rows[0]?.role ?? ''
}

/** Are the tables its own, or, where there are none yet, may it make them? */
export const mayMigrate = async (db: Db): Promise<boolean> => {
  const { rows } = await sql<{ may: boolean | null }>`
    select case when to_regclass('schema_migration') is null then has_schema_privilege(current_schema(), 'create')
      else (select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass('schema_migration')) end as may
  `.execute(db)
  return rows[0]?.may === true
}

const mayReadSchema = async (db: Db): Promise<boolean> => {
  const { rows } = await sql<{ may: boolean | null }>`
    select has_table_privilege(to_regclass('schema_migration'), 'select') as may`.execute(db)
  return rows[0]?.may !== false
}
