import { sql } from 'kysely'
import type { Database } from './database.ts'

export interface ServerFacts {
  readonly version: string
  /** `max_connections`. */
  readonly connections: number
}

/** What a PostgreSQL server says of itself. */
export const readServerFacts = async (database: Database): Promise<ServerFacts> => {
  const { rows } = await sql<ServerFacts>`
    select current_setting('server_version') as version, current_setting('max_connections')::int as connections
  `.execute(database.kysely)
  return rows[0] ?? { version: 'unknown', connections: 0 }
}
