import { type FileHandle, open } from 'node:fs/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import { pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { roomOf } from '../../src/objects/embedded/object-header.ts'
import { StoreFull, StoreUnavailable } from '../../src/objects/object-store.ts'
import { storeOnDisk } from './store-on-disk.ts'

const KEY = 'mchat/key'
const hooks = vi.hoisted(() => ({ beforeLink: async (): Promise<void> => undefined }))

vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>()
  return {
    ...real,
    link: async (from: string, to: string) => {
      await hooks.beforeLink()
      await real.link(from, to)
    },
  }
})

const put = (server: ObjectServer, key: string, size: number): Promise<unknown> =>
  server.store.put(key, TRAITS, pieces(Buffer.alloc(size)))

/** @param before is called before anything is flushed, from now on */
const watchFlushes = async (
  directory: string,
  before: (kind: 'file' | 'folder') => Promise<void>,
): Promise<{ end(): void }> => {
  await using handle = await open(directory, 'r')
  const files: Pick<FileHandle, 'sync'> = Object.getPrototypeOf(handle)
  const { sync } = files
  const spy = vi.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
    await before((await this.stat()).isDirectory() ? 'folder' : 'file')
    await sync.call(this)
  })
  onTestFinished(() => void spy.mockRestore())
  return { end: () => void spy.mockRestore() }
}

test.each([
  ['EIO', StoreUnavailable],
  ['ENOSPC', StoreFull],
  ['EDQUOT', StoreFull],
])('what cannot be flushed (%s) is not answered for, and what is counted is what is there', async (code, kind) => {
  await using server = await startObjectServer()
  const { directory, store } = server
  await put(server, KEY, 100)
  await put(server, 'mchat/source', 7)
  const disk = await watchFlushes(directory, async (of) => {
    if (of === 'folder') throw Object.assign(new Error(`${code}: made for the test`), { code })
  })
  await expect(put(server, KEY, 30)).rejects.toBeInstanceOf(kind)
  await expect(put(server, 'mchat/new', 5)).rejects.toBeInstanceOf(kind)
  await expect(store.copy('mchat/source', 'mchat/copy')).rejects.toBeInstanceOf(kind)
  await expect(store.beginUpload(KEY, TRAITS)).rejects.toBeInstanceOf(kind)
  disk.end()
  expect(await storeOnDisk(directory)).toEqual({ bytes: store.usedBytes, strays: [] })
  await put(server, KEY, 3)
  expect(await store.head(KEY)).toEqual({ ...TRAITS, size: 3 })
  expect(await storeOnDisk(directory)).toEqual({ bytes: store.usedBytes, strays: [] })
})

test('what is put is not seen before it is flushed, nor answered for before its folder is', async () => {
  await using server = await startObjectServer()
  const { directory, store } = server
  const gates = { file: Promise.withResolvers<void>(), folder: Promise.withResolvers<void>() }
  const reached = { file: Promise.withResolvers<void>(), folder: Promise.withResolvers<void>() }
  await watchFlushes(directory, async (kind) => {
    reached[kind].resolve()
    await gates[kind].promise
  })
  let isAnswered = false
  const putting = put(server, KEY, 10).then(() => {
    isAnswered = true
  })
  await reached.file.promise
  expect(await store.head(KEY)).toBeUndefined()
  gates.file.resolve()
  await reached.folder.promise
  expect(await store.head(KEY)).toEqual({ ...TRAITS, size: 10 })
  expect(isAnswered).toBe(false)
  gates.folder.resolve()
  await putting
})

test('what is counted of a copy is what was copied, though it was replaced at that moment', async () => {
  await using server = await startObjectServer()
  const { directory, store } = server
  await put(server, KEY, 100)
  hooks.beforeLink = async () => {
    hooks.beforeLink = async () => undefined
    await put(server, KEY, 30)
  }
  expect(await store.copy(KEY, 'mchat/copy')).toBe(true)
  expect(await store.head('mchat/copy')).toEqual({ ...TRAITS, size: 30 })
  expect(store.usedBytes).toBe(2 * roomOf(30))
  expect((await storeOnDisk(directory)).bytes).toBe(2 * roomOf(30))
})
