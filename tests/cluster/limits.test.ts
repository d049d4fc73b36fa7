import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LIMITS } from '../../schema/src/index.ts'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import type { Device } from '../kit/device.ts'

const DEVICES = 20
const SECONDS = 8
/** Requests at one time, of all devices. */
const ROUND_MS = 100

type Answer = Awaited<ReturnType<Device['request']>>

describe.skipIf(clusterMissing !== '')(`limits over three gateways${clusterMissing}`, () => {
  let cluster: Cluster
  beforeAll(async () => {
    const limits = { sessionsPerEmployee: DEVICES, changesPerSecondPerEmployee: 10 }
    cluster = await startCluster(3, { config: { rateLimit: true, limits } })
  }, 60_000)
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  /** Asks from all devices in turn, so often a second, whatever the answers. Answers how many were let in and refused. */
  const flood = async (devices: readonly Device[], perSecond: number, ask: (device: Device) => Promise<Answer>) => {
    const asked: Promise<Answer>[] = []
    const started = performance.now()
    while (performance.now() - started < SECONDS * 1000) {
      const due = Math.floor(((performance.now() - started) / 1000) * perSecond)
      while (asked.length < due) asked.push(ask(devices[asked.length % devices.length] as Device))
      await sleep(ROUND_MS)
    }
    const answers = await Promise.all(asked)
    return {
      done: answers.filter(({ code }) => code === 0).length,
      refused: answers.filter(({ code }) => code === 429).length,
      seconds: (performance.now() - started) / 1000,
      other: answers.filter(({ code }) => code !== 0 && code !== 429).map(({ reason }) => reason),
    }
  }
  const asks = (device: Device, action: string): Promise<Answer> => device.request(action, {}, { timeoutMs: 20_000 })

  test('T65: the budget of an employee is one, however many devices and gateways it is asked by', {
    timeout: 60_000,
  }, async () => {
    const { gateway } = cluster
    const [greedy, modest] = [await gateway.hire(), await gateway.hire()]
    const devices: Device[] = []
    for (let i = 0; i < DEVICES; i++) devices.push(await greedy.connect({ device: `d${i}` }))
    const bystander = await modest.connect()
    const rate = LIMITS.requestsPerSecondPerEmployee
    const others = flood([bystander], 10, (device) => asks(device, 'config.server'))
    const { done, refused, seconds, other } = await flood(devices, 4 * rate, (device) => asks(device, 'session.list'))
    expect(other).toEqual([])
    expect(refused).toBeGreaterThan(0)
    expect(done).toBeLessThanOrEqual(1.2 * (rate * seconds + LIMITS.requestBurstPerClient))
    expect(done).toBeGreaterThanOrEqual(0.5 * rate * SECONDS)
    expect(await others).toMatchObject({ refused: 0, other: [] })
  })

  test('what one device may ask for is one budget, too', { timeout: 60_000 }, async () => {
    const device = await (await cluster.gateway.hire()).connect()
    const rate = LIMITS.requestsPerSecondPerClient
    // No more than what is answered at once when it is refused.
    const { done, refused, seconds } = await flood([device], 2.5 * rate, (one) => asks(one, 'session.list'))
    expect(refused).toBeGreaterThan(0)
    expect(done).toBeLessThanOrEqual(1.2 * (rate * seconds + LIMITS.requestBurstPerClient))
    expect(done).toBeGreaterThanOrEqual(0.5 * rate * SECONDS)
  })
})
