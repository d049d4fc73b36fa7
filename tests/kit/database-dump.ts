import { type Kysely, sql } from 'kysely'
import type { Tables } from '../../schema/src/tables.ts'

/** Every row of every table but those of the audit log as text, by table; rows are sorted, so that equal databases have equal dumps. */
export type DatabaseDump = Readonly<Record<string, readonly string[]>>

/** Every refusal is written to the log, which changes nothing else; the last is the owner's alone. */
const LEFT_OUT = new Set(['audit_log', 'audit_chain', 'audit_head', 'schema_migration_lock'])

/** What a session notes of its use and a gateway of being there, which is nobody's change. */
const UNSTABLE: Readonly<Record<string, readonly string[]>> = {
  client_session: ['last_seen_at', 'expires_at'],
  gateway: ['lease_until', 'confirmed'],
}

export const dumpDatabase = async (db: Kysely<Tables>): Promise<DatabaseDump> => {
  const tables = await db.introspection.getTables()
  const dump: Record<string, readonly string[]> = {}
  for (const { name } of tables
    .filter((table) => !LEFT_OUT.has(table.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db)
    dump[name] = rows.map((row) => JSON.stringify(without(row, UNSTABLE[name] ?? []))).sort()
  }
  return dump
}

const without = (row: Record<string, unknown>, columns: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)))
