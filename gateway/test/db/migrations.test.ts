import type { Tables } from '@mchat/schema/tables'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { openDatabase } from '#src/db/database.ts'
import { migrate } from '#src/db/migrations/migrate.ts'
import { startChild } from '../../../tests/kit/child.ts'
import { databases } from '../../../tests/kit/databases.ts'
import { onEveryDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire } from './people.ts'

const ALL = [
  '0001-foundation',
  '0002-gateways',
  '0003-gateway-slots',
  '0004-audit',
  '0005-second-factor',
  '0006-audit-purge',
  '0007-keys',
  '0008-ends',
  '0009-agents',
  '0010-stats',
]

/** Exactly the declared tables and columns: the compiler refuses one too many and one too few. */
const DECLARED: { [T in keyof Tables]: { [C in keyof Tables[T]]: true } } = {
  counter: { name: true, value: true },
  department: {
    department_id: true,
    name: true,
    parent_id: true,
    sort_order: true,
    created_at: true,
    updated_at: true,
  },
  employee: {
    employee_id: true,
    name: true,
    department_id: true,
    manager_id: true,
    is_ai_agent: true,
    agent_profile: true,
    skills_badge: true,
    status: true,
    version: true,
    created_at: true,
    updated_at: true,
  },
  employee_role: { employee_id: true, role: true, department_id: true },
  agent_run: {
    run_id: true,
    number: true,
    agent_id: true,
    asker_id: true,
    group_id: true,
    in_reply_to: true,
    hops: true,
    instance: true,
    end_state: true,
    reason: true,
    cancelled_by: true,
    created_at: true,
    started_at: true,
    first_answer_at: true,
    ended_at: true,
    said: true,
    input_tokens: true,
    output_tokens: true,
  },
  agent_usage: { agent_id: true, day: true, calls: true },
  agent_secret: { secret_id: true, agent_id: true, kind: true, sealed: true, created_at: true, ends_at: true },
  agent_silence: { agent_id: true, conversation: true, since: true },
  agent_pause: { agent_id: true, paused_by: true, since: true },
  stat_count: { resolution: true, start: true, name: true, label: true, value: true },
  gateway_report: { instance: true, number: true, started_at: true, reported_at: true, report: true },
  chat_group: {
    group_id: true,
    name: true,
    description: true,
    avatar: true,
    creator_employee_id: true,
    created_at: true,
    updated_at: true,
    dismissed_at: true,
  },
  group_member: { group_id: true, employee_id: true, role: true, joined_at: true },
  credential: {
    credential_id: true,
    employee_id: true,
    client_id: true,
    kind: true,
    secret_hash: true,
    created_at: true,
    issued_by: true,
    expires_at: true,
    revoked_at: true,
  },
  client_session: {
    client_id: true,
    employee_id: true,
    device_info: true,
    credential_id: true,
    connected_at: true,
    last_seen_at: true,
    expires_at: true,
    ended_at: true,
    end_reason: true,
  },
  gateway: { instance: true, lease_until: true, confirmed: true, started_at: true, secret_id: true },
  gateway_slot: { slot: true, holder: true, takes: true },
  deployment: { name: true, value: true },
  deployment_key: { generation: true, secret_id: true, wrapped: true, origin: true, created_at: true },
  challenge: {
    challenge_id: true,
    employee_id: true,
    client_id: true,
    action: true,
    target_hash: true,
    method: true,
    tries: true,
    created_at: true,
    expires_at: true,
    used_at: true,
  },
  totp: { employee_id: true, sealed_secret: true, confirmed_at: true, last_step: true, created_at: true },
  recovery_code: { employee_id: true, code_hash: true, used_at: true },
  audit_log: {
    seq: true,
    at: true,
    operator_employee_id: true,
    client_id: true,
    seq_id: true,
    action: true,
    target: true,
    params: true,
    code: true,
    reason: true,
    instance: true,
    request_mark: true,
    hash: true,
    seal: true,
  },
  audit_chain: { name: true, seq: true, hash: true, seal: true },
  audit_head: { day: true, seq: true, hash: true, signature: true },
  request_log: {
    client_id: true,
    seq_id: true,
    employee_id: true,
    action: true,
    payload_hash: true,
    response: true,
    effects: true,
    created_at: true,
  },
}

