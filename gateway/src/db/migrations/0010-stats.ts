import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  // In the order that it is read and cleared in: a stretch of time.
  sql`create table stat_count (
    resolution text collate "C" not null check (resolution in ('minute', 'hour', 'day')),
    start timestamptz(3) not null,
    name text collate "C" not null,
    label text collate "C" not null,
    value bigint not null,
    primary key (resolution, start, name, label)
  ) with (fillfactor = 70)`,
  sql`create table gateway_report (
    instance text collate "C" primary key,
    number bigint not null,
    started_at timestamptz(3) not null,
    reported_at timestamptz(3) not null,
    report jsonb not null
  ) with (fillfactor = 50)`,
]

export const stats = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
