import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type SmallDisk, smallDisk } from '../../../tests/faults/small-disk.ts'
import { allOf } from '../../../tests/kit/all-of.ts'
import { pieces, TRAITS } from '../../../tests/kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { sendSigned } from '../../../tests/kit/put-file.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { StoreFull } from '../../src/objects/object-store.ts'
import { storeOnDisk } from './store-on-disk.ts'

const MiB = 1024 ** 2
const PAGE = 4096
const KEY = 'mchat/kept'

interface Bench extends AsyncDisposable {
  readonly disk: SmallDisk
  readonly server: ObjectServer
  readonly directory: string
}

const openBench = async (): Promise<Bench> => {
  await using stack = new AsyncDisposableStack()
  const outer = stack.use(await tempDirectory('mchat-objects-'))
  const disk = await smallDisk(join(outer.path, 'disk'), 8)
  if (disk === undefined) throw new Error('Nothing can be mounted here.')
  stack.use(disk)
  const directory = join(disk.path, 'files')
  const server = stack.use(await startObjectServer({ directory }))
  const opened = stack.move()
  return { disk, server, directory, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const putOver = async (
  { server: { store } }: Bench,
  key: string,
  bytes: Buffer,
): Promise<readonly [number, string]> => {
  const answer = await sendSigned(await store.signPut(key, { ...TRAITS, size: bytes.length }, 60), bytes)
  return [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1] ?? '']
}

const putPart = async (
  { server: { store } }: Bench,
  uploadId: string,
  partNumber: number,
  bytes: Buffer,
): Promise<number> => {
  const signed = await store.signPart(KEY, { uploadId, partNumber, size: bytes.length }, 60)
  return (await sendSigned(signed, bytes)).status
}

const got = async ({ server: { store } }: Bench, key: string): Promise<Buffer> => {
  const answer = await sendSigned(await store.signGet(key, 60))
  expect(answer.status).toBe(200)
  return Buffer.from(await answer.arrayBuffer())
}

/** What is counted is what is there, and nothing of what was refused is. */
const expectTidy = async ({ directory, server }: Bench): Promise<void> => {
  expect(await storeOnDisk(directory)).toEqual({ bytes: server.store.usedBytes, strays: [] })
}

describe.runIf(process.getuid?.() === 0)('on a full disk (needs root to mount one)', () => {
  test('nothing new is taken, everything else goes on, and once there is room everything does', async () => {
    await using bench = await openBench()
    const { disk, server } = bench
    const { store } = server
    const bytes = Buffer.alloc(MiB, 'a')
    await store.put(KEY, TRAITS, pieces(bytes))
    await store.put('mchat/doomed', TRAITS, pieces(bytes))
    await disk.fill()

    for (const size of [0, 10, 3 * MiB]) {
      await expect(store.put('mchat/new', TRAITS, pieces(Buffer.alloc(size)))).rejects.toBeInstanceOf(StoreFull)
      expect(await putOver(bench, KEY, Buffer.alloc(size))).toEqual([403, 'QuotaExceeded'])
      await expectTidy(bench)
    }
    await expect(store.beginUpload(KEY, TRAITS)).rejects.toBeInstanceOf(StoreFull)
    await expect(store.mark('mchat/ended', TRAITS)).rejects.toBeInstanceOf(StoreFull)
    await expectTidy(bench)
    expect(await store.head('mchat/new')).toBeUndefined()
    expect((await got(bench, KEY)).equals(bytes)).toBe(true)
    expect(await store.copy(KEY, 'mchat/copy')).toBe(true)
    expect((await got(bench, 'mchat/copy')).equals(bytes)).toBe(true)
    expect((await allOf(store.list(''))).map(({ key }) => key).sort()).toEqual(['mchat/copy', 'mchat/doomed', KEY])

    // The room of what is deleted is there at once.
    await store.delete('mchat/doomed')
    expect(await putOver(bench, 'mchat/new', Buffer.alloc(MiB - 100))).toEqual([200, ''])
    await expectTidy(bench)
    await disk.free()
    expect(await putOver(bench, 'mchat/more', Buffer.alloc(MiB))).toEqual([200, ''])
    await expectTidy(bench)
  })

  test('a file that fits but for what stands before it is not there, and leaves nothing', async () => {
    await using bench = await openBench()
    const { disk, server } = bench
    const ballast = join(disk.path, 'ballast')
    const outcomes: number[] = []
    for (let pages = 0; pages < 8; pages++) {
      await disk.fill()
      await truncate(ballast, (await stat(ballast)).size - pages * PAGE)
      const [status] = await putOver(bench, KEY, Buffer.alloc(4 * PAGE, 'x'))
      outcomes.push(status)
      expect((await server.store.head(KEY))?.size).toBe(status === 200 ? 4 * PAGE : undefined)
      await expectTidy(bench)
      await server.store.delete(KEY)
      await disk.free()
    }
    expect(outcomes).toEqual([403, 403, 403, 403, 403, 403, 200, 200])
  })

  test('an upload in parts waits for room, with those that have arrived', async () => {
    await using bench = await openBench()
    const { disk, directory, server } = bench
    const { store } = server
    const uploadId = await store.beginUpload(KEY, TRAITS)
    const [first, second] = [Buffer.alloc(MiB, 'a'), Buffer.alloc(MiB, 'b')]
    expect(await putPart(bench, uploadId, 1, first)).toBe(200)
    await disk.fill()
    expect(await putPart(bench, uploadId, 2, second)).toBe(403)
    expect(await putPart(bench, uploadId, 1, second)).toBe(403)
    await expectTidy(bench)
    expect(await store.parts(KEY, uploadId)).toMatchObject([{ partNumber: 1, size: first.length }])
    await disk.free()
    expect(await putPart(bench, uploadId, 2, second)).toBe(200)

    const parts = (await store.parts(KEY, uploadId)) ?? []
    await disk.fill()
    await expect(store.completeUpload(KEY, uploadId, parts)).rejects.toBeInstanceOf(StoreFull)
    expect(await store.head(KEY)).toBeUndefined()
    await expectTidy(bench)
    // Nor is it lost when it is started like this.
    await using again = await startObjectServer({ directory })
    expect(await again.store.parts(KEY, uploadId)).toEqual(parts)
    expect(again.store.usedBytes).toBe(store.usedBytes)
    await disk.free()
    expect(await store.completeUpload(KEY, uploadId, parts)).toBe(true)
    expect((await got(bench, KEY)).equals(Buffer.concat([first, second]))).toBe(true)
    await expectTidy(bench)
  })
})
