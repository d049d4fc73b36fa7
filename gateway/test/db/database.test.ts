import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { toDatabaseError } from '#src/db/database-error.ts'
import { tidy } from '#src/db/housekeeping.ts'
import { counters } from '#src/db/repositories/counters.ts'
import { employees } from '#src/db/repositories/employees.ts'
import { onEveryDatabase, sharedDatabase } from '../../../tests/kit/on-every-database.ts'
import { hire, NOW } from './people.ts'

onEveryDatabase('a database', (kind) => {
  const shared = sharedDatabase(kind)

  test('gives the same values on every driver', async () => {
    const { rows } = await sql<Record<string, unknown>>`select
      '2026-01-02T03:04:05.6789+08:00'::timestamptz(3) as time,
      9007199254740991::bigint as big,
      count(*) as counted,
      '{"a": [1, "x"]}'::jsonb as json,
      ${NOW}::timestamptz as given,
      null::text as nothing`.execute(shared.current.kysely)
    expect(rows).toEqual([
      {
        time: new Date('2026-01-01T19:04:05.679Z'),
        big: Number.MAX_SAFE_INTEGER,
        counted: 1,
        json: { a: [1, 'x'] },
        given: NOW,
        nothing: null,
      },
    ])
  })

  test('refuses a bigint that a number cannot hold', async () => {
    await expect(sql`select 9007199254740993::bigint`.execute(shared.current.kysely)).rejects.toThrow(RangeError)
    await shared.current.ping()
  })

  test('undoes a transaction that rejects', async () => {
    const database = shared.current
    const failed = database.transaction(async (tx) => {
      await hire(tx, 'ann')
      throw new Error('no')
    })
    await expect(failed).rejects.toThrow('no')
    expect(await employees.find(database.kysely, 'ann')).toBeUndefined()
  })

  test('undoes a transaction after a violation, and says so when the violation was swallowed', async () => {
    const database = shared.current
    const swallowed = database.transaction(async (tx) => {
      await hire(tx, 'ann')
      await hire(tx, 'ann').catch(() => undefined)
    })
    await expect(swallowed).rejects.toThrow()
    expect(await employees.find(database.kysely, 'ann')).toBeUndefined()
    await hire(database.kysely, 'ann')
  })

  test('shows nobody a transaction before it is committed', async () => {
    const database = shared.current
    const seen: unknown[] = []
    const { promise: written, resolve: hasWritten } = Promise.withResolvers<void>()
    const { promise: read, resolve: hasRead } = Promise.withResolvers<void>()
    // PGlite has one connection, so there the reader waits for the commit.
    const readsMeanwhile = kind.name !== 'pglite'
    const writer = database.transaction(async (tx) => {
      await hire(tx, 'ann')
      hasWritten()
      await (readsMeanwhile ? read : new Promise((resolve) => setTimeout(resolve, 100)))
      await tx.updateTable('employee').set({ name: 'done' }).execute()
    })
    await written
    seen.push((await employees.find(database.kysely, 'ann'))?.name)
    hasRead()
    await writer
    expect(seen).toEqual([readsMeanwhile ? undefined : 'done'])
  })

  test('runs twenty transactions at once without mixing them', async () => {
    const database = shared.current
    const work = Array.from({ length: 20 }, (_, index) =>
      database
        .transaction(async (tx) => {
          await counters.bump(tx, 'shared')
          await hire(tx, `e${index}`)
          if (index % 2 === 1) throw new Error('odd')
        })
        .catch(() => undefined),
    )
    await Promise.all(work)
    expect(await counters.get(database.kysely, 'shared')).toBe(10)
    expect((await employees.list(database.kysely, { includeDisabled: true, limit: 50 })).length).toBe(10)
  })

  test('reads what was committed last, statement by statement', async () => {
    const database = shared.current
    const { rows } = await database.transaction((tx) => sql`show transaction_isolation`.execute(tx))
    expect(rows).toEqual([{ transaction_isolation: 'read committed' }])
  })

  test('runs a transaction once more after a serialisation failure, and only once', async () => {
    const database = shared.current
    let runs = 0
    const failing = (times: number) =>
      database.transaction(async (tx) => {
        runs += 1
        await counters.bump(tx, 'runs')
        if (runs <= times) await sql`do $$ begin raise exception using errcode = '40001'; end $$`.execute(tx)
        return runs
      })
    expect(await failing(1)).toBe(2)
    expect(await counters.get(database.kysely, 'runs')).toBe(1)
    runs = 0
    expect(await failing(2).catch(toDatabaseError)).toBe('unavailable')
    expect(runs).toBe(2)
  })

  test('is tidied while it is in use', async () => {
    await Promise.all([tidy(shared.current), shared.current.ping()])
  })

  test('rejects everything once it is closed', async () => {
    const database = await kind.open()
    await database.close()
    for (const attempt of [() => database.ping(), () => database.transaction((tx) => counters.bump(tx, 'x'))]) {
      expect(await attempt().catch(toDatabaseError)).toBe('unavailable')
    }
    await database[Symbol.asyncDispose]()
  })
})
