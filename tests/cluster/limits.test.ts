import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import type { Device } from '../kit/device.ts'

const DEVICES = 20
/** A second, and so few that a busy machine gets to more. */
const OF_EMPLOYEE = 10
const OF_DEVICE = 5
const BURST = 30
const SECONDS = 8
/** How many requests of one device are under way at a time: no more than are answered at once when they are refused. */
const LANES = 5

type Answer = Awaited<ReturnType<Device['request']>>

describe.skipIf(clusterMissing !== '')(`limits over three gateways${clusterMissing}`, () => {
  let cluster: Cluster
  beforeAll(async () => {
    const limits = {
      sessionsPerEmployee: DEVICES,
      requestsPerSecondPerEmployee: OF_EMPLOYEE,
      requestsPerSecondPerClient: OF_DEVICE,
      requestBurstPerClient: BURST,
    }
    cluster = await startCluster(3, { config: { rateLimit: true, limits } })
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  /**
   * Several ask at the same time, each so often a second at most and the next one when the last is answered: what a busy
   * machine has not come to cannot pile up until it is refused without an answer.
   */
  const flood = async (askers: readonly Device[], perSecond: number, ask: (device: Device) => Promise<Answer>) => {
    const answers: Answer[] = []
    const started = performance.now()
    const elapsed = (): number => performance.now() - started
    const askOnAndOn = async (device: Device): Promise<void> => {
      while (elapsed() < SECONDS * 1000) {
        const [answer] = await Promise.all([ask(device), sleep(1000 / perSecond)])
        answers.push(answer)
      }
    }
    await Promise.all(askers.map(askOnAndOn))
    return {
      done: answers.filter(({ code }) => code === 0).length,
      refused: answers.filter(({ code }) => code === 429).length,
      seconds: elapsed() / 1000,
      other: answers.filter(({ code }) => code !== 0 && code !== 429).map(({ reason }) => reason),
    }
  }
  const asks = (device: Device, action: string): Promise<Answer> => device.request(action, {}, { timeoutMs: 20_000 })

  test('T65: the budget of an employee is one, however many devices and gateways it is asked by', async () => {
    const { gateway } = cluster
    const [greedy, modest] = [await gateway.hire(), await gateway.hire()]
    const devices: Device[] = []
    for (let i = 0; i < DEVICES; i++) devices.push(await greedy.connect({ device: `d${i}` }))
    const bystander = await modest.connect()
    const others = flood([bystander], 3, (device) => asks(device, 'config.server'))
    const { done, refused, seconds, other } = await flood(devices, 10, (device) => asks(device, 'session.list'))
    expect(other).toEqual([])
    expect(refused).toBeGreaterThan(0)
    expect(done).toBeLessThanOrEqual(1.2 * (OF_EMPLOYEE * seconds + BURST))
    expect(done).toBeGreaterThanOrEqual(0.5 * Math.min(OF_EMPLOYEE * SECONDS, done + refused))
    expect(await others).toMatchObject({ refused: 0, other: [] })
  })

  test('what one device may ask for is one budget, too', async () => {
    const device = await (await cluster.gateway.hire()).connect()
    const lanes = Array<Device>(LANES).fill(device)
    const { done, refused, seconds } = await flood(lanes, 10, (one) => asks(one, 'session.list'))
    expect(refused).toBeGreaterThan(0)
    expect(done).toBeLessThanOrEqual(1.2 * (OF_DEVICE * seconds + BURST))
    expect(done).toBeGreaterThanOrEqual(0.5 * Math.min(OF_DEVICE * SECONDS, done + refused))
  })
})
