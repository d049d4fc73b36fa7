import type { Tables } from '@mchat/schema/tables'
import { type Kysely, sql } from 'kysely'

type Privilege = 'select' | 'insert' | 'update' | 'delete'
type TableName = keyof Tables | 'schema_migration' | 'schema_migration_lock'

const EVERYTHING: readonly Privilege[] = ['select', 'insert', 'update', 'delete']
const ADDING: readonly Privilege[] = ['select', 'insert']

/**
 * What the role of the gateways may do with each table where another role owns them; there are no default privileges, so a
 * table that is not listed cannot be used. Take a right away a release after its last use: gateways of the release before
 * still run while this one is put in place.
 */
export const TABLE_PRIVILEGES: Readonly<Record<TableName, readonly Privilege[]>> = {
  counter: EVERYTHING,
  department: EVERYTHING,
  employee: EVERYTHING,
  employee_role: EVERYTHING,
  chat_group: EVERYTHING,
  group_member: EVERYTHING,
  credential: EVERYTHING,
  client_session: EVERYTHING,
  request_log: EVERYTHING,
  gateway: EVERYTHING,
  gateway_slot: EVERYTHING,
  deployment: EVERYTHING,
  deployment_key: EVERYTHING,
  challenge: EVERYTHING,
  totp: EVERYTHING,
  recovery_code: EVERYTHING,
  agent_run: EVERYTHING,
  agent_usage: EVERYTHING,
  agent_secret: EVERYTHING,
  agent_silence: EVERYTHING,
  agent_pause: EVERYTHING,
  stat_count: EVERYTHING,
  gateway_report: EVERYTHING,
  audit_log: ADDING,
  audit_head: ADDING,
  // Its end moves with every row.
  audit_chain: ['select', 'insert', 'update'],
  schema_migration: ['select'],
  schema_migration_lock: [],
}

/** Of those that run with the rights of the owner. */
export const FUNCTIONS: readonly string[] = ['audit_purge(bigint, text)']

/** Gives a role these rights and takes every other one on our tables from it. To be run by their owner, in a transaction. */
export const grantPrivileges = async <T>(db: Kysely<T>, role: string): Promise<void> => {
  const to = sql.id(role)
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
  for (const { schema } of rows) await sql`grant usage on schema ${sql.id(schema)} to ${to}`.execute(db)
  for (const [table, privileges] of Object.entries(TABLE_PRIVILEGES)) {
    await sql`revoke all on table ${sql.id(table)} from ${to}`.execute(db)
    if (privileges.length === 0) continue
    await sql`grant ${sql.raw(privileges.join(', '))} on table ${sql.id(table)} to ${to}`.execute(db)
  }
  for (const each of FUNCTIONS) await sql`grant execute on function ${sql.raw(each)} to ${to}`.execute(db)
}

/** What the present role would need and may not, as in "insert on audit_log". The schema is that of this release. */
export const missingPrivileges = async <T>(db: Kysely<T>): Promise<readonly string[]> => {
  const needed = Object.entries(TABLE_PRIVILEGES).flatMap(([table, privileges]) =>
    privileges.map((privilege) => ({ object: table, privilege })),
  )
  const { rows: onTables } = await sql<{ right: string }>`
    select privilege || ' on ' || object as right
    from jsonb_to_recordset(${JSON.stringify(needed)}::jsonb) as needed (object text, privilege text)
    where has_table_privilege(to_regclass(object), privilege) is not true`.execute(db)
  const { rows: onFunctions } = await sql<{ right: string }>`
    select 'execute on ' || name as right from unnest(${FUNCTIONS}::text[]) as name
    where has_function_privilege(to_regprocedure(name), 'execute') is not true`.execute(db)
  return [...onTables, ...onFunctions].map(({ right }) => right)
}
