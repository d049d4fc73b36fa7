import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../../kit/cluster.ts'
import type { Device } from '../../kit/device.ts'
import type { TestGateway } from '../../kit/gateway.ts'
import { createTestClock } from '../../kit/test-clock.ts'
import { newCanary } from '../attacker.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const LIFE_S = 8

/** Three gateways, of whose clocks one is an hour fast and one an hour slow. */
describe.skipIf(clusterMissing !== '')(`clocks that differ on Mosquitto${clusterMissing}`, () => {
  let cluster: Cluster
  let gateway: TestGateway
  beforeAll(async () => {
    cluster = await startCluster(1, { config: { limits: { sessionDays: LIFE_S / 86_400 } } })
    gateway = cluster.gateway
    for (const skew of [HOUR_MS, -HOUR_MS]) {
      const clock = createTestClock()
      clock.advance(skew)
      await gateway.startAnother({}, clock)
    }
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  /** Each gateway gets three, whoever begins. */
  const codes = async (ask: () => Promise<{ readonly code: number }>): Promise<number[]> => {
    const found: number[] = []
    while (found.length < 9) found.push((await ask()).code)
    return [...new Set(found)]
  }
  const databaseTime = async (): Promise<number> => {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(cluster.database.kysely)
    return rows[0]?.now.getTime() ?? 0
  }
  const expiryOf = async (device: Device): Promise<Date | undefined> => {
    const { kysely } = cluster.database
    const row = kysely.selectFrom('client_session').select('expires_at').where('client_id', '=', device.clientId)
    return (await row.executeTakeFirst())?.expires_at
  }

  test('T71: what is sent has the time of the database, and a challenge its life, on every gateway', async () => {
    const [ann, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
    const before = await databaseTime()
    const times: number[] = []
    for (let i = 0; i < 9; i++) {
      const { sent_at } = await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'x' })
      times.push(Date.parse(sent_at))
    }
    const after = await databaseTime()
    for (const time of times) {
      expect(time).toBeGreaterThan(before - MINUTE_MS)
      expect(time).toBeLessThan(after + MINUTE_MS)
    }
    for (let i = 0; i < 3; i++) {
      const { group_id } = await ann.call('group.create', { name: 'Release', member_ids: [] })
      const { expires_at } = await ann.call('auth.challenge', { for_action: 'group.dismiss', for_target: group_id })
      expect(Math.abs(Date.parse(expires_at) - (await databaseTime()) - 300_000)).toBeLessThan(MINUTE_MS)
      await ann.confirm('group.dismiss', { group_id })
    }
  })

  test('T33, T71: a session lives as long as it should on each of them, and then on none', async () => {
    const person = await gateway.hire()
    const friend = await gateway.hire()
    const device = await person.connect()
    expect(await codes(() => device.request('config.server'))).toEqual([0])
    // Nobody uses it from here on.
    await expect.poll(async () => ((await expiryOf(device))?.getTime() ?? 0) < (await databaseTime())).toBe(true)
    const refused = new Set<unknown>()
    for (let i = 0; i < 9 && !device.isClosed; i++) {
      const answer = await device.request('config.server').catch(() => undefined)
      if (answer !== undefined) refused.add(answer.code)
    }
    expect([...refused].filter((code) => code !== 401)).toEqual([])
    await device.closed
    const sender = await friend.connect()
    const content = newCanary()
    await sender.call('msg.send_private', { to_employee_id: person.id, content })
    await sender.call('msg.send_private', { to_employee_id: friend.id, content })
    await sender.inbox.next((message) => message.json.content === content)
    expect(device.received.filter(({ text }) => text.includes(content))).toEqual([])
  })
})
