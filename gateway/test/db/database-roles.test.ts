import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuditChain } from '#src/audit/chain.ts'
import { powerOverAudit } from '#src/db/audit-protection.ts'
import { type Database, openDatabase } from '#src/db/database.ts'
import { sqlStateOf } from '#src/db/database-error.ts'
import { migrate } from '#src/db/migrations/migrate.ts'
import { FUNCTIONS, missingPrivileges, TABLE_PRIVILEGES } from '#src/db/migrations/privileges.ts'
import { prepareSchema } from '#src/db/prepare-schema.ts'
import { auditLog } from '#src/db/repositories/audit-log.ts'
import { databases, type TestDatabase } from '../../../tests/kit/databases.ts'
import { testKeys } from '../../../tests/kit/keys.ts'

const postgres = databases.find((kind) => kind.name === 'postgres')
const reason = postgres?.missing === undefined ? '' : ` (skipped: ${postgres.missing})`
const log = { info() {}, warn() {} }
const chain = createAuditChain(testKeys(), 'gateway-1')

/** The SQLSTATE a statement is refused with, and what the server says; undefined when it is done. */
const refusal = async (database: Database, ...statements: string[]) =>
  database
    .transaction(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx)
    })
    .then(
      () => undefined,
      (error: Error) => `${sqlStateOf(error)} ${error.message}`,
    )

