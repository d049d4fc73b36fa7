import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { groupCommit } from '#src/platform/group-commit.ts'

/** Work that ends when a test says so. */
const controlled = () => {
  const batches: { readonly items: readonly number[]; readonly end: PromiseWithResolvers<void> }[] = []
  const commit = groupCommit(500, async (items: readonly number[]) => {
    const end = Promise.withResolvers<void>()
    batches.push({ items, end })
    await end.promise
    return items.map((item) => item * 10)
  })
  return { batches, commit }
}

test('what is asked for meanwhile is done together, in its order, each with its own result', async () => {
  const { batches, commit } = controlled()
  const results = [1, 2, 3].map((item) => commit(item))
  expect(batches.map(({ items }) => items)).toEqual([[1]])
  batches[0]?.end.resolve()
  expect(await results[0]).toBe(10)
  await expect.poll(() => batches.map(({ items }) => items)).toEqual([[1], [2, 3]])
  batches[1]?.end.resolve()
  expect(await Promise.all(results)).toEqual([10, 20, 30])
})

test('an item that cannot be done fails alone', async () => {
  const tried: (readonly number[])[] = []
  const commit = groupCommit(500, async (items: readonly number[]) => {
    tried.push(items)
    if (items.includes(2)) throw new Error('not 2')
    return items
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => commit(item)))
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(tried).toEqual([[1], [2, 3], [2], [3]])
})

test('more than it takes at once is done in parts', async () => {
  const sizes: number[] = []
  const commit = groupCommit(500, async (items: readonly number[]) => {
    sizes.push(items.length)
    return items
  })
  await Promise.all(Array.from({ length: 1201 }, (_, i) => commit(i)))
  expect(sizes).toEqual([1, 500, 500, 200])
})

test('what keeps the thread to itself is given all that one turn of the event loop has brought', async () => {
  const batches: (readonly number[])[] = []
  const commit = groupCommit(
    500,
    async (items: readonly number[]) => {
      batches.push(items)
      return items
    },
    () => setImmediate(),
  )
  const asked = [1, 2, 3].map(async (item) => {
    for (let i = 0; i < item; i++) await nextTick()
    return await commit(item)
  })
  expect(await Promise.all(asked)).toEqual([1, 2, 3])
  expect(batches).toEqual([[1, 2, 3]])
})

const nextTick = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))
