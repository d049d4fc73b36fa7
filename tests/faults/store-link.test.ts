import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createConfig } from '../../gateway/src/config.ts'
import { type ObjectStore, StoreUnavailable } from '../../gateway/src/objects/object-store.ts'
import { createS3Store } from '../../gateway/src/objects/s3.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { storeOnDisk } from '../../gateway/test/objects/store-on-disk.ts'
import { allOf } from '../kit/all-of.ts'
import { failureOf, pieces, TRAITS } from '../kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../kit/object-server.ts'
import { sendSigned } from '../kit/put-file.ts'
import { startTcpProxy, type TcpProxy } from '../kit/tcp-proxy.ts'
import { openFilesIn, openSockets } from './open-handles.ts'

const MiB = 1024 ** 2
const TIMEOUTS = { connectMs: 20_000, answerMs: 60_000, wholeMs: 60_000, silenceMs: 60_000 }
const KEY = 'mchat/key'
const OTHER = 'mchat/other'

/** F7 of the plan of faults, on the link between the driver of S3 and its store. */
describe('when the link to the store is cut', () => {
  let stack: AsyncDisposableStack
  let server: ObjectServer
  let proxy: TcpProxy
  let store: ObjectStore
  let sockets: number

  beforeEach(async () => {
    stack = new AsyncDisposableStack()
    server = stack.use(await startObjectServer({ clock: systemClock() }))
    proxy = stack.use(await startTcpProxy(Number(new URL(server.url).port)))
    sockets = openSockets()
    const { storage } = createConfig({
      storage: { ...server.settings, endpoint: `http://127.0.0.1:${proxy.port}`, publicEndpoint: server.url },
    })
    store = createS3Store({ config: storage, clock: systemClock(), log: silentLog, timeouts: TIMEOUTS })
  })
  afterEach(async () => {
    // Whatever became of it, nothing of it is left.
    store.close()
    await expect.poll(openSockets).toBe(sockets)
    await expect.poll(() => openFilesIn(server.directory)).toEqual([])
    await expect.poll(() => storeOnDisk(server.directory)).toEqual({ bytes: server.store.usedBytes, strays: [] })
    await stack.disposeAsync()
  })

  const cutUntilSettled = async (work: Promise<unknown>): Promise<unknown> => {
    const timer = setInterval(() => proxy.cut(), 20)
    return await failureOf(work).finally(() => clearInterval(timer))
  }

  /** The store does what it is asked, and nobody hears of it the first time. */
  const losingTheAnswer = async <T>(work: () => Promise<T>, isDone: () => Promise<boolean>): Promise<T> => {
    proxy.delay(300)
    const answer = work()
    answer.catch(() => undefined)
    await expect.poll(isDone, { interval: 5 }).toBe(true)
    // While it is on its way.
    proxy.cut()
    proxy.delay(0)
    return await answer
  }
  const isThere = async (key: string): Promise<boolean> => (await server.store.head(key)) !== undefined

  test.each([6 * MiB, 20 * MiB])('in the middle of a put of %i bytes there is nothing of it, or all', async (size) => {
    proxy.throttle(6 * MiB)
    const before = Buffer.from('what was there')
    await server.store.put(KEY, TRAITS, pieces(before))
    const put = store.put(KEY, TRAITS, pieces(Buffer.alloc(size, 'x')))
    await expect.poll(() => server.store.usedBytes, { interval: 5 }).toBeGreaterThan(before.length)
    expect(await cutUntilSettled(put)).toBeInstanceOf(StoreUnavailable)
    proxy.throttle(Number.POSITIVE_INFINITY)
    expect(await (await sendSigned(await store.signGet(KEY, 60))).text()).toBe(String(before))
    // Nobody could be told that it is given up: it is found by whoever looks.
    for (const { key, uploadId } of await allOf(store.listUploads(''))) await store.abortUpload(key, uploadId)
    expect(await store.put(KEY, TRAITS, pieces(Buffer.alloc(size, 'x')))).toEqual({ size })
  })

  test('in the middle of a list it is not taken for a shorter one', async () => {
    const keys = Array.from({ length: 100 }, (_, i) => `${KEY}${i}`)
    await Promise.all(keys.map((key) => server.store.put(key, TRAITS, pieces(Buffer.alloc(0)))))
    proxy.throttle(30_000)
    const list = allOf(store.list(''))
    expect(await cutUntilSettled(list)).toBeInstanceOf(StoreUnavailable)
    proxy.throttle(Number.POSITIVE_INFINITY)
    expect(await allOf(store.list(''))).toHaveLength(keys.length)
  })

  test('before the answer to a copy has come, it is made once and found', async () => {
    await server.store.put(KEY, TRAITS, pieces(Buffer.from('hello')))
    const done = losingTheAnswer(
      () => store.copy(KEY, OTHER),
      () => isThere(OTHER),
    )
    expect(await done).toBe(true)
    expect(await store.head(OTHER)).toEqual({ ...TRAITS, size: 5 })
  })

  test('before the answer to a put, a deletion or the end of an upload has come, it is as good as done', async () => {
    const put = (): Promise<unknown> => store.put(KEY, TRAITS, pieces(Buffer.from('hello')))
    expect(await losingTheAnswer(put, () => isThere(KEY))).toEqual({ size: 5 })
    await losingTheAnswer(
      () => store.delete(KEY),
      async () => !(await isThere(KEY)),
    )
    const uploadId = await store.beginUpload(KEY, TRAITS)
    const part = await store.signPart(KEY, { uploadId, partNumber: 1, size: 4 }, 60)
    expect((await sendSigned(part, 'part')).status).toBe(200)
    const parts = (await store.parts(KEY, uploadId)) ?? []
    // It says that there is none any more, and there is the file.
    await losingTheAnswer(
      () => store.completeUpload(KEY, uploadId, parts),
      () => isThere(KEY),
    )
    expect(await store.parts(KEY, uploadId)).toBeUndefined()
    expect(await store.head(KEY)).toEqual({ ...TRAITS, size: 4 })
  })
})
