import { expect, test } from 'vitest'
import { createCache } from '#src/db/cache.ts'

interface Value {
  readonly version: number
}

/** A table of one row, whose reads are answered when the test says so. */
class Table {
  version = 1
  reads = 0
  readonly #waiting: (() => void)[] = []
  /** What a read sees is what was there when it began. */
  readonly load = (_key: string): Promise<Value> => {
    this.reads++
    const seen = { version: this.version }
    return new Promise((resolve) => this.#waiting.push(() => resolve(seen)))
  }

  async answer(): Promise<void> {
    this.#waiting.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

test('callers that come together share one load, and the next gets it without a promise', async () => {
  const table = new Table()
  const cache = createCache(10, table.load)
  const both = Promise.all([cache.get('a'), cache.get('a')])
  await table.answer()
  expect(await both).toEqual([{ version: 1 }, { version: 1 }])
  expect(cache.get('a')).toEqual({ version: 1 })
  expect(cache.peek('a')).toEqual({ version: 1 })
  expect(table.reads).toBe(1)
})

test('an invalidation during a load reaches whoever is waiting for it', async () => {
  const table = new Table()
  const cache = createCache(10, table.load)
  const waiting = cache.get('a')
  table.version = 2
  cache.invalidate('a')
  await table.answer()
  expect(cache.peek('a')).toBeUndefined()
  await table.answer()
  expect(await waiting).toEqual({ version: 2 })
  expect(cache.peek('a')).toEqual({ version: 2 })
})

test('an old load that ends after a newer one does not put the old value back', async () => {
  const table = new Table()
  const answers: ((value: Value) => void)[] = []
  const cache = createCache<Value>(10, () => new Promise((resolve) => answers.push(resolve)))
  const first = cache.get('a')
  table.version = 2
  cache.invalidate('a')
  const second = cache.get('a')
  answers[1]?.({ version: 2 })
  expect(await second).toEqual({ version: 2 })
  answers[0]?.({ version: 1 })
  expect(await first).toEqual({ version: 2 })
  expect(cache.peek('a')).toEqual({ version: 2 })
})

test('many invalidations during one load end with the last value', async () => {
  const table = new Table()
  const cache = createCache(10, table.load)
  const waiting = cache.get('a')
  for (let version = 2; version <= 5; version++) {
    table.version = version
    cache.invalidate('a')
    await table.answer()
  }
  await table.answer()
  expect(await waiting).toEqual({ version: 5 })
})

test('clear during a load counts as an invalidation', async () => {
  const table = new Table()
  const cache = createCache(10, table.load)
  const waiting = cache.get('a')
  table.version = 2
  cache.clear()
  await table.answer()
  await table.answer()
  expect(await waiting).toEqual({ version: 2 })
})

test('an invalidation of one key leaves the others', async () => {
  const table = new Table()
  const cache = createCache(10, table.load)
  const waiting = cache.get('a')
  cache.invalidate('b')
  await table.answer()
  expect(await waiting).toEqual({ version: 1 })
  expect(table.reads).toBe(1)
})

test('what is not there is not remembered, so that it is seen once it is', async () => {
  let row: Value | undefined
  const cache = createCache<Value>(10, async () => row)
  expect(await cache.get('a')).toBeUndefined()
  row = { version: 1 }
  expect(await cache.get('a')).toEqual({ version: 1 })
})

test('a failed load fails for those who waited and is tried again by the next', async () => {
  let fails = true
  const cache = createCache<Value>(10, async () => {
    if (fails) throw new Error('away')
    return { version: 1 }
  })
  const both = Promise.allSettled([cache.get('a'), cache.get('a')])
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  expect(await cache.get('a')).toEqual({ version: 1 })
})

test('a load that fails after an invalidation does not break the newer one', async () => {
  const answers: { resolve: (value: Value) => void; reject: (error: Error) => void }[] = []
  const cache = createCache<Value>(10, () => new Promise((resolve, reject) => answers.push({ resolve, reject })))
  const first = Promise.resolve(cache.get('a')).catch(() => 'failed')
  cache.invalidate('a')
  const second = cache.get('a')
  answers[0]?.reject(new Error('away'))
  expect(await first).toBe('failed')
  const third = cache.get('a')
  answers[1]?.resolve({ version: 2 })
  expect(await Promise.all([second, third])).toEqual([{ version: 2 }, { version: 2 }])
  expect(answers).toHaveLength(2)
})

test('holds no more than it may', async () => {
  const cache = createCache<{ key: string }>(3, async (key) => ({ key }))
  for (const key of ['a', 'b', 'c', 'd']) await cache.get(key)
  expect(cache.peek('a')).toBeUndefined()
  expect(cache.peek('d')).toEqual({ key: 'd' })
})
