import { type Kysely, type RawBuilder, sql } from 'kysely'

/** What has ended by itself is looked for all the time. */
const statements: readonly RawBuilder<unknown>[] = [
  sql`create index client_session_ends on client_session (expires_at) where ended_at is null`,
  sql`create index credential_ends on credential (expires_at) where revoked_at is null`,
]

export const ends = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
