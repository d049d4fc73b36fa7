import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { sendSigned } from '../../../tests/kit/put-file.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { storeOnDisk } from './store-on-disk.ts'

/** Of every object, beside its bytes. */
const HEADER = 8192
const KEY = 'mchat/damaged'
const TORN = {
  'with a part of what stands before the bytes': 'mchat object 1\n{"cont',
  'with nothing of it but the beginning': 'mchat object 1\n'.padEnd(HEADER + 5),
  'with half of it': 'mchat object 1\n{"contentType":"text/pl'.padEnd(HEADER + 5),
  'with zeros in the place of it': '\0'.repeat(HEADER + 5),
  'of nothing': '',
}

const putPart = async ({ store }: ObjectServer, key: string, uploadId: string, bytes: string): Promise<void> => {
  const size = Buffer.byteLength(bytes)
  const signed = await store.signPart(key, { uploadId, partNumber: 1, size }, 60)
  expect((await sendSigned(signed, bytes)).status).toBe(200)
}

describe.each(Object.entries(TORN))('a file that a dying disk has left %s', (_name, content) => {
  const openDamaged = async (stack: AsyncDisposableStack): Promise<ObjectServer> => {
    const { path } = stack.use(await tempDirectory('mchat-objects-'))
    await mkdir(join(path, 'objects', 'mchat'), { recursive: true })
    await writeFile(join(path, 'objects', 'mchat', '=damaged'), content)
    return stack.use(await startObjectServer({ directory: path }))
  }

  test('keeps nobody from the others', async () => {
    await using stack = new AsyncDisposableStack()
    const { store } = await openDamaged(stack)
    await store.put('mchat/whole', TRAITS, pieces(Buffer.from('hello')))
    expect((await allOf(store.list(''))).map(({ key }) => key)).toEqual(['mchat/whole'])
    expect(store.usedBytes).toBe(HEADER + 5)
  })

  test('can be replaced', async () => {
    await using stack = new AsyncDisposableStack()
    const { store } = await openDamaged(stack)
    await store.put(KEY, TRAITS, pieces(Buffer.from('hello')))
    expect(await store.head(KEY)).toEqual({ ...TRAITS, size: 5 })
    expect(store.usedBytes).toBe(HEADER + 5)
  })

  test('can be deleted', async () => {
    await using stack = new AsyncDisposableStack()
    const { store } = await openDamaged(stack)
    await store.delete(KEY)
    expect(await store.head(KEY)).toBeUndefined()
    expect(store.usedBytes).toBe(0)
  })
})

test('an upload that nobody knows any more what it was of is removed at the start, and no other is', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  const folder = join(directory.path, 'uploads', '0'.repeat(32))
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'upload.json'), '{"key":"mchat/x","tra')
  await writeFile(join(folder, `1.${'0'.repeat(32)}`), 'hello')
  await using server = await startObjectServer({ directory: directory.path })
  const uploadId = await server.store.beginUpload(KEY, TRAITS)
  await using again = await startObjectServer({ directory: directory.path })
  expect((await allOf(again.store.listUploads(''))).map((upload) => upload.uploadId)).toEqual([uploadId])
  expect(await storeOnDisk(directory.path)).toEqual({ bytes: HEADER, strays: [] })
  expect(again.store.usedBytes).toBe(HEADER)
})

test('of a part that was sent twice before the process was killed there is one, the later, after the next start', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  await using server = await startObjectServer({ directory: directory.path })
  const uploadId = await server.store.beginUpload(KEY, TRAITS)
  const folder = join(directory.path, 'uploads', uploadId)
  await putPart(server, KEY, uploadId, 'the earlier one')
  const [earlier = ''] = (await readdir(folder)).filter((name) => name.startsWith('1.'))
  const bytes = await readFile(join(folder, earlier))
  await putPart(server, KEY, uploadId, 'later')
  await writeFile(join(folder, earlier), bytes)
  await utimes(join(folder, earlier), 1, 1)

  await using again = await startObjectServer({ directory: directory.path })
  expect(await again.store.parts(KEY, uploadId)).toMatchObject([{ partNumber: 1, size: 5 }])
  expect(await storeOnDisk(directory.path)).toEqual({ bytes: HEADER + 5, strays: [] })
  expect(again.store.usedBytes).toBe(HEADER + 5)
})

test('what could never be completed is not begun', async () => {
  await using server = await startObjectServer()
  const { store } = server
  await expect(store.beginUpload(`mchat/${'a/'.repeat(40)}b`, TRAITS)).rejects.toThrow('too deep')
  const traits = { ...TRAITS, contentDisposition: `attachment; filename="${'x'.repeat(HEADER)}"` }
  await expect(store.beginUpload(KEY, traits)).rejects.toThrow('too long')
  expect(await readdir(join(server.directory, 'uploads'))).toEqual([])
})

test('whoever has more than they may have now can still say that it is deleted', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  await using before = await startObjectServer({ directory: directory.path })
  await before.store.put(KEY, TRAITS, pieces(Buffer.alloc(2 * HEADER + 100)))
  const quotas = { perOwner: 2 * HEADER + 10, total: 2 * HEADER + 50 }
  await using server = await startObjectServer({ directory: directory.path, ...quotas })
  const { store } = server
  expect(await store.hasRoom('ann', 0)).toBe(false)
  await store.mark(`${KEY}-gone`, TRAITS)
  await store.delete(KEY)
  expect(await store.hasRoom('ann', 10)).toBe(true)
  expect(await store.hasRoom('ann', 11)).toBe(false)
})
