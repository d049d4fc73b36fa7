import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { OutputOf } from '../../schema/src/index.ts'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import type { Device } from '../kit/device.ts'

const POLL = { interval: 200 }

describe.skipIf(clusterMissing !== '')(`what several gateways count${clusterMissing}`, () => {
  const overview = async ({ gateway }: Cluster): Promise<OutputOf<'stats.overview'>> =>
    await (await gateway.office).call('stats.overview', { resolution: 'minute' })
  const sum = async (cluster: Cluster, field: 'messages' | 'group_messages'): Promise<number> =>
    (await overview(cluster)).series.reduce((total, point) => total + point[field], 0)
  const status = (device: Device, status: 'online' | 'offline') =>
    device.publish(
      device.topics.status(device.employeeId),
      JSON.stringify({ status, updated_at: new Date().toISOString() }),
      { retain: true },
    )

  test('is added up, each message once, whichever of them has had it', async () => {
    await using cluster = await startCluster(2)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const { group_id, owner } = await cluster.gateway.foundGroup({ members: [ann, bob], name: 'Busy' })
    const [from, ofOwner] = [await ann.connect(), await owner.connect()]
    for (let i = 0; i < 12; i++) await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
    for (let i = 0; i < 7; i++) await ofOwner.call('msg.send_group', { group_id, content: 'hello' })
    const refused = await from.request('msg.send_private', { to_employee_id: 'nobody', content: 'hello' })
    expect(refused.reason).toBe('employee_not_found')
    await expect.poll(() => sum(cluster, 'messages'), POLL).toBe(19)
    const { errors, latency, now, top_groups } = await overview(cluster)
    expect(top_groups).toEqual([{ group_id, name: 'Busy', messages: 7 }])
    expect(errors).toContainEqual({ key: 'employee_not_found', count: 1 })
    expect(latency.messages.count).toBe(20)
    expect(latency.messages.p50_ms).toBeGreaterThan(0)
    expect(now.gateways.map(({ connections, state }) => [connections, state])).toEqual([
      [null, 'ready'],
      [null, 'ready'],
    ])
    await from.call('msg.send_private', { to_employee_id: bob.id, content: 'one more' })
    await expect.poll(() => sum(cluster, 'messages'), POLL).toBe(20)
    const counted = await cluster.database.kysely.selectFrom('gateway_report').select('number').execute()
    expect(counted.every(({ number }) => number > 0)).toBe(true)
  })

  test('tells who is online by what they say of themselves', async () => {
    await using cluster = await startCluster(2)
    const ann = await (await cluster.gateway.hire()).connect()
    const bot = await (await cluster.gateway.hire({ is_ai_agent: true })).connect()
    const online = async () => (await overview(cluster)).now.online
    await Promise.all([status(ann, 'online'), status(bot, 'online')])
    await expect.poll(online, POLL).toEqual({ people: 1, agents: 1, by: 'status' })
    await status(ann, 'offline')
    await expect.poll(online, POLL).toEqual({ people: 0, agents: 1, by: 'status' })
  })

  test('survives the death of one of them, which is told', async () => {
    await using cluster = await startCluster(1)
    await using doomed = await cluster.startProcess()
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const from = await ann.connect()
    const send = async (times: number) => {
      for (let i = 0; i < times; i++) {
        await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' }, { timeoutMs: 30_000 })
      }
    }
    await send(20)
    await expect.poll(() => sum(cluster, 'messages'), POLL).toBe(20)
    const running = (await overview(cluster)).now.gateways
    expect(running.map(({ state }) => state)).toEqual(['ready', 'ready'])
    doomed.kill('SIGKILL')
    await doomed.finished
    await send(10)
    await expect.poll(() => sum(cluster, 'messages'), POLL).toBe(30)
    // As if it had been silent for longer: nobody else writes its row.
    await sql`update gateway_report set reported_at = reported_at - interval '20 seconds'
      where instance like ${`%-${doomed.pid}-%`}`.execute(cluster.database.kysely)
    const lost = () =>
      overview(cluster).then(({ attention }) => attention.filter(({ kind }) => kind === 'gateway_lost'))
    await expect
      .poll(lost, POLL)
      .toEqual([{ kind: 'gateway_lost', id: expect.stringContaining(`-${doomed.pid}-`), since: expect.any(String) }])
    expect((await overview(cluster)).series.reduce((total, point) => total + point.messages, 0)).toBe(30)
  })

  test('is complete when one of them has stopped in order, and that one is not missed', async () => {
    await using cluster = await startCluster(2)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const from = await ann.connect()
    for (let i = 0; i < 10; i++) await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
    await cluster.others[0]?.close()
    await expect.poll(() => sum(cluster, 'messages'), POLL).toBe(10)
    const { attention, now } = await overview(cluster)
    expect(now.gateways).toHaveLength(1)
    expect(attention.filter(({ kind }) => kind === 'gateway_lost')).toEqual([])
  })
})
