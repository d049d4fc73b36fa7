import mqtt from 'mqtt'
import { describe, expect, it } from 'vitest'
import type { Status } from '../src/index.ts'
import type { TestBroker } from './kit/broker.ts'
import { record, startWorld } from './kit/world.ts'

/** What somebody who subscribes now is told about an employee. */
const retained = async (broker: TestBroker, employeeId: string): Promise<Status | undefined> => {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 })
  try {
    let status: Status | undefined
    client.on('message', (_topic, payload) => {
      status = JSON.parse(payload.toString()) as Status
    })
    await client.subscribeAsync(`mchat/status/${employeeId}`, { qos: 1 })
    // A retained message follows its SUBACK; a round trip later it is here.
    await client.subscribeAsync('mchat/nothing', { qos: 1 })
    return status
  } finally {
    await client.endAsync()
  }
}

describe('presence', () => {
  it('is online with the connection and offline after an orderly end', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'online', device: alice.clientId })
    await alice.close()
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'offline' })
  })

  it('is offline by will when the connection breaks, with the time of its own online', async () => {
    const { broker, join } = await startWorld()
    await join('alice', { timing: { reconnect: { minMs: 60_000, baseMs: 0, maxMs: 0 } } })
    const bob = await join('bob')
    const statuses = record(bob, 'status')
    bob.watchStatus('alice')
    const online = await statuses.find(({ employee_id }) => employee_id === 'alice')
    expect(online.status).toBe('online')
    const [alice] = broker.connects
    const offline = statuses.next(({ employee_id }) => employee_id === 'alice')
    broker.cut(alice?.clientId)
    expect(await offline).toEqual({ ...online, status: 'offline' })
  })

  it('comes back when another device of the same employee went away', async () => {
    const { broker, join } = await startWorld()
    const desk = await join('alice', { device: 'desk' })
    const phone = await join('alice', { device: 'phone' })
    const seen = record(desk, 'status')
    const healed = seen.next(({ status, device }) => status === 'online' && device === desk.clientId)
    await phone.close()
    await healed
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'online', device: desk.clientId })
  })

  it('ignores the late will of a connection that was replaced', async () => {
    const { broker, join } = await startWorld()
    const bob = await join('bob')
    const statuses = record(bob, 'status')
    bob.watchStatus('alice')
    const topic = 'mchat/status/alice'
    const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`
    await broker.publish(topic, { status: 'online', updated_at: at(5), device: 'd' }, { retain: true })
    await statuses.find(({ employee_id }) => employee_id === 'alice')
    await broker.publish(topic, { status: 'offline', updated_at: at(1), device: 'd' }, { retain: true })
    await broker.publish(topic, { status: 'offline', updated_at: at(5), device: 'd' }, { retain: true })
    await statuses.find(({ status }) => status === 'offline')
    const alice = statuses.all.filter(({ employee_id }) => employee_id === 'alice')
    expect(alice.map(({ status, updated_at }) => `${status} ${updated_at}`)).toEqual([
      `online ${at(5)}`,
      `offline ${at(5)}`,
    ])
  })

  it('believes clients that do not name their device', async () => {
    const { broker, join } = await startWorld()
    const bob = await join('bob')
    const statuses = record(bob, 'status')
    bob.watchStatus('old')
    await broker.publish(
      'mchat/status/old',
      { status: 'online', updated_at: '2026-01-01T00:00:05.000Z' },
      { retain: true },
    )
    await broker.publish(
      'mchat/status/old',
      { status: 'offline', updated_at: '2026-01-01T00:00:01.000Z' },
      { retain: true },
    )
    await statuses.find(({ employee_id, status }) => employee_id === 'old' && status === 'offline')
  })

  it('can be set, and stays so over a reconnect', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    await alice.setPresence('offline')
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'offline' })
    const back = record(alice, 'session').next(({ state }) => state === 'connected')
    broker.cut()
    await back
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'offline' })
    await alice.setPresence('online')
    expect(await retained(broker, 'alice')).toMatchObject({ status: 'online' })
  })

  it('is watched for one or for all without overlapping filters', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice')
    const filters = (): string[] =>
      broker.subscribes.flatMap((subscribe) => subscribe.filters.filter((f) => f.includes('/status/')))
    const gone = (): string[] => broker.unsubscribed.map(({ filter }) => filter)
    const stopBob = alice.watchStatus('bob')
    alice.watchStatus('bob')
    await expect.poll(filters).toEqual(['mchat/status/alice', 'mchat/status/bob'])
    stopBob()
    stopBob()
    const stopAll = alice.watchStatus()
    await expect.poll(filters).toEqual(['mchat/status/alice', 'mchat/status/bob', 'mchat/status/+'])
    expect(gone().sort()).toEqual(['mchat/status/alice', 'mchat/status/bob'])
    stopAll()
    await expect.poll(() => filters().slice(3)).toEqual(['mchat/status/alice', 'mchat/status/bob'])
    expect(gone()).toContain('mchat/status/+')
  })

  it('is neither published nor left as a will when it is switched off', async () => {
    const { broker, join } = await startWorld()
    const alice = await join('alice', { presence: false })
    await alice.close()
    expect(await retained(broker, 'alice')).toBeUndefined()
  })
})
