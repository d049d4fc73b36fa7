import { type Kysely, type RawBuilder, sql } from 'kysely'

/** The gateways that share the database: until when each may use what it remembers, and up to which change it forgot. */
const statements: readonly RawBuilder<unknown>[] = [
  sql`create table gateway (
    instance text collate "C" primary key,
    lease_until timestamptz(3) not null,
    confirmed bigint not null,
    started_at timestamptz(3) not null
  )`,
]

export const gateways = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
