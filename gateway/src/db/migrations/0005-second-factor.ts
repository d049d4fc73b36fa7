import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  sql`create table challenge (
    challenge_id text collate "C" primary key,
    employee_id text collate "C" not null references employee,
    client_id text collate "C" not null,
    action text collate "C" not null,
    target_hash text not null,
    method text not null check (method in ('totp', 'inbox')),
    tries integer not null default 0,
    created_at timestamptz(3) not null default clock_timestamp(),
    expires_at timestamptz(3) not null,
    used_at timestamptz(3)
  )`,
  sql`create index challenge_employee_id on challenge (employee_id, created_at)`,
  sql`create index challenge_created_at on challenge (created_at)`,
  sql`create table totp (
    employee_id text collate "C" primary key references employee,
    sealed_secret text not null,
    confirmed_at timestamptz(3),
    last_step bigint not null,
    created_at timestamptz(3) not null
  )`,
  sql`create table recovery_code (
    employee_id text collate "C" not null references employee,
    code_hash text collate "C" not null,
    used_at timestamptz(3),
    primary key (employee_id, code_hash)
  )`,
  sql`alter table credential add column issued_by text collate "C"`,
]

export const secondFactor = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
