import { expect, test } from 'vitest'
import { LOOPBACK_AGENTS, reply, startWebhookAgent } from '../../../tests/agents/webhook-agent.ts'
import { onEveryDatabase } from '../../../tests/kit/on-every-database.ts'
import { sharedGateway } from '../../../tests/kit/shared-gateway.ts'

const POLL = { interval: 200 }

onEveryDatabase('what a gateway with a broker of its own counts', (kind) => {
  const shared = sharedGateway(kind, { config: LOOPBACK_AGENTS })
  const overview = async () => (await shared.current.office).call('stats.overview', { resolution: 'minute' })
  const sum = async (field: 'messages' | 'agent_messages' | 'agent_calls' | 'agent_failures'): Promise<number> =>
    (await overview()).series.reduce((total, point) => total + point[field], 0)

  test('are calls of agents, what they say, and what goes wrong', async () => {
    const gateway = shared.current
    await using agent = await startWebhookAgent(gateway)
    const device = await (await gateway.hire()).connect()
    const before = await sum('messages')
    const ask = () => device.request('msg.send_private', { to_employee_id: agent.id, content: 'hello' })
    expect((await ask()).code).toBe(0)
    agent.answer((_call, response) => response.writeHead(500).end())
    expect((await ask()).reason).toBe('agent_failed')
    agent.answer((_call, response) => reply(response, { silent: true }))
    expect((await ask()).code).toBe(0)
    await expect.poll(() => sum('agent_calls'), POLL).toBe(3)
    expect([await sum('agent_failures'), await sum('agent_messages'), (await sum('messages')) - before]).toEqual([
      1, 1, 4,
    ])
    const { agent_errors, errors, latency } = await overview()
    expect(agent_errors).toEqual([{ key: 'http_error', count: 1 }])
    expect(errors).toContainEqual({ key: 'agent_failed', count: 1 })
    expect(latency.agent_answer).toMatchObject({ count: 2 })
    // The sender waited for the agent each time.
    expect(latency.messages.count).toBe(0)
  })

  test('are employees who are connected, each once however many devices they have', async () => {
    const gateway = shared.current
    const online = async () => (await overview()).now.online
    const ann = await gateway.hire()
    const bot = await gateway.hire({ is_ai_agent: true })
    await gateway.office
    await expect.poll(online, POLL).toMatchObject({ by: 'connections' })
    const { people, agents } = await online()
    const laptop = await ann.connect()
    const phone = await ann.connect({ device: 'phone' })
    // The same device once more, which ends its connection before.
    const again = await ann.connect({ device: 'phone' })
    await phone.closed
    await using agent = await bot.connect()
    const now = { people: (people ?? 0) + 1, agents: (agents ?? 0) + 1, by: 'connections' }
    await expect.poll(online, POLL).toEqual(now)
    await laptop.disconnect()
    await expect.poll(async () => (await overview()).now.gateways[0]?.connections, POLL).toBeGreaterThan(0)
    expect(await online()).toEqual(now)
    await again.cut()
    await expect.poll(online, POLL).toEqual({ ...now, people })
    expect(agent.employeeId).toBe(bot.id)
  })

  test('is numbers, and names of errors, agents and groups: nobody who writes, and nothing of what is said', async () => {
    const gateway = shared.current
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const { group_id, owner } = await gateway.foundGroup({ members: [ann, bob] })
    const [device, ofOwner] = [await ann.connect(), await owner.connect()]
    const canary = 'canary-of-what-is-said'
    await device.call('msg.send_private', { to_employee_id: bob.id, content: canary })
    await ofOwner.call('msg.send_group', { group_id, content: canary })
    await device.request(canary, { group_id: canary })
    await device.request('group.get', { group_id: canary })
    await device.request('msg.send_group', { group_id: canary, content: canary })
    const groups = async () => (await overview()).top_groups.map((group) => group.group_id)
    await expect.poll(groups, POLL).toEqual([group_id])
    const { kysely } = gateway.database
    const counts = await kysely.selectFrom('stat_count').selectAll().execute()
    const kept = JSON.stringify([counts, await kysely.selectFrom('gateway_report').selectAll().execute()])
    for (const secret of [canary, ann.id, bob.id, owner.id, device.clientId]) expect(kept).not.toContain(secret)
  })

  test('are there after a restart, and nobody is missed who has stopped in order', async () => {
    const gateway = shared.current
    const [ann, bob] = [await gateway.hire(), await gateway.hire()]
    const before = await sum('messages')
    const device = await ann.connect()
    await device.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
    await gateway.restart()
    const { attention, now } = await overview()
    expect(attention.filter(({ kind }) => kind === 'gateway_lost')).toEqual([])
    expect(now.gateways.length).toBeLessThanOrEqual(1)
    expect(await sum('messages')).toBe(before + 1)
  })
})
