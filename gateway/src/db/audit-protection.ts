import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * What lets a role take away what keeps the audit log from being changed, as what it is or does ("owns its tables");
 * undefined: the server refuses it. Triggers stop it all the same, until they are dropped.
 * @param role default: that of the connection
 */
export const powerOverAudit = async (database: Database, role?: string): Promise<string | undefined> => {
  const { rows } = await sql<Record<string, boolean | null>>`
    select rolsuper as superuser,
      pg_has_role(rolname, log.relowner, 'member') as owner,
      has_schema_privilege(rolname, current_schema(), 'create') as names,
      pg_has_role(rolname, nspowner, 'member') as schema,
      has_table_privilege(rolname, log.oid, 'delete, truncate, trigger')
        or has_any_column_privilege(rolname, log.oid, 'update')
        or has_table_privilege(rolname, head.oid, 'delete, truncate, trigger')
        or has_any_column_privilege(rolname, head.oid, 'update') as privilege,
      pg_has_role(rolname, 'pg_write_server_files', 'member')
        or pg_has_role(rolname, 'pg_execute_server_program', 'member') as files,
      rolcreaterole and current_setting('server_version_num')::integer < 160000 as roles
    from pg_roles
    left join pg_namespace on nspname = current_schema()
    left join pg_class log on log.oid = to_regclass('audit_log')
    left join pg_class head on head.oid = to_regclass('audit_head')
    where rolname = coalesce(${role ?? null}::name, current_user)`.execute(database.kysely)
  const found = rows[0] ?? {}
  return POWERS.find(([power]) => found[power] === true)?.[1]
}

/** The most telling first: a superuser has all of them. */
const POWERS = [
  ['superuser', 'is a superuser'],
  ['owner', 'owns its tables'],
  ['schema', 'owns their schema'],
  ['names', 'may make tables and functions in their schema'],
  ['privilege', 'may change its rows'],
  ['files', 'may write the files of the server'],
  ['roles', 'may make itself a member of every role'],
] as const

/** For an operator; undefined when the server itself refuses to change the log. */
export const auditWarning = async (database: Database): Promise<string | undefined> => {
  if (database.kind === 'pglite') return undefined
  const power = await powerOverAudit(database)
  return power === undefined ? undefined : triggersOnly(power)
}

export const triggersOnly = (power: string): string =>
  `The audit log is protected by triggers only: the role of MCHAT_DATABASE_URL ${power}. Give the gateways a role of their own (docs/scaling.md).`
