import { type Kysely, type RawBuilder, sql } from 'kysely'

const statements: readonly RawBuilder<unknown>[] = [
  sql`create table audit_log (
    seq bigint primary key,
    at timestamptz(3) not null,
    operator_employee_id text collate "C",
    client_id text collate "C" not null,
    seq_id text collate "C" not null,
    action text collate "C" not null,
    target text collate "C",
    params jsonb,
    code integer not null,
    reason text collate "C",
    instance text not null,
    request_mark text collate "C" not null,
    hash text not null,
    seal text not null
  )`,
  sql`create index audit_log_at on audit_log (at)`,
  sql`create index audit_log_operator on audit_log (operator_employee_id, seq)`,
  sql`create index audit_log_action on audit_log (action, seq)`,
  sql`create index audit_log_target on audit_log (target, seq)`,
  sql`create index audit_log_request on audit_log (client_id, seq_id)`,
  sql`create table audit_chain (
    name text collate "C" primary key check (name in ('head', 'base')),
    seq bigint not null,
    hash text not null,
    seal text not null
  )`,
  sql`create table audit_head (
    day text collate "C" primary key,
    seq bigint not null,
    hash text not null,
    signature text not null
  )`,
  // Also the owner of the tables has to take the trigger away first, which nobody does by mistake. 180 days: whatever is set.
  sql`create function audit_only_grows() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and tg_table_name = 'audit_log' then
        if old.at < clock_timestamp() - interval '180 days' then return old; end if;
      end if;
      raise exception '% on % is not allowed: the audit log is only ever added to', tg_op, tg_table_name
        using errcode = 'insufficient_privilege';
    end $$`,
  ...['audit_log', 'audit_head'].flatMap((table) => [
    sql`create trigger only_grows before update or delete on ${sql.table(table)}
      for each row execute function audit_only_grows()`,
    sql`create trigger is_not_emptied before truncate on ${sql.table(table)}
      for each statement execute function audit_only_grows()`,
  ]),
]

export const audit = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await statement.execute(db)
  },
}
