import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '#src/db/database.ts'
import { acquireLease, type Lease, soleLease } from '#src/db/lease.ts'
import type { Stale } from '#src/db/stale.ts'
import { type Clock, systemClock } from '#src/platform/clock.ts'
import { databases } from '../../../tests/kit/databases.ts'
import { type PostgresServer, startPostgres } from '../../../tests/kit/postgres.ts'
import { createDatabase } from '../../../tests/kit/postgres-database.ts'
import { startTcpProxy } from '../../../tests/kit/tcp-proxy.ts'

const missing = databases.find((kind) => kind.name === 'postgres')?.missing
const reason = missing === undefined ? '' : ` (skipped: ${missing})`
const log = { info() {}, warn() {} }

test('a gateway alone on its database neither asks nor waits', async () => {
  const database = await databases.find((kind) => kind.name === 'pglite')?.open()
  if (database === undefined) throw new Error('There is no PGlite.')
  const lease = await acquireLease(database, {
    instance: 'a',
    secretId: 's',
    clock: systemClock(),
    log,
    forget: () => {},
  })
  expect(lease).toBe(soleLease)
  expect(lease.isValid()).toBe(true)
  expect(lease.gateways).toBe(1)
  expect(await database.transaction((tx) => lease.announce(tx, { departments: true }))).toBeUndefined()
  await lease.forgotten(1)
  await database[Symbol.asyncDispose]()
})

