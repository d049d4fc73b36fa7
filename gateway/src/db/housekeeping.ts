import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * What a PostgreSQL server does by itself and PGlite, which has no background processes, never would: reuse the room of
 * deleted rows and count what is there, so that queries keep their plans. Call it about once an hour; it holds up every
 * other query for some milliseconds per 10,000 changed rows. Does nothing on PostgreSQL.
 */
export const tidy = async (database: Database): Promise<void> => {
  if (database.kind === 'pglite') await sql`vacuum (analyze)`.execute(database.kysely)
}
