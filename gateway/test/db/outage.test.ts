import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '#src/db/database.ts'
import { sqlStateOf, toDatabaseError } from '#src/db/database-error.ts'
import { databases } from '../../../tests/kit/databases.ts'
import { freePort } from '../../../tests/kit/free-port.ts'
import { type PostgresServer, startPostgres } from '../../../tests/kit/postgres.ts'
import { startTcpProxy } from '../../../tests/kit/tcp-proxy.ts'

const log = { info() {}, warn() {} }
const open = (url: string): Promise<Database> => openDatabase({ url, directory: '', log })
const missing = databases.find((kind) => kind.name === 'postgres')?.missing
const reason = missing === undefined ? '' : ` (skipped: ${missing})`

/** What an attempt ends with. */
const outcome = (attempt: Promise<unknown>): Promise<{ kind: string | undefined; state?: string | undefined }> =>
  attempt.then(
    () => ({ kind: 'done' }),
    (error) => ({ kind: toDatabaseError(error), state: sqlStateOf(error) }),
  )

const many = (database: Database) => [
  ...Array.from({ length: 15 }, () => database.ping()),
  ...Array.from({ length: 15 }, () => database.transaction((tx) => sql`select 1`.execute(tx))),
]

const expectUnavailable = async (attempts: Promise<unknown>[]): Promise<void> => {
  for (const { kind } of await Promise.all(attempts.map(outcome))) expect(kind).toBe('unavailable')
}

const PATIENTLY = { timeout: 30_000, interval: 50 }
const recovers = (database: Database) => vi.waitFor(() => Promise.all(many(database)), PATIENTLY)

/** Transactions that are open and do nothing, of this database. */
const idling = async (kysely: Database['kysely']): Promise<number | undefined> => {
  const { rows } = await sql<{ idling: number }>`select count(*)::int as idling from pg_stat_activity
    where state = 'idle in transaction' and query like 'update slow%'`.execute(kysely)
  return rows[0]?.idling
}

describe.skipIf(missing !== undefined)(`a database that goes away${reason}`, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  test.concurrent('is unavailable while the network is silent, and back afterwards', async () => {
    await using proxy = await startTcpProxy(server.port)
    const database = await open(server.url.replace(`:${server.port}/`, `:${proxy.port}/`))
    await Promise.all(many(database))
    proxy.freeze()
    await expectUnavailable(many(database))
    await expectUnavailable([database.ping()])
    proxy.thaw()
    await recovers(database)
    proxy.cut()
    await recovers(database)
    await database.close()
  })

  test.concurrent('ends statements, locks and idle transactions that take too long', async () => {
    const database = await open(server.url)
    const { kysely } = database
    const slow = outcome(sql`select pg_sleep(100)`.execute(kysely))
    await sql`create table slow (id int primary key)`.execute(kysely)
    await sql`insert into slow values (1)`.execute(kysely)
    const { promise: locked, resolve: hasLock } = Promise.withResolvers<void>()
    const idle = outcome(
      database.transaction(async (tx) => {
        await sql`update slow set id = 1`.execute(tx)
        hasLock()
        await vi.waitFor(async () => expect(await idling(kysely)).toBe(0), PATIENTLY)
        await sql`select 1`.execute(tx)
      }),
    )
    await locked
    const blocked = await outcome(sql`update slow set id = 1`.execute(kysely))
    // By the limit of a lock, which is sooner than that of a statement.
    expect(blocked).toEqual({ kind: 'unavailable', state: '55P03' })
    expect((await slow).kind).toBe('unavailable')
    expect((await idle).kind).toBe('unavailable')
    await sql`update slow set id = 1`.execute(kysely)
    await database.close()
  })

  test.concurrent('is not waited for while all connections are in use', async () => {
    const database = await open(server.url)
    const { promise: freed, resolve: free } = Promise.withResolvers<void>()
    const begun = Array.from({ length: 10 }, () => Promise.withResolvers<void>())
    const busy = begun.map(({ resolve }) =>
      outcome(
        database.transaction(async (tx) => {
          await sql`select 1`.execute(tx)
          resolve()
          await freed
        }),
      ),
    )
    await Promise.all(begun.map(({ promise }) => promise))
    expect((await outcome(database.ping())).kind).toBe('unavailable')
    free()
    await Promise.all(busy)
    await database.ping()
    await database.close()
  })

  test.concurrent('maintains without time limits', async () => {
    const database = await open(server.url)
    const result = await database.maintain((db) => sql<{ x: number }>`select 1 as x from pg_sleep(6.5)`.execute(db))
    expect(result.rows).toEqual([{ x: 1 }])
    await database.close()
  })

  test.concurrent('is refused at the start when it is not there', async () => {
    const port = await freePort()
    expect((await outcome(open(`postgres://mchat@127.0.0.1:${port}/x`))).kind).toBe('unavailable')
    expect((await outcome(open(`${server.url}_missing`))).kind).toBe('unavailable')
  })

  test('is unavailable at once when the server stops, and back when it starts', async () => {
    const database = await open(server.url)
    await Promise.all(many(database))
    const { promise: begun, resolve: hasBegun } = Promise.withResolvers<void>()
    const interrupted = outcome(
      database.transaction(async (tx) => {
        await sql`select 1`.execute(tx)
        hasBegun()
        await sql`select pg_sleep(100)`.execute(tx)
      }),
    )
    await begun
    await server.stop()
    expect(await interrupted).toMatchObject({ kind: 'unavailable' })
    await expectUnavailable(many(database))
    await server.start()
    await recovers(database)
    await database.close()
  })
})