describe.skipIf(missing !== undefined)(`the lease of gateways on one database${reason}`, () => {
  let server: PostgresServer
  let databaseUrl = ''
  let opened: AsyncDisposableStack
  beforeAll(async () => {
    server = await startPostgres()
    databaseUrl = (await createDatabase(server.url)).url
  })
  afterAll(() => server?.[Symbol.asyncDispose]())
  beforeEach(() => {
    opened = new AsyncDisposableStack()
    return () => opened.disposeAsync()
  })

  interface Gateway {
    readonly lease: Lease
    readonly database: Database
    /** What it was told to forget since it holds the lease; undefined: everything. */
    readonly forgot: (Stale | undefined)[]
    /** What others have told it. */
    readonly news: string[]
    change(stale: Stale): Promise<number>
    /** Ends the connection that listens. */
    cut(): Promise<void>
  }

  const openGateway = async (
    instance: string,
    options: { url?: string; clock?: Pick<Clock, 'monotonic' | 'now'> } = {},
  ) => {
    const database = await openDatabase({ url: options.url ?? databaseUrl, directory: '', log })
    opened.defer(() => database.close())
    const forgot: (Stale | undefined)[] = []
    const news: string[] = []
    const pids: number[] = []
    const { connect } = database
    if (connect === undefined) throw new Error('not a real server')
    const watched: Database = {
      ...database,
      async connect(...args) {
        const session = await connect(...args)
        pids.push(session.backendPid)
        return session
      },
    }
    const lease = await acquireLease(watched, {
      instance,
      secretId: 's',
      clock: options.clock ?? systemClock(),
      log,
      forget: (stale) => forgot.push(stale),
      onNews: (told) => news.push(told),
    })
    opened.defer(() => lease.release())
    forgot.length = 0
    const gateway: Gateway = {
      lease,
      database,
      forgot,
      news,
      async change(stale) {
        const change = await database.transaction((tx) => lease.announce(tx, stale))
        if (change === undefined) throw new Error('Nothing was announced.')
        return change
      },
      async cut() {
        await sql`select pg_terminate_backend(${pids.at(-1)})`.execute(database.kysely)
      },
    }
    return gateway
  }

  test('a change is forgotten by all when it is answered, and only what it made stale', async () => {
    const [a, b, c] = [await openGateway('a'), await openGateway('b'), await openGateway('c')]
    const stale: Stale = { employees: ['ann'], groups: ['g1'], sessions: ['ann_web_1'], access: ['ann'] }
    for (let round = 0; round < 20; round++) {
      await a.lease.forgotten(await a.change(stale))
      expect([b, c].map(({ forgot }) => forgot.length)).toEqual([round + 1, round + 1])
      await expect.poll(() => a.forgot.length).toBe(round + 1)
    }
    expect(new Set(b.forgot.map((one) => JSON.stringify(one)))).toEqual(new Set([JSON.stringify(stale)]))
  })

  test('changes side by side are all forgotten, whoever makes them', async () => {
    const gateways = [await openGateway('a'), await openGateway('b'), await openGateway('c')]
    await Promise.all(
      // As many of each as it has connections: on a busy machine the others would be refused one.
      Array.from({ length: 30 }, async (_, i) => {
        const gateway = gateways[i % 3] as Gateway
        await gateway.lease.forgotten(await gateway.change({ employees: [`e${i}`] }))
        for (const other of gateways) {
          // One that was held up for longer than its lease has forgotten everything.
          const hasForgotten = other.forgot.some((stale) => stale === undefined || stale.employees?.includes(`e${i}`))
          if (other !== gateway) expect(hasForgotten, `e${i}`).toBe(true)
        }
      }),
    )
  })

  test('a change that is rolled back is forgotten by nobody, and holds up nobody', async () => {
    const [a, b] = [await openGateway('a'), await openGateway('b')]
    const failing = a.database.transaction(async (tx) => {
      await a.lease.announce(tx, { employees: ['ann'] })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await a.lease.forgotten(await a.change({ employees: ['bob'] }))
    expect(b.forgot).toEqual([{ employees: ['bob'] }])
  })

  test('a change of very many is announced as everything', async () => {
    const [a, b] = [await openGateway('a'), await openGateway('b')]
    await a.lease.forgotten(await a.change({ employees: Array.from({ length: 5000 }, (_, i) => `emp_${i}`) }))
    expect(b.forgot).toEqual([undefined])
  })

  test('when the listening connection is cut, a change is answered only after the gateway has forgotten everything', async () => {
    const [a, b] = [await openGateway('a'), await openGateway('b')]
    for (let round = 0; round < 5; round++) {
      b.forgot.length = 0
      await b.cut()
      await a.lease.forgotten(await a.change({ groups: ['g1'] }))
      expect(b.forgot.length > 0 || !b.lease.isValid()).toBe(true)
      await expect.poll(() => b.lease.isValid() && b.forgot.length > 0).toBe(true)
    }
  })

  test('a gateway that was not running does not use what it remembers', async () => {
    let monotonic = 0
    const a = await openGateway('a', { clock: { ...systemClock(), monotonic: () => monotonic } })
    expect(a.lease.isValid()).toBe(true)
    monotonic += 2700
    expect(a.lease.isValid()).toBe(true)
    monotonic += 200
    expect(a.lease.isValid()).toBe(false)
  })

  test('a gateway that has died is waited for until its lease ends, and no longer', async () => {
    const a = await openGateway('a')
    await sql`insert into gateway (instance, lease_until, confirmed, started_at)
      values ('dead', now() + interval '700 milliseconds', 0, now())`.execute(a.database.kysely)
    await a.lease.forgotten(await a.change({ groups: ['g1'] }))
    const over = await sql`select from gateway where instance = 'dead' and lease_until <= now()`.execute(
      a.database.kysely,
    )
    expect(over.rows).toHaveLength(1)
    await sql`delete from gateway where instance = 'dead'`.execute(a.database.kysely)
  })

  test('one that renews and never confirms is told of, so that the answer is 503', async () => {
    const a = await openGateway('a')
    await sql`insert into gateway (instance, lease_until, confirmed, started_at)
      values ('deaf', now() + interval '1 hour', 0, now())`.execute(a.database.kysely)
    await expect(a.lease.forgotten(await a.change({ groups: ['g1'] }))).rejects.toMatchObject({
      key: 'revocation_pending',
    })
    await sql`delete from gateway where instance = 'deaf'`.execute(a.database.kysely)
  })

  test('one that has left is not waited for', async () => {
    const [a, b] = [await openGateway('a'), await openGateway('b')]
    await b.lease.release()
    expect(b.lease.isValid()).toBe(false)
    await a.lease.forgotten(await a.change({ groups: ['g1'] }))
    const left = await sql`select from gateway where instance = 'b'`.execute(a.database.kysely)
    expect(left.rows).toEqual([])
    expect(b.forgot).toEqual([])
  })

  test('news reaches the others and not oneself, up to 7,000 bytes of anything', async () => {
    const [a, b, c] = [await openGateway('a'), await openGateway('b'), await openGateway('c')]
    const news = ['one', 'two words', "'; --", 'x'.repeat(7000), '汉'.repeat(2333)]
    for (const told of news) a.lease.tell(told)
    for (const { news: heard } of [b, c]) await expect.poll(() => heard).toEqual(news)
    b.lease.tell('last')
    await expect.poll(() => a.news).toEqual(['last'])
    expect(b.news).toEqual(news)
    expect(a.lease.isValid()).toBe(true)
  })

  test('each knows how many there are', async () => {
    const [a, b, c] = [await openGateway('a'), await openGateway('b'), await openGateway('c')]
    for (const { lease } of [a, b, c]) await expect.poll(() => lease.gateways).toBe(3)
    await c.lease.release()
    for (const { lease } of [a, b]) await expect.poll(() => lease.gateways).toBe(2)
  })

  test('without the database the lease ends, and begins again with an empty memory when it is back', async () => {
    await using proxy = await startTcpProxy(server.port)
    const url = new URL(databaseUrl)
    url.port = String(proxy.port)
    const b = await openGateway('b', { url: url.href })
    proxy.freeze()
    await expect.poll(() => b.lease.isValid()).toBe(false)
    expect(b.forgot).toEqual([])
    proxy.thaw()
    proxy.cut()
    await expect.poll(() => b.lease.isValid()).toBe(true)
    expect(b.forgot).toEqual([undefined])
  })

  test('a connection that falls silent while the lease is taken again is given up for another one', async () => {
    const database = await openDatabase({ url: databaseUrl, directory: '', log })
    opened.defer(() => database.close())
    const { connect } = database
    if (connect === undefined) throw new Error('not a real server')
    const lost: (() => void)[] = []
    let silent = 0
    const watched: Database = {
      ...database,
      async connect(onLost, onNotification) {
        const session = await connect(onLost, onNotification)
        lost.push(() => onLost(new Error('cut')))
        if (lost.length !== 2) return session
        silent++
        // Its network is gone, and nobody has told it.
        return { ...session, query: () => new Promise(() => undefined), close: () => session.close() }
      },
    }
    const lease = await acquireLease(watched, {
      instance: 'a',
      secretId: 's',
      clock: systemClock(),
      log,
      forget: () => undefined,
    })
    opened.defer(() => lease.release())
    lost[0]?.()
    await expect.poll(() => lost.length).toBe(3)
    expect(silent).toBe(1)
    await expect.poll(() => lease.isValid()).toBe(true)
  })
})
