import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { StoreFull } from '../../src/objects/object-store.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Answer, ask, signed } from './by-hand.ts'

/** Of every object, beside its bytes. */
const HEADER = 8192
const EMPTY = pieces(new Uint8Array())

const put = (server: ObjectServer, key: string, body = '', owner = 'ann'): Promise<Answer> =>
  ask(
    server,
    signed(server, {
      method: 'PUT',
      path: `/mchat-files/mchat/${key}`,
      headers: { 'content-length': String(body.length), 'x-amz-meta-owner': owner },
      body,
    }),
  )

test('an object without bytes takes room, for one owner and for all of them', async () => {
  await using server = await startObjectServer({ clock: systemClock(), perOwner: 2 * HEADER, total: 3 * HEADER })
  for (const key of ['1', '2']) expect(await put(server, key)).toMatchObject({ status: 200 })
  expect(await put(server, '3')).toMatchObject({ status: 403, code: 'QuotaExceeded' })
  expect(await put(server, '3', '', 'bob')).toMatchObject({ status: 200 })
  expect(await put(server, '4', '', 'cid')).toMatchObject({ status: 403, code: 'QuotaExceeded' })
  expect(await server.store.hasRoom('cid', 0)).toBe(false)
  await server.store.delete('mchat/1')
  expect(await server.store.hasRoom('ann', 0)).toBe(true)
  expect(await server.store.hasRoom('ann', 1)).toBe(false)
  expect(await put(server, '1', 'x')).toMatchObject({ status: 403 })
  expect(await put(server, '1')).toMatchObject({ status: 200 })
})

test('what is kept counts the same after a restart, with what was copied, written over and deleted', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  const open = (): Promise<ObjectServer> => startObjectServer({ clock: systemClock(), directory: directory.path })
  const expected = 3 * HEADER + 5 + 5 + 3
  {
    await using server = await open()
    await put(server, 'one', 'hello')
    await server.store.copy('mchat/one', 'mchat/two')
    for (const body of ['longer than that', 'new']) await put(server, 'three', body)
    await put(server, 'gone', 'x')
    await server.store.delete('mchat/gone')
    expect(server.store.usedBytes).toBe(expected)
  }
  await using server = await open()
  await server.store.hasRoom('ann', 0)
  expect(server.store.usedBytes).toBe(expected)
})

test('an upload in parts takes the room of its parts, and at once that of the object that comes of it', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  const open = (): Promise<ObjectServer> => startObjectServer({ clock: systemClock(), directory: directory.path })
  const path = '/mchat-files/mchat/large'
  const putPart = async (server: ObjectServer, uploadId: string, partNumber: number, body: string): Promise<void> => {
    const query = `partNumber=${partNumber}&uploadId=${uploadId}`
    const headers = { 'content-length': String(body.length) }
    expect(await ask(server, signed(server, { method: 'PUT', path, query, headers, body }))).toMatchObject({
      status: 200,
    })
  }
  let uploadId = ''
  {
    await using server = await open()
    uploadId = await server.store.beginUpload('mchat/large', TRAITS)
    expect(server.store.usedBytes).toBe(HEADER)
    for (const body of ['longer', 'hello']) await putPart(server, uploadId, 1, body)
    await putPart(server, uploadId, 2, 'you')
    expect(server.store.usedBytes).toBe(HEADER + 8)
  }
  // As it is where the process ended after a part was sent again, and before the one before was removed.
  const before = join(directory.path, 'uploads', uploadId, `2.${'0'.repeat(32)}`)
  await writeFile(before, 'x'.repeat(100))
  await using server = await open()
  const parts = (await server.store.parts('mchat/large', uploadId)) ?? []
  expect(server.store.usedBytes).toBe(HEADER + parts.reduce((sum, { size }) => sum + size, 0))
  expect(await server.store.completeUpload('mchat/large', uploadId, parts)).toBe(true)
  const [object] = await allOf(server.store.list(''))
  expect(server.store.usedBytes).toBe(HEADER + (object?.size ?? 0))
  const given = await server.store.beginUpload('mchat/given-up', TRAITS)
  await server.store.abortUpload('mchat/given-up', given)
  expect(server.store.usedBytes).toBe(HEADER + (object?.size ?? 0))
})

test('an upload in parts is not begun without room for its header', async () => {
  await using server = await startObjectServer({ perOwner: HEADER - 1 })
  await expect(server.store.beginUpload('mchat/large', TRAITS)).rejects.toThrow(StoreFull)
  expect(await allOf(server.store.listUploads(''))).toEqual([])
})

test('a mark is put where there is no room, so that what fills it can be deleted', async () => {
  await using server = await startObjectServer({ perOwner: HEADER })
  await server.store.put('mchat/file', TRAITS, EMPTY)
  await server.store.mark('mchat/ended/file', TRAITS)
  expect(await server.store.head('mchat/ended/file')).toEqual({ ...TRAITS, size: 0 })
  expect(server.store.usedBytes).toBe(2 * HEADER)
})