onEveryDatabase('migrations', (kind) => {
  test('make exactly the declared tables', async () => {
    await using database = await kind.open()
    const tables = await database.kysely.introspection.getTables()
    const made = tables
      .filter((table) => !table.name.startsWith('schema_migration'))
      .map((table) => [table.name, table.columns.map((column) => column.name).sort()])
    const declared = Object.entries(DECLARED).map(([name, columns]) => [name, Object.keys(columns).sort()])
    expect(Object.fromEntries(made)).toEqual(Object.fromEntries(declared))
  })

  test('keep times to the millisecond and ids in byte order everywhere', async () => {
    await using database = await kind.open()
    const { rows } = await sql<{ column: string; type: string; collation: string | null }>`
      select attrelid::regclass || '.' || attname as column, format_type(atttypid, atttypmod) as type,
        collname as collation
      from pg_attribute left join pg_collation on pg_collation.oid = attcollation
      where attnum > 0 and attrelid in (
        select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and relname not like 'schema_migration%')`.execute(database.kysely)
    const times = rows.filter((row) => row.column.endsWith('_at'))
    expect(new Set(times.map((row) => row.type))).toEqual(new Set(['timestamp(3) with time zone']))
    const ids = rows.filter((row) => row.column.endsWith('_id'))
    expect(ids.length).toBeGreaterThan(15)
    expect(ids.filter((row) => row.collation !== 'C')).toEqual([])
  })

  test('do nothing on a database that is up to date', async () => {
    await using opened = await kind.open()
    const database = await opened.superuser()
    await hire(database.kysely, 'ann')
    expect(await migrate(database)).toEqual({ applied: [], newer: [] })
    expect(await migrate(database)).toEqual({ applied: [], newer: [] })
    expect(await sql`select 1 from employee`.execute(database.kysely)).toMatchObject({ rows: { length: 1 } })
  })

  test('are applied to an empty database', async () => {
    await using opened = await kind.open()
    const database = await opened.superuser()
    await sql`drop schema public cascade`.execute(database.kysely)
    await sql`create schema public`.execute(database.kysely)
    expect(await migrate(database)).toEqual({ applied: ALL, newer: [] })
    await hire(database.kysely, 'ann')
  })

  test('leave nothing behind when one fails, and succeed afterwards', async () => {
    await using opened = await kind.open()
    const database = await opened.superuser()
    await sql`drop schema public cascade`.execute(database.kysely)
    await sql`create schema public`.execute(database.kysely)
    await sql`create table request_log (in_the_way int)`.execute(database.kysely)
    await expect(migrate(database)).rejects.toThrow('request_log')
    const tables = await database.kysely.introspection.getTables()
    expect(tables.map((table) => table.name)).toEqual(['request_log', 'schema_migration', 'schema_migration_lock'])
    await sql`drop table request_log`.execute(database.kysely)
    expect((await migrate(database)).applied).toEqual(ALL)
  })

  test('of a later release do not stop this one', async () => {
    await using opened = await kind.open()
    const database = await opened.superuser()
    await sql`insert into schema_migration values ('0999-later', '2030-01-01')`.execute(database.kysely)
    expect(await migrate(database)).toEqual({ applied: [], newer: ['0999-later'] })
    await sql`delete from schema_migration where name = '0001-foundation'`.execute(database.kysely)
    await expect(migrate(database)).rejects.toThrow(
      'migrations of another release (0999-later) and lacks 0001-foundation',
    )
  })
})

const postgres = databases.find((kind) => kind.name === 'postgres')
const reason = postgres?.missing === undefined ? '' : ` (skipped: ${postgres.missing})`

test.skipIf(reason !== '')(`three processes that start at once on postgres migrate once${reason}`, async () => {
  if (postgres === undefined) return
  await using database = await postgres.open()
  const owner = await openDatabase({ url: database.ownerUrl, directory: '', log: console })
  await sql`drop schema public cascade`.execute(owner.kysely)
  await sql`create schema public`.execute(owner.kysely)
  await owner.close()
  const program = new URL('migrating-process.ts', import.meta.url)
  const children = [1, 2, 3].map(() => startChild(program, [database.ownerUrl ?? '']))
  const outcomes = await Promise.all(children.map((child) => child.line()))
  expect(outcomes.sort()).toEqual([ALL.join(' '), 'nothing', 'nothing'])
  await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
})
