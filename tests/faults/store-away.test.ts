import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { storeOnDisk } from '../../gateway/test/objects/store-on-disk.ts'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { startHostileHttpServer } from '../kit/hostile-http-server.ts'
import { type ObjectServer, startObjectServer } from '../kit/object-server.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'
import { startTcpProxy, type TcpProxy } from '../kit/tcp-proxy.ts'
import { createTestClock } from '../kit/test-clock.ts'
import { openFilesIn, openSockets } from './open-handles.ts'

/** How long the driver waits for an answer, or tries twice to send something, and some more for a busy machine. */
const ANSWER_MS = 10_000 + 5000
const SEND_MS = 2 * 13_000 + 9000
const PAUSE_MS = 100
const CALM = 30
const PATIENTLY = { timeoutMs: 60_000 }
const PARTS_BYTES = 200 * 1024 ** 2

interface Scene {
  readonly objects: ObjectServer
  readonly proxy: TcpProxy
}

/** Breaks what is between the gateway and its store; gives what heals it. */
type Break = (scene: Scene) => Promise<() => Promise<void> | void>

const answering =
  (status: number, code: string): Break =>
  async ({ objects }) => {
    const port = Number(new URL(objects.url).port)
    await objects.leave()
    const server = await startHostileHttpServer({ port })
    server.respond((_request, response) => void response.writeHead(status).end(`<Error><Code>${code}</Code></Error>`))
    return async () => {
      await server[Symbol.asyncDispose]()
      await objects.comeBack()
    }
  }

/**
 * F7 of the plan of faults, and what a store does that is too busy. Where nothing passes either way the gateway sees the same
 * as where no answer does, and the store has not done by then what it was asked.
 */
const FAULTS: Readonly<Record<string, Break>> = {
  'nobody listens there': async ({ objects }) => {
    await objects.leave()
    return () => objects.comeBack()
  },
  'no answer passes': async ({ proxy }) => {
    proxy.freeze('down')
    return () => proxy.thaw()
  },
  'every connection is reset': async ({ proxy }) => {
    const timer = setInterval(() => proxy.cut(), 1)
    return () => clearInterval(timer)
  },
  'it says that it is busy': answering(503, 'SlowDown'),
}

/** How long it takes until it is answered and has arrived. */
const say = async (from: Device, to: Device, content: string): Promise<number> => {
  const began = performance.now()
  await Promise.all([
    to.inbox.next(({ json }) => json.content === content, PATIENTLY.timeoutMs),
    from.call('msg.send_private', { to_employee_id: to.employeeId, content }, PATIENTLY),
  ])
  return performance.now() - began
}

/** Messages one after the other, until it is ended; gives how long each took. */
const chat = (from: Device, to: Device): AsyncDisposable & { end(): Promise<number[]> } => {
  let isOver = false
  const talk = async (): Promise<number[]> => {
    const times: number[] = []
    for (let n = 0; !isOver; n++) {
      times.push(await say(from, to, `chat ${n}`))
      await pause(PAUSE_MS)
    }
    return times
  }
  const talking = talk()
  talking.catch(() => undefined)
  const end = async (): Promise<number[]> => {
    isOver = true
    return await talking
  }
  return { end, [Symbol.asyncDispose]: async () => void (await end().catch(() => undefined)) }
}

const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0

