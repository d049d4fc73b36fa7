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

const MUTE = 'no answer passes'
const PAUSE_MS = 100
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
  [MUTE]: async ({ proxy }) => {
    proxy.freeze('down')
    return () => proxy.thaw()
  },
  'every connection is reset': async ({ proxy }) => {
    const timer = setInterval(() => proxy.cut(), 1)
    return () => clearInterval(timer)
  },
  'it says that it is busy': answering(503, 'SlowDown'),
}

/** Until it is answered and has arrived. */
const say = async (from: Device, to: Device, content: string): Promise<void> => {
  await Promise.all([
    to.inbox.next(({ json }) => json.content === content, PATIENTLY.timeoutMs),
    from.call('msg.send_private', { to_employee_id: to.employeeId, content }, PATIENTLY),
  ])
}

interface Talk extends AsyncDisposable {
  said(): number
  end(): Promise<void>
}

/** Messages one after the other, until it is ended; fails when one is not answered. */
const chat = (from: Device, to: Device): Talk => {
  let isOver = false
  let said = 0
  const talk = async (): Promise<void> => {
    for (; !isOver; said++) {
      await say(from, to, `chat ${said}`)
      await pause(PAUSE_MS)
    }
  }
  const talking = talk()
  talking.catch(() => undefined)
  const end = async (): Promise<void> => {
    isOver = true
    await talking
  }
  return { said: () => said, end, [Symbol.asyncDispose]: async () => void (await end().catch(() => undefined)) }
}

const goesOn = async (talk: Talk): Promise<void> => {
  const before = talk.said()
  await expect.poll(() => talk.said()).toBeGreaterThan(before)
}

describe('while the object store is away', () => {
  const stack = new AsyncDisposableStack()
  let scene: Scene
  let gateway: TestGateway
  let ann: Device
  let bob: Device
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
  })
  afterAll(() => stack.disposeAsync())

  const health = async (): Promise<number[]> =>
    await Promise.all(
      ['healthz', 'readyz'].map(async (path) => (await fetch(`http://127.0.0.1:${gateway.httpPort}/${path}`)).status),
    )

  test.each(Object.entries(FAULTS))(
    'as %s, files are 503 before long, messages flow on, and it is used again',
    async (name, breakIt) => {
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
      for (const request of ask(await gateway.office).map((request) => request())) {
        const { code, reason } = await request
        expect([code, reason]).toEqual([503, 'storage_unavailable'])
      }
      // The driver waits ten seconds for an answer; nobody who chats waits with it.
      if (name === MUTE) expect(talk.said()).toBeGreaterThan(1)
      await goesOn(talk)
      expect(await health()).toEqual([200, 200])
      // Signing asks nobody.
      await ann.call('file.upload_url', { file_name: 'a', content_type: 'text/plain', size: 1 })
      await talk.end()
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
    await goesOn(talk)
    await talk.end()
    proxy.delay(0)

    await gateway.stop()
    await expect.poll(openSockets).toBeLessThanOrEqual(sockets)
    await expect.poll(() => openFilesIn(objects.directory)).toEqual([])
    expect(await storeOnDisk(objects.directory)).toEqual({ bytes: objects.store.usedBytes, strays: [] })
  })
})
