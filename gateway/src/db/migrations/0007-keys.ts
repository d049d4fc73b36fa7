import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  sql`create table deployment_key (
    generation integer not null check (generation > 0),
    secret_id text collate "C" not null,
    wrapped text not null,
    origin text not null check (origin in ('random', 'secret')),
    created_at timestamptz(3) not null default clock_timestamp(),
    primary key (generation, secret_id)
  )`,
  sql`alter table gateway add column secret_id text collate "C"`,
]

export const keys = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
