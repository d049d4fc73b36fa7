import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../../kit/cluster.ts'
import type { Device } from '../../kit/device.ts'
import type { TestGateway } from '../../kit/gateway.ts'
import { GATEWAYS } from '../../kit/on-every-broker.ts'
import type { Login } from '../../kit/person.ts'
import { RawClient } from '../../kit/raw-client.ts'
import { connectPacket, subscribePacket } from '../../kit/raw-packets.ts'
import { chatWhile, connectRaw, expectAlive } from '../attacker.ts'

/** The broker is not ours: what is asserted is what it costs the others, and what it lets in. */
describe.skipIf(clusterMissing !== '')(`floods on Mosquitto${clusterMissing}`, () => {
  let cluster: Cluster
  let gateway: TestGateway
  let alice: Device
  let bob: Device
  beforeAll(async () => {
    cluster = await startCluster(GATEWAYS, { config: { rateLimit: true, limits: { refusalsPerSecondPerClient: 2 } } })
    gateway = cluster.gateway
  })
  beforeEach(async () => {
    alice = await (await gateway.hire()).connect()
    bob = await (await gateway.hire()).connect()
  })
  afterEach(() => expectAlive(alice, bob))
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  test('T35: guessed tokens are refused, of who is there and of who is not, and the right one works meanwhile', async () => {
    const login = await (await gateway.hire()).login()
    const guess = async (fields: Login): Promise<number | undefined> => {
      await using raw = await RawClient.open(gateway.mqttPort)
      return await raw.connect(fields)
    }
    const guesses = Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const codes: (number | undefined)[] = []
        for (let at = 0; at < 20; at++) {
          // Of the right form, and nearly right.
          const guessed = `${login.password.slice(0, -2)}${i}${at % 10}`
          const password = guessed === login.password ? `${guessed.slice(0, -1)}A` : guessed
          codes.push(await guess({ ...login, password }))
          codes.push(await guess({ username: `nobody${i}_web_1`, clientId: `nobody${i}_web_1`, password }))
        }
        return codes
      }),
    )
    expect(await chatWhile(alice, bob, guesses, 100)).toBeGreaterThan(0)
    expect(new Set((await guesses).flat())).toEqual(new Set([5]))
    expect(await guess(login)).toBe(0)
  })

  test('T66: half-open and slow connections keep nobody out', async () => {
    const eve = await gateway.hire()
    const opened: RawClient[] = []
    for (let i = 0; i < 500; i++) opened.push(await RawClient.open(gateway.mqttPort))
    const connect = connectPacket({ clientId: eve.clientId(), username: eve.id, password: eve.secret })
    for (const raw of opened.slice(0, 100)) await raw.write(connect.subarray(0, connect.length - 1))
    await using legitimate = await connectRaw(gateway, eve, { device: 'real' })
    expect(await legitimate.ping()).toBe(true)
    expect(opened.every(({ isClosed }) => !isClosed)).toBe(true)
    for (const raw of opened) await raw[Symbol.asyncDispose]()
  })

  test('T68: a flood of requests is answered so far and no further, and costs the others little', async () => {
    const eve = await gateway.hire()
    const flooding = await eve.connect()
    const sent: string[] = []
    const flood = async (): Promise<void> => {
      for (let round = 0; round < 20; round++) {
        const burst = Array.from({ length: 100 }, () => flooding.send('employee.create', { name: 'x' }))
        sent.push(...(await Promise.all(burst)))
      }
    }
    await chatWhile(alice, bob, flood(), 100)
    expect(sent).toHaveLength(2000)
    // Room again, which is when everything before it has been dealt with.
    const isAnswered = () =>
      flooding.request('config.server', {}, { timeoutMs: 3000 }).then(
        ({ code }) => code === 0,
        () => false,
      )
    await expect.poll(isAnswered).toBe(true)
    const codes = flooding.received
      .filter(({ json }) => sent.includes(String(json.seq_id)))
      .map(({ json }) => json.code)
    // What its budget lets in is answered 403, and refusals past the limit are so few that it can wait for the rest forever.
    expect(codes.filter((code) => code === 403).length).toBeGreaterThan(0)
    expect(codes.filter((code) => code === 429).length).toBeGreaterThan(0)
    expect(codes.length).toBeLessThan(1000)
    expect(codes.filter((code) => code !== 403 && code !== 429)).toEqual([])
  })

  test('T69: many subscriptions are granted what is theirs, and cost the others little', async () => {
    const eve = await gateway.hire()
    await using raw = await connectRaw(gateway, eve)
    const levels = (count: number): string => Array(count).fill('x').join('/')
    const flood = async (): Promise<number[]> => {
      const granted: number[] = []
      for (let i = 0; i < 10_000; i += 1000) {
        const filters = Array.from({ length: 1000 }, (_, at) => `mchat/inbox/e${i + at}/${levels(1 + (at % 50))}`)
        await raw.write(subscribePacket(filters, 1))
        granted.push(...((await raw.next('suback'))?.body.subarray(2) ?? []))
      }
      return granted
    }
    const flooded = flood()
    await chatWhile(alice, bob, flooded, 100)
    expect(new Set(await flooded)).toEqual(new Set([128]))
    await raw.write(subscribePacket([`mchat/inbox/${levels(1000)}`], 1))
    expect([128, undefined]).toContain((await raw.next('suback'))?.body[2])
  })
})
