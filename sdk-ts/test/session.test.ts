import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createWebSocketStream, WebSocketServer } from 'ws'
import {
  ClientClosedError,
  type ClientEvents,
  connect,
  createClient,
  type DeviceStore,
  memoryStore,
  NotConnectedError,
  RequestRejectedError,
} from '../src/index.ts'
import { fileStore } from '../src/node.ts'
import { refuse } from './kit/gateway.ts'
import { FAST, record, startWorld } from './kit/world.ts'

const isConnected = ({ state }: ClientEvents['session']): boolean => state === 'connected'
const isDisconnected = ({ state }: ClientEvents['session']): boolean => state === 'disconnected'

describe('connecting', () => {
  it('binds, keeps its broker session and tells about the employee', async () => {
    const { broker, gateway, create } = await startWorld()
    gateway.groups = ['g']
    const alice = create('alice', { deviceInfo: 'a test', token: 'credential' })
    const session = await alice.open()
    expect(session).toMatchObject({
      state: 'connected',
      resumed: false,
      employee_id: 'alice',
      groups: [{ group_id: 'g' }],
    })
    expect(gateway.seen('auth.bind')[0]?.input).toEqual({
      employee_id: 'alice',
      device_info: 'a test',
      token: 'credential',
    })
    expect(broker.connects).toEqual([{ clientId: alice.clientId, clean: false }])
  })

  it('makes requests wait until the session is bound', async () => {
    const { gateway, create } = await startWorld()
    gateway.on('org.tree', () => ({ version: 1 }))
    gateway.first('auth.bind', () => refuse(503, 'database_unavailable'), 3)
    const alice = create('alice')
    const answer = alice.org.tree()
    await alice.open()
    await expect(answer).resolves.toEqual({ version: 1 })
    expect(gateway.requests.map(({ action }) => action).indexOf('org.tree')).toBeGreaterThanOrEqual(4)
  })

  it('keeps trying while the broker is away, and says why when asked to wait no longer', async () => {
    const { broker, create } = await startWorld()
    await broker.down()
    const alice = create('alice')
    const error = await alice.open({ timeoutMs: 1000 }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotConnectedError)
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') })
    await expect(alice.open({ signal: AbortSignal.abort('stop') })).rejects.toMatchObject({ name: 'AbortedError' })
    await broker.up()
    await expect(alice.open()).resolves.toMatchObject({ state: 'connected' })
  })

  it('gives up at once when the credentials are refused', async () => {
    const { broker, create } = await startWorld()
    broker.refuseWith = 4
    const alice = create('alice')
    const errors = record(alice, 'error')
    await expect(alice.open()).rejects.toMatchObject({ name: 'NotConnectedError', returnCode: 4 })
    expect(errors.all).toMatchObject([{ name: 'NotConnectedError', returnCode: 4 }])
    await expect(alice.org.tree()).rejects.toMatchObject({ name: 'ClientClosedError', cause: { returnCode: 4 } })
    await expect(alice.open()).rejects.toBeInstanceOf(ClientClosedError)
  })

  it('gives up when the gateway refuses the session', async () => {
    const { broker, gateway } = await startWorld()
    gateway.on('auth.bind', () => refuse(401, 'bad_credentials'))
    const credentials = { employee_id: 'alice', mqtt_connection: broker.connectionOf('alice') }
    const error = await connect(credentials, { timing: FAST }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RequestRejectedError)
    expect(error).toMatchObject({ reason: 'bad_credentials' })
  })

  it('gives up after some refusals when it was connected before', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    const errors = record(alice, 'error')
    broker.refuseWith = 5
    broker.cut()
    expect(await errors.find()).toMatchObject({ returnCode: 5 })
    await expect(alice.org.tree()).rejects.toBeInstanceOf(ClientClosedError)
  })

  it('begins again when the broker refuses the responses', async () => {
    const { broker, create } = await startWorld()
    broker.refusals.set('mchat/msg/resp/alice_node_1/+', 1)
    const alice = create('alice', { clientId: 'alice_node_1' })
    const errors = record(alice, 'error')
    await alice.open()
    expect(errors.all).toMatchObject([{ name: 'SubscriptionRefusedError' }])
    expect(broker.connects).toHaveLength(2)
  })

  it('refuses what cannot make a connection', async () => {
    const { broker } = await startWorld()
    const connection = broker.connectionOf('alice')
    expect(() => createClient({ ...connection, client_id: 'bob_web_1' }, { employeeId: 'alice' })).toThrow(
      /does not belong/,
    )
    expect(() => createClient({ ...connection, mqtt_username: '?' })).toThrow(/pass employeeId/)
    expect(() => createClient(connection, { device: 'my_phone' })).toThrow(/device/)
    expect(() => createClient({ ...connection, service_id: 'A/b' })).toThrow(/service_id/)
    expect(() => createClient(connection, { transport: 'websocket' })).toThrow(/ws_url/)
  })

  it('finds out whose connection it is', async () => {
    const { broker } = await startWorld()
    const connection = broker.connectionOf('alice@tenant')
    expect(createClient(connection).employeeId).toBe('alice')
    expect(createClient({ ...connection, client_id: 'emp_7_web_x' }).employeeId).toBe('emp_7')
    expect(createClient({ ...connection, client_id_scheme: 'emp_8_{device_id}_{uuid}' }).employeeId).toBe('emp_8')
    expect(createClient(connection, { employeeId: 'emp_9' }).employeeId).toBe('emp_9')
  })
})

