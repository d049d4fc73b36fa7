import { once } from 'node:events'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, symlink, truncate } from 'node:fs/promises'
import { get } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openFilesIn } from '../../../tests/faults/open-handles.ts'
import { allOf } from '../../../tests/kit/all-of.ts'
import { pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { sendSigned } from '../../../tests/kit/put-file.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { roomOf } from '../../src/objects/embedded/object-header.ts'
import { StoreFull, StoreUnavailable } from '../../src/objects/object-store.ts'
import { type Log, silentLog } from '../../src/ops/log.ts'
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

const failing = (code: string): Error => Object.assign(new Error(`${code}: made for the test`), { code })

/** What is logged as an error comes to `errors`. */
const listeningLog = (): { readonly errors: string[]; readonly log: Log } => {
  const errors: string[] = []
  return { errors, log: { ...silentLog, error: ({ error }) => void errors.push(String(error)) } }
}

const put = (server: ObjectServer, key: string, size: number): Promise<unknown> =>
  server.store.put(key, TRAITS, pieces(Buffer.alloc(size)))

/** @param before is called before anything is flushed, from now on, with its number on the disk */
const watchFlushes = async (
  directory: string,
  before: (kind: 'file' | 'folder', ino: number) => Promise<void>,
): Promise<{ end(): void }> => {
  await using handle = await open(directory, 'r')
  const files: Pick<FileHandle, 'sync'> = Object.getPrototypeOf(handle)
  const { sync } = files
  const spy = vi.spyOn(files, 'sync').mockImplementation(async function (this: FileHandle) {
    const info = await this.stat()
    await before(info.isDirectory() ? 'folder' : 'file', info.ino)
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
    if (of === 'folder') throw failing(code)
  })
  await expect(put(server, KEY, 30)).rejects.toBeInstanceOf(kind)
  await expect(put(server, 'mchat/new', 5)).rejects.toBeInstanceOf(kind)
  await expect(store.copy('mchat/source', 'mchat/copy')).rejects.toBeInstanceOf(kind)
  await expect(store.beginUpload(KEY, TRAITS)).rejects.toBeInstanceOf(kind)
  disk.end()
  expect(await openFilesIn(directory)).toEqual([])
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

test('that a disk fails is logged, though all that was sent has come', async () => {
  const { errors, log } = listeningLog()
  await using server = await startObjectServer({ log })
  const signed = await server.store.signPut(KEY, { ...TRAITS, size: 5 }, 60)
  await watchFlushes(server.directory, async () => {
    throw failing('EIO')
  })
  expect((await sendSigned(signed, 'hello')).status).toBe(500)
  expect(errors).toEqual(['Error: EIO: made for the test'])
})

test('that a file ends before its end is logged, and not taken for all of it by whoever reads it', async () => {
  const { errors, log } = listeningLog()
  await using server = await startObjectServer({ log })
  const size = 16 * 1024 ** 2
  await put(server, KEY, size)
  const { url } = await server.store.signGet(KEY, 60)
  const request = get(url)
  const [response] = await once(request, 'response')
  // Nothing of it has been read yet, and more of it than sockets hold has not been sent.
  await truncate(join(server.directory, 'objects', 'mchat', '=key'), size / 2)
  response.resume()
  await expect(once(response, 'end')).rejects.toMatchObject({ code: 'ECONNRESET' })
  await expect.poll(() => errors).toEqual(['Error: an object file is shorter than it was'])
  await expect.poll(() => openFilesIn(server.directory)).toEqual([])
})

test('a part that has come when its upload cannot be looked at any more is not counted, and leaves nothing', async () => {
  await using server = await startObjectServer()
  const { directory, store } = server
  const uploadId = await store.beginUpload(KEY, TRAITS)
  const folder = join(directory, 'uploads', uploadId)
  const signed = await store.signPart(KEY, { uploadId, partNumber: 1, size: 5 }, 60)
  const disk = await watchFlushes(directory, async () => {
    await rename(folder, `${folder}.away`)
    await symlink(folder, folder)
  })
  expect((await sendSigned(signed, 'hello')).status).toBe(500)
  disk.end()
  await rm(folder)
  await rename(`${folder}.away`, folder)
  expect(await storeOnDisk(directory)).toEqual({ bytes: store.usedBytes, strays: [] })
})

test('what cannot be listed is no shorter list: the store is away', async () => {
  await using server = await startObjectServer()
  const { directory, store } = server
  await mkdir(join(directory, 'objects', 'mchat'))
  await symlink('=loop', join(directory, 'objects', 'mchat', '=loop'))
  await expect(allOf(store.list(''))).rejects.toBeInstanceOf(StoreUnavailable)
  await rm(join(directory, 'uploads'), { recursive: true })
  await expect(allOf(store.listUploads(''))).rejects.toBeInstanceOf(StoreUnavailable)
})

test('the folders that everything is kept in are on the disk before anything is', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  const { ino } = await stat(directory.path)
  let flushed: readonly string[] = []
  await watchFlushes(directory.path, async (_kind, folder) => {
    if (folder === ino) flushed = await readdir(directory.path)
  })
  await using _server = await startObjectServer({ directory: directory.path })
  expect(flushed.toSorted()).toEqual(['objects', 'unfinished', 'uploads'])
})
