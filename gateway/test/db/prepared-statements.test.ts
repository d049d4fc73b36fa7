import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '#src/db/database.ts'
import { sqlStateOf } from '#src/db/database-error.ts'
import { openPGliteInMemory } from '#src/db/pglite.ts'

let opened: Database | undefined
const database = (): Database => {
  if (opened === undefined) throw new Error('The database is open only while a test runs.')
  return opened
}
const db = () => database().kysely
beforeAll(async () => {
  opened = await openPGliteInMemory()
})
afterAll(() => opened?.close())

const ids = async (at = db()) => (await sql<{ id: string | number }>`select id from thing order by 1`.execute(at)).rows
const plans = async (): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_prepared_statements`.execute(db())
  return rows[0]?.n ?? 0
}

test('a statement that is repeated is planned once, whatever it is given', async () => {
  const add = (a: number | null, b: string | null) =>
    sql<object>`select ${a}::int as a, ${b}::text as b, ${[b]}::text[] as list`.execute(db())
  const before = await plans()
  for (const b of ["it's", '"{\\', null, '']) {
    expect((await add(1, b)).rows).toEqual([{ a: 1, b, list: [b] }])
  }
  expect((await add(null, 'x')).rows).toEqual([{ a: null, b: 'x', list: ['x'] }])
  expect((await plans()) - before).toBe(1)
})

test('a statement that is repeated sees a table that was changed meanwhile', async () => {
  await sql`create table thing (id int)`.execute(db())
  await sql`insert into thing values (1)`.execute(db())
  expect(await ids()).toEqual([{ id: 1 }])
  await sql`alter table thing alter id type text`.execute(db())
  expect(await ids()).toEqual([{ id: '1' }])
  await sql`drop table thing`.execute(db())
  expect(sqlStateOf(await ids().catch((error: unknown) => error))).toBe('42P01')
})

test('a statement that is repeated sees a table whose change was undone', async () => {
  await sql`create table thing (id int)`.execute(db())
  await sql`insert into thing values (1)`.execute(db())
  await expect(
    database().transaction(async (tx) => {
      await sql`alter table thing alter id type text`.execute(tx)
      expect(await ids(tx)).toEqual([{ id: '1' }])
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await ids().catch(() => undefined)
  expect(await ids()).toEqual([{ id: 1 }])
  await sql`drop table thing`.execute(db())
})

test('a statement that is repeated goes on after it has failed, in a transaction and outside', async () => {
  const divide = (by: number, at = db()) => sql<{ n: number }>`select 6 / ${by}::int as n`.execute(at)
  expect((await divide(2)).rows).toEqual([{ n: 3 }])
  expect(sqlStateOf(await divide(0).catch((error: unknown) => error))).toBe('22012')
  const failed = database().transaction(async (tx) => await divide(0, tx))
  expect(sqlStateOf(await failed.catch((error: unknown) => error))).toBe('22012')
  expect((await divide(3)).rows).toEqual([{ n: 2 }])
})

test('statements that are not repeated do not fill the memory', async () => {
  for (let i = 0; i < 600; i++) await sql`select ${sql.lit(i)} as n`.execute(db())
  expect(await plans()).toBeLessThan(300)
  expect((await sql<object>`select 7 as n`.execute(db())).rows).toEqual([{ n: 7 }])
})