describe.skipIf(reason !== '')(`the role of the gateways on postgres${reason}`, () => {
  let gateway: TestDatabase
  let owner: Database
  let superuser: Database
  const run = (database: Database, statement: string) => sql.raw(statement).execute(database.kysely)
  const count = async () => (await auditLog.inOrder(superuser.kysely, 0, 100)).length
  const gatewayRole = () => new URL(gateway.url ?? '').username
  const ownerRole = () => new URL(gateway.ownerUrl ?? '').username

  beforeEach(async () => {
    if (postgres === undefined) return
    gateway = await postgres.open()
    superuser = await gateway.superuser()
    owner = await openDatabase({ url: gateway.ownerUrl, directory: '', log })
    await gateway.transaction((tx) =>
      chain.append(tx, {
        operatorEmployeeId: 'amy',
        clientId: 'amy_web_1',
        seqId: 's1',
        action: 'group.create',
        target: 'g',
        params: {},
        code: 0,
        reason: null,
        payload: '{}',
      }),
    )
    await auditLog.insertHead(gateway.kysely, { day: '2026-01-01', seq: 1, hash: 'h', signature: 's' })
  })
  afterEach(async () => {
    await owner?.close()
    await gateway?.[Symbol.asyncDispose]()
  })

  describe('cannot touch the audit log (T56):', () => {
    const onTables = ['audit_log', 'audit_head'].flatMap((table) => [
      `update ${table} set seq = seq`,
      `delete from ${table}`,
      `truncate ${table}`,
      `alter table ${table} disable trigger all`,
      `drop trigger only_grows on ${table}`,
      `alter table ${table} add column x integer`,
      `alter table ${table} owner to current_user`,
      `drop table ${table} cascade`,
      `create trigger mine before insert on ${table} for each row execute function audit_only_grows()`,
      `create rule mine as on insert to ${table} do instead nothing`,
      `lock table ${table} in access exclusive mode`,
    ])
    test.each([
      ...onTables,
      'delete from audit_chain',
      'truncate audit_chain',
      'drop table audit_chain',
      'drop function audit_only_grows cascade',
      `create or replace function audit_only_grows() returns trigger language plpgsql as 'begin return old; end'`,
      `alter function audit_purge(bigint, text) reset search_path`,
      'set session_replication_role = replica',
      'create table mine (x integer)',
      'create schema mine',
      'create temporary table mine (x integer)',
      'drop schema public cascade',
      'create role mine',
      `update schema_migration set name = name`,
    ])('%s', async (statement) => {
      expect(await refusal(gateway, statement)).toMatch(/^42501 (permission denied|must be owner)/)
      expect(await count()).toBe(1)
    })

    test('nor give itself a right', async () => {
      // Of which the server merely warns.
      await run(gateway, 'grant all on audit_log, audit_head, audit_chain to current_user')
      expect(await refusal(gateway, 'delete from audit_log')).toMatch(/^42501 permission denied/)
      expect(await powerOverAudit(gateway)).toBeUndefined()
    })

    test('nor become somebody who can', async () => {
      for (const role of [ownerRole(), 'mchat']) {
        const said = await refusal(gateway, `set role ${role}`)
        expect(said).toMatch(/^42501 permission denied to set role/)
        expect(await refusal(gateway, `set session authorization ${role}`)).toMatch(/^42501/)
      }
    })
  })

  test('has a trigger against it also where it owns the tables', async () => {
    for (const table of ['audit_log', 'audit_head']) {
      for (const statement of [`update ${table} set seq = 2`, `delete from ${table}`, `truncate ${table}`]) {
        expect(await refusal(owner, statement)).toContain('the audit log is only ever added to')
      }
    }
  })

  describe('purges by a function of the owner, which', () => {
    const age = (days: number) =>
      superuser.transaction(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx)
        await sql`update audit_log set at = clock_timestamp() - ${days} * interval '1 day' where seq = 1`.execute(tx)
      })
    const announce = (upTo: number) =>
      `insert into audit_log (seq, at, client_id, seq_id, action, params, code, instance, request_mark, hash, seal)
       values (2, now(), 'mchat', 's', 'audit.purge', '{"up_to_seq": ${upTo}}', 0, 'i', 'm', 'h', 's')`
    const purge = (upTo: number) => `select audit_purge(${upTo}, 'sealed')`

    test('refuses what is younger than 180 days', async () => {
      await age(179.99)
      expect(await refusal(gateway, announce(1), purge(1))).toMatch(/^42501 rows up to 1 are not all older/)
      await age(180.01)
      expect(await refusal(gateway, announce(1), purge(1))).toBeUndefined()
      expect(await auditLog.chainEnd(gateway.kysely, 'base')).toMatchObject({ seq: 1, seal: 'sealed' })
      expect((await auditLog.inOrder(gateway.kysely, 0, 9)).map(({ action }) => action)).toEqual(['audit.purge'])
    })

    test('refuses what no row says', async () => {
      await age(500)
      expect(await refusal(gateway, purge(1))).toMatch(/^42501 no row says that rows up to 1 are purged/)
      expect(await refusal(gateway, announce(2), purge(1))).toMatch(/^42501 no row says/)
      expect(await refusal(gateway, announce(0), purge(0))).toContain('there is no row 0')
      expect(await refusal(gateway, `select audit_purge(null, 'sealed')`)).toMatch(/^42501/)
      expect(await count()).toBe(1)
    })

    test('takes no table of the caller for its own', async () => {
      await run(superuser, `grant temporary on database ${new URL(gateway.url ?? '').pathname.slice(1)} to public`)
      const shadow = (table: string) => `create temporary table ${table} (like public.${table}) on commit drop`
      const lie = announce(1).replace('insert into audit_log', 'insert into pg_temp.audit_log')
      const said = await refusal(gateway, shadow('audit_log'), shadow('audit_chain'), lie, purge(1))
      // The real row is young, and the real log has no row of the purge.
      expect(said).toMatch(/^42501 rows up to 1 are not all older/)
      await age(500)
      expect(await refusal(gateway, shadow('audit_log'), lie, purge(1))).toMatch(/^42501 no row says/)
      expect(await count()).toBe(1)
    })

    test('runs no function that its caller has made', async () => {
      await run(superuser, `grant create on schema public to ${gatewayRole()}`)
      const body = `begin raise exception 'I am %', current_user; end`
      for (const made of ['to_jsonb(bigint) returns jsonb', 'clock_timestamp() returns timestamptz']) {
        await run(gateway, `create function public.${made} language plpgsql as $$ ${body} $$`)
      }
      await age(500)
      expect(await refusal(gateway, announce(1), purge(1))).toBeUndefined()
    })

    test('is nobody else’s to call', async () => {
      const { rows } = await sql<{ acl: string }>`
        select proacl::text as acl from pg_proc where proname = 'audit_purge'`.execute(superuser.kysely)
      expect(rows).toEqual([{ acl: `{${ownerRole()}=X/${ownerRole()},${gatewayRole()}=X/${ownerRole()}}` }])
    })
  })

  test('has exactly the declared rights, and every table and function of the owner’s rights is declared', async () => {
    // Whoever may insert rows has no right on what numbers them, and needs none.
    const { rows: relations } = await sql<{ name: string }>`
      select relname::text as name from pg_class where relnamespace = 'public'::regnamespace
        and relkind not in ('i', 'I', 't') and not (relkind = 'S' and relacl is null) order by name`.execute(
      superuser.kysely,
    )
    expect(relations.map(({ name }) => name)).toEqual(Object.keys(TABLE_PRIVILEGES).sort())
    const { rows: granted } = await sql<{ name: string; privileges: string[] | null }>`
      select relname::text as name, (
        select array_agg(lower(privilege_type) order by privilege_type)
        from aclexplode(relacl) where grantee = ${gatewayRole()}::regrole) as privileges
      from pg_class where relname = any(${Object.keys(TABLE_PRIVILEGES)}::text[])`.execute(superuser.kysely)
    const declared = Object.entries(TABLE_PRIVILEGES).map(([name, privileges]) => [name, [...privileges].sort()])
    expect(Object.fromEntries(granted.map(({ name, privileges }) => [name, privileges ?? []]))).toEqual(
      Object.fromEntries(declared),
    )
    const { rows: definers } = await sql<{ name: string; pinned: string }>`
      select oid::regprocedure::text as name, array_to_string(proconfig, ' ') as pinned from pg_proc
      where pronamespace = 'public'::regnamespace and prosecdef`.execute(superuser.kysely)
    expect(definers.map(({ name }) => name.replace(',', ', '))).toEqual(FUNCTIONS)
    for (const { pinned } of definers) expect(pinned).toBe('search_path=pg_catalog, pg_temp')
    expect(await missingPrivileges(gateway.kysely)).toEqual([])
  })

  describe('starts', () => {
    const prepare = (ownerUrl?: string) => prepareSchema(gateway, { ownerUrl, log })

    test('where the schema is that of its release, and gets back what it lacks from the owner', async () => {
      await prepare()
      await run(owner, `revoke insert on employee from ${gatewayRole()}`)
      await run(owner, `grant delete on audit_log to ${gatewayRole()}`)
      await expect(prepare()).rejects.toThrow(
        `The role ${gatewayRole()} of MCHAT_DATABASE_URL may not insert on employee: run "mchat database migrate"`,
      )
      expect(await powerOverAudit(gateway)).toBe('may change its rows')
      await prepare(gateway.ownerUrl)
      await prepare()
      expect(await powerOverAudit(gateway)).toBeUndefined()
    })

    test('not where the schema is an older one, and says what to run', async () => {
      await run(owner, `delete from schema_migration where name = '0010-stats'`)
      await run(owner, 'drop table stat_count, gateway_report')
      await expect(prepare()).rejects.toThrow(
        /^The database lacks 0010-stats, and the role \w+ of MCHAT_DATABASE_URL may not change its schema: run "mchat database migrate" with MCHAT_DATABASE_OWNER_URL first/,
      )
      await prepare(gateway.ownerUrl)
      await prepare()
    })

    test('on the schema of a later release, whose rights stay as they are', async () => {
      await run(owner, `insert into schema_migration values ('0999-later', '2030-01-01')`)
      await run(owner, `revoke delete on counter from ${gatewayRole()}`)
      await migrate(owner, gatewayRole())
      expect(await missingPrivileges(gateway.kysely)).toEqual(['delete on counter'])
    })

    test('not where nobody has made the tables, or given it rights on them', async () => {
      await run(owner, 'drop schema public cascade')
      await run(owner, 'create schema public')
      await expect(prepare()).rejects.toThrow('The database lacks 0001-foundation, 0002-gateways')
      await run(owner, `grant usage on schema public to ${gatewayRole()}`)
      await migrate(owner)
      await expect(prepare()).rejects.toThrow('has no rights on the tables: run "mchat database migrate"')
      await prepare(gateway.ownerUrl)
    })

    test('not with the wrong owner', async () => {
      await expect(prepare(gateway.url)).rejects.toThrow(`both have the role ${gatewayRole()}; they must differ`)
      const name = new URL(gateway.url ?? '').pathname.slice(1)
      await run(superuser, `create role "other_${name}" login password 'x'`)
      await run(superuser, `grant connect on database ${name} to "other_${name}"`)
      const url = new URL(gateway.url ?? '')
      Object.assign(url, { username: `other_${name}`, password: 'x' })
      await expect(prepare(url.href)).rejects.toThrow('may not change the schema: it must own the tables')
      await run(superuser, `drop owned by "other_${name}"`)
      await run(superuser, `drop role "other_${name}"`)
    })
  })

  test('is told of what would let it change the log', async () => {
    const name = new URL(gateway.url ?? '').pathname.slice(1)
    expect(await powerOverAudit(superuser)).toBe('is a superuser')
    expect(await powerOverAudit(owner)).toBe('owns its tables')
    expect(await powerOverAudit(superuser, gatewayRole())).toBeUndefined()
    const grants = [
      [`grant update (seq) on audit_head to "r_${name}"`, 'may change its rows'],
      [`grant create on schema public to "r_${name}"`, 'may make tables and functions in their schema'],
      [`alter schema public owner to "r_${name}"`, 'owns their schema'],
      [`grant ${ownerRole()} to "r_${name}"`, 'owns its tables'],
    ] as const
    await run(superuser, `create role "r_${name}" noinherit`)
    try {
      expect(await powerOverAudit(superuser, `r_${name}`)).toBeUndefined()
      for (const [grant, power] of grants) {
        await run(superuser, grant)
        expect(await powerOverAudit(superuser, `r_${name}`)).toBe(power)
      }
    } finally {
      await run(superuser, `reassign owned by "r_${name}" to ${ownerRole()}`)
      await run(superuser, `drop owned by "r_${name}"`)
      await run(superuser, `drop role "r_${name}"`)
    }
  })
})