describe('while the object store is away', () => {
  const stack = new AsyncDisposableStack()
  let scene: Scene
  let gateway: TestGateway
  let ann: Device
  let bob: Device
  let calm = 0
  let sockets = 0

  beforeAll(async () => {
    const clock = createTestClock()
    const objects = stack.use(await startObjectServer({ clock }))
    const proxy = stack.use(await startTcpProxy(Number(new URL(objects.url).port)))
    scene = { objects, proxy }
    sockets = openSockets()
    const endpoint = `http://127.0.0.1:${proxy.port}`
    const storage = { ...objects.settings, endpoint, publicEndpoint: objects.url }
    gateway = stack.use(await startGateway({ clock, config: { storage } }))
    ann = await (await gateway.hire()).connect()
    bob = await (await gateway.hire()).connect()
    const times: number[] = []
    for (let n = 0; n < CALM; n++) times.push(await say(ann, bob, `calm ${n}`))
    calm = median(times)
  })
  afterAll(() => stack.disposeAsync())

  const health = async (): Promise<number[]> =>
    await Promise.all(
      ['healthz', 'readyz'].map(async (path) => (await fetch(`http://127.0.0.1:${gateway.httpPort}/${path}`)).status),
    )

  test.each(Object.entries(FAULTS))(
    'as %s, files are 503 before long, messages flow on, and it is used again',
    async (_name, breakIt) => {
      const about = { to_employee_id: bob.employeeId }
      const [arrived, kept, doomed] = [
        await putFile(ann, 'arrived', about),
        await putFile(ann, 'kept', about),
        await putFile(ann, 'doomed', about),
      ]
      for (const file of [kept, doomed]) await ann.call('file.complete', file)
      const large = { file_name: 'large', content_type: 'video/mp4', size: PARTS_BYTES }
      const begin = async () => {
        const { key, upload_id = '' } = await ann.call('file.upload_url', large)
        return { key, upload_id }
      }
      const [begun, givenUp] = [await begin(), await begin()]
      const ask = (office: Device) => [
        () => ann.request('file.complete', arrived, PATIENTLY),
        () => bob.request('file.download_url', kept, PATIENTLY),
        () => ann.request('file.delete', doomed, PATIENTLY),
        () => ann.request('file.upload_url', large, PATIENTLY),
        () => ann.request('file.upload_status', begun, PATIENTLY),
        () => ann.request('file.delete', givenUp, PATIENTLY),
        () => office.request('audit.export', { format: 'csv' }, PATIENTLY),
      ]

      await using fault = new AsyncDisposableStack()
      fault.defer(await breakIt(scene))
      await using talk = chat(ann, bob)
      const began = performance.now()
      const answers = ask(await gateway.office).map(async (request) => ({
        ...(await request()),
        ms: performance.now() - began,
      }))
      for (const [i, answered] of answers.entries()) {
        const { code, ms, reason } = await answered
        expect([code, reason]).toEqual([503, 'storage_unavailable'])
        expect(ms).toBeLessThan(i === answers.length - 1 ? SEND_MS : ANSWER_MS)
      }
      expect(await health()).toEqual([200, 200])
      // Signing asks nobody.
      await ann.call('file.upload_url', { file_name: 'a', content_type: 'text/plain', size: 1 })
      expect(median(await talk.end())).toBeLessThan(10 * calm + 200)
      await fault.disposeAsync()

      await expect.poll(async () => (await bob.request('file.download_url', kept)).code).toBe(0)
      // On a busy machine the driver may still give up one that was in time.
      for (const request of ask(await gateway.office)) await expect.poll(async () => (await request()).code).toBe(0)
      for (const [file, content] of [
        [arrived, 'arrived'],
        [kept, 'kept'],
      ] as const) {
        expect(await (await sendSigned(await bob.call('file.download_url', file))).text()).toBe(content)
      }
      expect(await bob.request('file.download_url', doomed)).toMatchObject({ code: 404 })
    },
    120_000,
  )

  test('as the link is slow, everything is, and nothing fails; and then nothing is left open', async () => {
    const { objects, proxy } = scene
    proxy.delay(100)
    await using talk = chat(ann, bob)
    const file = await putFile(ann, 'slow')
    await ann.call('file.complete', file, PATIENTLY)
    await ann.call('file.delete', file, PATIENTLY)
    expect(median(await talk.end())).toBeLessThan(10 * calm + 200)
    proxy.delay(0)

    await gateway.stop()
    await expect.poll(openSockets).toBeLessThanOrEqual(sockets)
    await expect.poll(() => openFilesIn(objects.directory)).toEqual([])
    expect(await storeOnDisk(objects.directory)).toEqual({ bytes: objects.store.usedBytes, strays: [] })
  }, 60_000)
})