describe('over WebSocket', () => {
  it('uses the ws_url', async () => {
    const { broker, gateway } = await startWorld()
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/mqtt', handleProtocols: () => 'mqtt' })
    server.on('connection', (socket) => broker.aedes.handle(createWebSocketStream(socket), undefined as never))
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const connection = broker.connectionOf('alice', { broker_port: 1, ws_url: `ws://127.0.0.1:${port}/mqtt` })
    const alice = await connect(connection, { transport: 'websocket', timing: FAST })
    const messages = record(alice, 'message')
    await gateway.inbox('alice', gateway.message('bob', 'hi'))
    expect(await messages.find()).toMatchObject({ content: 'hi' })
    await alice.close()
    server.close()
  })
})

describe('the client_id', () => {
  const folders: string[] = []
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  })

  it('is made once and kept, so that the offline queue comes back', async () => {
    const { gateway, join, create } = await startWorld()
    const store = memoryStore()
    const before = await join('emp_1', { store })
    const { clientId } = before
    expect(clientId).toMatch(/^emp_1_node_[a-z2-7]{26}$/)
    await before.close()
    await gateway.inbox('emp_1', gateway.message('bob', 'while away'))

    const after = create('emp_1', { store })
    const messages = record(after, 'message')
    const session = record(after, 'session')
    expect(await after.open()).toMatchObject({ resumed: true })
    expect(after.clientId).toBe(clientId)
    expect(await messages.find()).toMatchObject({ content: 'while away' })
    expect(session.all.some(({ state }) => state === 'gap')).toBe(false)
  })

  it('is another one for another device or employee in the same store', async () => {
    const { join } = await startWorld()
    const store = memoryStore()
    const ids = new Set<unknown>()
    ids.add((await join('emp_1', { store, device: 'phone' })).clientId)
    ids.add((await join('emp_1', { store, device: 'desk' })).clientId)
    ids.add((await join('emp_2', { store })).clientId)
    expect(ids.size).toBe(3)
  })

  it('is the one of the mqtt_connection, or of the options', async () => {
    const { broker, create } = await startWorld()
    const given = createClient(broker.connectionOf('emp_1', { client_id: 'emp_1_web_x' }), { timing: FAST })
    await given.open()
    expect(given.clientId).toBe('emp_1_web_x')
    await given.close()
    const chosen = create('emp_1', { clientId: 'emp_1_web_y' })
    await chosen.open()
    expect(chosen.clientId).toBe('emp_1_web_y')
  })

  it('is not shared by two tabs of one browser', async () => {
    const { create } = await startWorld()
    const claimed = new Set<string>()
    const values = memoryStore()
    const tab = (): DeviceStore => ({
      ...values,
      claim: async (name) => {
        if (claimed.has(name)) return undefined
        claimed.add(name)
        return () => void claimed.delete(name)
      },
    })
    const [first, second] = [create('alice', { store: tab() }), create('alice', { store: tab() })]
    await first.open()
    await second.open()
    expect(second.clientId).not.toBe(first.clientId)
    await first.close()
    const third = create('alice', { store: tab() })
    expect(await third.open()).toMatchObject({ resumed: true })
    expect(third.clientId).toBe(first.clientId)

    await create('alice', { store: tab(), clientId: 'alice_fixed_1' }).open()
    await expect(create('alice', { store: tab(), clientId: 'alice_fixed_1' }).open()).rejects.toThrow(/elsewhere/)
  })

  it('is kept in a file by fileStore', async () => {
    const { join } = await startWorld()
    const folder = await mkdtemp(joinPath(tmpdir(), 'mchat-sdk-'))
    folders.push(folder)
    const path = joinPath(folder, 'deep', 'device.json')
    const before = await join('alice', { store: fileStore(path) })
    await before.msg.sendPrivate({ to_employee_id: 'bob', content: '1' })
    await before.close()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await readFile(path, 'utf8')).toContain(before.clientId)
    const after = await join('alice', { store: fileStore(path) })
    expect(after.clientId).toBe(before.clientId)
  })

  it('survives a store that fails, which is reported', async () => {
    const { create } = await startWorld()
    const broken = (): never => {
      throw new Error('disk full')
    }
    const alice = create('alice', { store: { get: broken, set: broken, delete: broken } })
    const errors = record(alice, 'error')
    await alice.open()
    expect(errors.all[0]).toMatchObject({ name: 'DeviceStoreError', cause: { message: 'disk full' } })
  })
})

