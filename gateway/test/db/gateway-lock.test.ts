import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '#src/db/database.ts'
import { acquireGatewayLock } from '#src/db/gateway-lock.ts'
import { databases } from '../../../tests/kit/databases.ts'
import { onEveryDatabase } from '../../../tests/kit/on-every-database.ts'
import { type PostgresServer, startPostgres } from '../../../tests/kit/postgres.ts'
import { startTcpProxy } from '../../../tests/kit/tcp-proxy.ts'

const IN_USE = /^The database is in use by another MChat \(mchat \d+@/
const log = { info() {}, warn() {} }
const PATIENTLY = { timeout: 30_000, interval: 50 }
const open = (url: string): Promise<Database> => openDatabase({ url, directory: '', log })

/** The server process that holds the lock. */
const holder = async (database: Database): Promise<number | undefined> => {
  const { rows } = await sql<{ pid: number }>`select pid from pg_locks where locktype = 'advisory'`.execute(
    database.kysely,
  )
  return rows[0]?.pid
}

onEveryDatabase('the lock of an embedded gateway', (kind) => {
  test('is given, and given free', async () => {
    await using database = await kind.open()
    const lock = await acquireGatewayLock(database)
    await lock.release()
    await lock.release()
    const next = await acquireGatewayLock(database)
    await next.release()
  })
})

const missing = databases.find((kind) => kind.name === 'postgres')?.missing
const reason = missing === undefined ? '' : ` (skipped: ${missing})`

describe.skipIf(missing !== undefined)(`the lock of an embedded gateway on a real server${reason}`, () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())

  test('refuses the second gateway with one sentence', async () => {
    const [first, second] = [await open(server.url), await open(server.url)]
    const lock = await acquireGatewayLock(first)
    await expect(acquireGatewayLock(second)).rejects.toThrow(IN_USE)
    await lock.release()
    const next = await acquireGatewayLock(second)
    await next.release()
    await Promise.all([first.close(), second.close()])
  })

  test('is taken again after a restart of the database', async () => {
    const first = await open(server.url)
    const onLost = vi.fn()
    const lock = await acquireGatewayLock(first, { onLost })
    await server.stop()
    await server.start()
    const second = await open(server.url)
    await vi.waitFor(async () => expect(await holder(second)).toBeDefined(), PATIENTLY)
    await expect(acquireGatewayLock(second)).rejects.toThrow(IN_USE)
    expect(onLost).not.toHaveBeenCalled()
    await lock.release()
    await vi.waitFor(async () => expect(await holder(second)).toBeUndefined(), PATIENTLY)
    await Promise.all([first.close(), second.close()])
  })

  test('is taken back from a dead connection that the server still believes in', async () => {
    await using proxy = await startTcpProxy(server.port)
    const first = await open(server.url.replace(`:${server.port}/`, `:${proxy.port}/`))
    const second = await open(server.url)
    const onLost = vi.fn()
    const lock = await acquireGatewayLock(first, { onLost })
    const before = await holder(second)
    proxy.abandon()
    const moved = async () => expect([undefined, before]).not.toContain(await holder(second))
    await vi.waitFor(moved, PATIENTLY)
    expect(onLost).not.toHaveBeenCalled()
    await lock.release()
    await Promise.all([first.close(), second.close()])
  })

  test('is reported lost when another gateway was faster', async () => {
    const [first, second] = [await open(server.url), await open(server.url)]
    const onLost = vi.fn()
    const lock = await acquireGatewayLock(first, { onLost })
    const other = await second.connect?.(() => undefined)
    await other?.query("select set_config('application_name', 'mchat 1@other', false)")
    await other?.query(
      `select pg_terminate_backend(pg_locks.pid), pg_advisory_lock((classid::bigint << 32) | objid::bigint)
       from pg_locks where locktype = 'advisory'`,
    )
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1), PATIENTLY)
    expect(onLost.mock.calls[0]?.[0]).toContain('another MChat (mchat 1@other)')
    await lock.release()
    await other?.close()
    await Promise.all([first.close(), second.close()])
  })
})
