import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  // The places of gateways whose broker keeps their sessions, who has them (null: nobody, and the session
  // is empty), and whether requests go there.
  sql`create table gateway_slot (
    slot integer primary key,
    holder text collate "C",
    takes boolean not null default false
  )`,
  // What all gateways of a deployment must have in common.
  sql`create table deployment (
    name text collate "C" primary key,
    value text collate "C" not null
  )`,
]

export const gatewaySlots = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
