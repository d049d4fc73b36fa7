import { type Kysely, sql } from 'kysely'

/**
 * The one way for a role that may only add to the audit log to delete what is past its time. It runs with the rights of the
 * owner of the tables, so it trusts nothing of its caller: names are looked up in the catalogue alone, where nobody else can
 * make any, the tables by their schema; the age is told by the clock of the server, and a row has to say what is deleted.
 */
export const auditPurge = {
  async up(db: Kysely<unknown>): Promise<void> {
    const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(db)
    const schema = sql.id(rows[0]?.schema ?? 'public')
    await sql`create function audit_purge(up_to bigint, base_seal text) returns bigint
      language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
      declare purged bigint;
      begin
        if exists (select from ${schema}.audit_log where seq <= up_to and at >= clock_timestamp() - interval '180 days') then
          raise exception 'rows up to % are not all older than 180 days', up_to using errcode = 'insufficient_privilege';
        end if;
        if not exists (
          select from ${schema}.audit_log where action = 'audit.purge' and seq > up_to and params -> 'up_to_seq' = to_jsonb(up_to)
        ) then
          raise exception 'no row says that rows up to % are purged', up_to using errcode = 'insufficient_privilege';
        end if;
        insert into ${schema}.audit_chain (name, seq, hash, seal)
          select 'base', seq, hash, base_seal from ${schema}.audit_log where seq = up_to
          on conflict (name) do update set seq = excluded.seq, hash = excluded.hash, seal = excluded.seal;
        if not found then
          raise exception 'there is no row %', up_to using errcode = 'no_data_found';
        end if;
        delete from ${schema}.audit_log where seq <= up_to;
        get diagnostics purged = row_count;
        return purged;
      end $$`.execute(db)
    await sql`revoke all on function audit_purge(bigint, text) from public`.execute(db)
  },
}