describe('a lost connection', () => {
  it('is reported and comes back by itself', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    const session = record(alice, 'session')
    const back = session.next(isConnected)
    broker.cut()
    expect(await back).toMatchObject({ resumed: true })
    expect(session.all.map(({ state }) => state)).toEqual(['connected', 'disconnected', 'connected'])
  })

  it('brings what was queued meanwhile', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    const messages = record(alice, 'message')
    const session = record(alice, 'session')
    const gone = session.next(isDisconnected)
    await broker.down()
    await gone
    for (const content of ['1', '2']) await gateway.inbox('alice', gateway.message('bob', content))
    await broker.up()
    await messages.find(({ content }) => content === '2')
    expect(messages.all.map(({ content }) => content)).toEqual(['1', '2'])
  })

  it('with a lost session is a gap, also across a restart', async () => {
    const { broker, join, create } = await startWorld()
    const store = memoryStore()
    const alice = await join('alice', { store })
    const session = record(alice, 'session')
    const gone = session.next(isDisconnected)
    const gap = session.next(({ state }) => state === 'gap')
    await broker.down()
    await gone
    await broker.up()
    await broker.loseSession(String(alice.clientId))
    expect(await gap).toEqual({ state: 'gap', reason: 'session_lost' })
    await session.find(isConnected)

    await alice.close()
    await broker.loseSession(String(alice.clientId))
    const again = create('alice', { store })
    const afterRestart = record(again, 'session')
    await again.open()
    expect(afterRestart.all.map(({ state }) => state)).toEqual(['gap', 'connected'])
  })

  it('is followed by growing pauses while it keeps being lost', async () => {
    const { broker, join } = await startWorld()
    const timing = { stableMs: 60_000, reconnect: { minMs: 20, baseMs: 0, maxMs: 0 } }
    const alice = await join('alice', { timing })
    const session = record(alice, 'session')
    for (let i = 0; i < 3; i += 1) {
      const startedAt = performance.now()
      const back = session.next(isConnected)
      broker.cut()
      await back
      expect(performance.now() - startedAt).toBeGreaterThanOrEqual(19)
    }
  })
})

describe('the end', () => {
  it('is orderly, and for good', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    const session = record(alice, 'session')
    await alice.close()
    await alice.close()
    expect(session.all.at(-1)).toMatchObject({ state: 'disconnected' })
    await expect(alice.open()).rejects.toBeInstanceOf(ClientClosedError)
    expect(broker.connects).toHaveLength(1)
  })

  it('comes while connecting, too', async () => {
    const { broker, create } = await startWorld()
    await broker.down()
    const alice = create('alice')
    const opening = alice.open().catch((reason: unknown) => reason)
    await alice.close()
    expect(await opening).toBeInstanceOf(ClientClosedError)
  })

  it('follows a logout, which would otherwise be undone by the next session', async () => {
    const { broker, gateway, join } = await startWorld()
    const store = memoryStore()
    const alice = await join('alice', { store })
    gateway.on('auth.logout', () => ({}))
    const gone = record(alice, 'session').next(isDisconnected)
    await alice.auth.logout()
    await gone
    await expect(alice.org.tree()).rejects.toBeInstanceOf(ClientClosedError)
    await alice.close()
    await broker.loseSession(String(alice.clientId))
    const again = await join('alice', { store })
    expect(record(again, 'session').all.map(({ state }) => state)).toEqual(['connected'])
  })
})
