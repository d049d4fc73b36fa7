import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../../gateway/src/objects/object-store.ts'
import { allOf } from '../kit/all-of.ts'
import { EVERY_OPERATION, failureOf, pieces, TRAITS } from '../kit/object-operations.ts'
import { GOOD_FOR, keysOf, newKey, type ObjectStoreBench, type OpenBench } from './object-bench.ts'
import { signedForms } from './object-forms.ts'
import { signedGets } from './object-gets.ts'
import { signedPuts } from './object-puts.ts'
import { asSigned, send } from './object-requests.ts'
import { uploadsInParts } from './object-uploads.ts'

const bytesOf = async ({ store }: ObjectStoreBench, key: string): Promise<Buffer> =>
  (await send(asSigned(await store.signGet(key, GOOD_FOR)))).body

/** What the gateway and its clients rely on in every store (gateway/src/objects/object-store.ts). */
export const objectStoreConformance = (
  open: OpenBench,
  { goesAway }: { readonly goesAway: readonly ('refuses' | 'hangs')[] },
): void => {
  signedPuts(open)
  signedGets(open)
  uploadsInParts(open)
  signedForms(open)

  describe('what the gateway itself puts', () => {
    test.each([0, 10, 9 * 1024 ** 2])('is got back as it was, of %i bytes', async (size) => {
      await using bench = await open()
      const key = newKey()
      const bytes = randomBytes(size)
      expect(await bench.store.put(key, TRAITS, pieces(bytes))).toEqual({ size })
      expect(await bench.store.head(key)).toEqual({ ...TRAITS, size })
      expect((await bytesOf(bench, key)).equals(bytes)).toBe(true)
      expect(await bench.store.put(key, { ...TRAITS, owner: 'bob' }, pieces(Buffer.from('new')))).toEqual({ size: 3 })
      expect(await bench.store.head(key)).toEqual({ ...TRAITS, owner: 'bob', size: 3 })
      expect(await keysOf(bench)).toEqual([key])
    })

    test.each([10, 20 * 1024 ** 2])('is not kept where it breaks off, after %i bytes', async (size) => {
      await using bench = await open()
      const broken = new Error('there is no more of it')
      const breaking = async function* (): AsyncGenerator<Uint8Array> {
        yield* pieces(Buffer.alloc(size))
        throw broken
      }
      expect(await failureOf(bench.store.put(newKey(), TRAITS, breaking()))).toBe(broken)
      expect(await keysOf(bench)).toEqual([])
      expect(await allOf(bench.store.listUploads(''))).toEqual([])
    })
  })

  describe('a copy', () => {
    test('is the same under another key, and stays when the first is deleted', async () => {
      await using bench = await open()
      const [from, to] = [newKey(), newKey()]
      const bytes = randomBytes(100_000)
      await bench.store.put(from, TRAITS, pieces(bytes))
      expect(await bench.store.copy(from, to)).toBe(true)
      expect(await bench.store.head(from)).toEqual(await bench.store.head(to))
      await bench.store.delete(from)
      expect(await bench.store.head(to)).toEqual({ ...TRAITS, size: bytes.length })
      expect((await bytesOf(bench, to)).equals(bytes)).toBe(true)
    })

    test('does not go over what is there', async () => {
      await using bench = await open()
      const [from, to] = [newKey(), newKey()]
      await bench.store.put(from, TRAITS, pieces(Buffer.from('new')))
      await bench.store.put(to, { ...TRAITS, owner: 'bob' }, pieces(Buffer.from('there')))
      expect(await bench.store.copy(from, to)).toBe(true)
      expect(await bench.store.head(to)).toMatchObject({ owner: 'bob', size: 5 })
      expect((await bytesOf(bench, to)).toString()).toBe('there')
    })

    test('of what is not there is none', async () => {
      await using bench = await open()
      const [there, to] = [newKey(), newKey()]
      await bench.store.put(there, TRAITS, pieces(Buffer.from('there')))
      expect(await bench.store.copy(newKey(), to)).toBe(false)
      expect(await bench.store.copy(newKey(), there)).toBe(false)
      expect(await keysOf(bench)).toEqual([there])
      expect((await bytesOf(bench, there)).toString()).toBe('there')
    })

    test('is made once by several that make it at once', async () => {
      await using bench = await open()
      const sources = Array.from({ length: 8 }, newKey)
      const to = newKey()
      for (const from of sources) await bench.store.put(from, { ...TRAITS, owner: from }, pieces(Buffer.from(from)))
      const owners = await Promise.all(
        sources.map(async (from) => {
          expect(await bench.store.copy(from, to)).toBe(true)
          return (await bench.store.head(to))?.owner
        }),
      )
      const [owner = ''] = owners
      expect(sources).toContain(owner)
      expect(owners).toEqual(sources.map(() => owner))
      expect((await bytesOf(bench, to)).toString()).toBe(owner)
    })
  })

  test('what is deleted is gone, and so it is when it is deleted again', async () => {
    await using bench = await open()
    const [key, other] = [newKey(), newKey()]
    for (const each of [key, other]) await bench.store.put(each, TRAITS, pieces(Buffer.from('x')))
    for (let i = 0; i < 2; i++) await bench.store.delete(key)
    expect(await bench.store.head(key)).toBeUndefined()
    expect(await keysOf(bench)).toEqual([other])
  })

  describe('a list', () => {
    test('has every object at a prefix, however many there are', async () => {
      await using bench = await open()
      const before = Date.now()
      const keys = ['a/1', 'a/2', 'a/b/3', 'a/b/c/4', 'a/b/c/5', 'ab/6', 'b/7'].map((key) => `mchat/${key}`)
      for (const [i, key] of keys.entries()) await bench.store.put(key, TRAITS, pieces(Buffer.alloc(i)))
      const found = await allOf(bench.store.list('mchat/a/'))
      expect(found.map(({ key, size }) => [key, size]).sort()).toEqual(keys.slice(0, 5).map((key, i) => [key, i]))
      // S3 tells seconds.
      for (const { modifiedAt } of found) expect(Math.abs(modifiedAt.getTime() - before)).toBeLessThan(60_000)
      const of = async (prefix: string): Promise<number> => (await allOf(bench.store.list(prefix))).length
      expect(await of('mchat/a')).toBe(6)
      expect(await of('mchat/b/7')).toBe(1)
      expect(await of('mchat/c')).toBe(0)
      expect(await of('')).toBe(7)
    })

    test('has every upload at a prefix, however many there are', async () => {
      await using bench = await open()
      const before = Date.now()
      const keys = ['a/1', 'a/1', 'a/1', 'a/2', 'a/3', 'ab/4', 'b/5'].map((key) => `mchat/${key}`)
      const begun: (readonly [string, string])[] = []
      for (const key of keys) begun.push([key, await bench.store.beginUpload(key, TRAITS)])
      const found = await allOf(bench.store.listUploads('mchat/a/'))
      expect(found.map(({ key, uploadId }) => [key, uploadId]).sort()).toEqual(begun.slice(0, 5).sort())
      for (const { startedAt } of found) expect(Math.abs(startedAt.getTime() - before)).toBeLessThan(60_000)
      expect(await allOf(bench.store.listUploads(''))).toHaveLength(7)
      expect(await allOf(bench.store.listUploads('mchat/c'))).toEqual([])
      expect(await keysOf(bench)).toEqual([])
    })
  })

  test.each(goesAway)('a store that %s is unavailable, soon, and used again when it is back', async (how) => {
    await using bench = await open({ isHasty: true })
    const key = newKey()
    const put = () => bench.store.put(key, TRAITS, pieces(Buffer.from('x')))
    await expect.poll(() => put().then(({ size }) => size, String)).toBe(1)
    await bench.goAway(how)
    const outcomes = Object.entries(EVERY_OPERATION).map(
      async ([name, work]) => [name, await failureOf(work(bench.store))] as const,
    )
    for (const [name, outcome] of await Promise.all(outcomes)) expect(outcome, name).toBeInstanceOf(StoreUnavailable)
    expect((await bench.store.signGet(key, GOOD_FOR)).url).toContain(key)
    await bench.comeBack()
    await expect.poll(() => bench.store.head(key).catch(String)).toEqual({ ...TRAITS, size: 1 })
  })
}
