import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { Tables } from '../../schema/src/tables.ts'

/** Every row of every table but those of the audit log and of what is counted as text, by table; rows are sorted, so that equal databases have equal dumps. */
export type DatabaseDump = Readonly<Record<string, readonly string[]>>

/** Every refusal is written to the log and counted, which changes nothing else; the last is the owner's alone. */
const LEFT_OUT = new Set([
  'audit_log',
  'audit_chain',
  'audit_head',
  'stat_count',
  'gateway_report',
  'schema_migration_lock',
])

/** What a session notes of its use and a gateway of being there, which is nobody's change. */
const UNSTABLE: Readonly<Record<string, readonly string[]>> = {
  client_session: ['last_seen_at', 'expires_at'],
  gateway: ['lease_until', 'confirmed'],
}

const tablesOf = new WeakMap<Kysely<Tables>, Promise<readonly string[]>>()

/** In one query: some suites ask for thousands of these. */
export const dumpDatabase = async (db: Kysely<Tables>): Promise<DatabaseDump> => {
  const known = tablesOf.get(db) ?? listTables(db)
  tablesOf.set(db, known)
  const { rows } = await sql<{
    name: string
    rows: string
  }>`${sql.join((await known).map(rowsOf), sql` union all `)}`.execute(db)
  return Object.fromEntries(rows.map((table) => [table.name, JSON.parse(table.rows) as string[]]))
}

const listTables = async (db: Kysely<Tables>): Promise<readonly string[]> => {
  const tables = await db.introspection.getTables()
  return tables.map(({ name }) => name).filter((name) => !LEFT_OUT.has(name))
}

const rowsOf = (name: string): RawBuilder<unknown> => {
  const unstable = (UNSTABLE[name] ?? []).reduce((row, column) => sql`${row} - ${sql.lit(column)}`, sql`to_jsonb(each)`)
  return sql`select ${sql.lit(name)} as name, coalesce(json_agg(row order by row), '[]')::text as rows
    from (select (${unstable})::text as row from ${sql.table(name)} each) as texts`
}
