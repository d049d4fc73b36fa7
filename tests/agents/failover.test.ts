import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import { startGateway } from '../kit/gateway.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { LOOPBACK_AGENTS, reply, startWebhookAgent } from './webhook-agent.ts'

describe.skipIf(clusterMissing !== '')(`a run of a gateway${clusterMissing}`, () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster(1, { config: LOOPBACK_AGENTS })
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  test('that dies is told to be failed by another one', async () => {
    const { gateway } = cluster
    await using agent = await startWebhookAgent(gateway, { response_timeout: 60 })
    const devices = []
    for (let i = 0; i < 4; i++) devices.push(await (await gateway.hire()).connect())
    agent.answer(() => undefined)
    await using doomed = await cluster.startProcess({ MCHAT_AGENT_ALLOW: '127.0.0.0/8' })
    // Requests go to the two in turn, so some of these are made by the one that dies.
    const asks = devices.flatMap((device) =>
      [1, 2].map(() => device.call('msg.send_private', { to_employee_id: agent.id, content: 'x', agent_wait: false })),
    )
    await Promise.all(asks)
    const rows = await cluster.database.kysely.selectFrom('agent_run').select(['run_id', 'instance']).execute()
    const instances = new Set(rows.map((row) => row.instance))
    expect(instances.size).toBe(2)
    doomed.kill('SIGKILL')
    const lost = async () => {
      const { runs } = await (await gateway.office).call('agent.runs', { employee_id: agent.id, state: 'failed' })
      return runs
        .filter(({ reason }) => reason === 'gateway_lost')
        .map(({ asker_id, run_id }) => ({ asker_id, run_id }))
    }
    await expect.poll(async () => (await lost()).length).toBeGreaterThan(0)
    const [first] = await lost()
    const device = devices.find(({ employeeId }) => employeeId === first?.asker_id)
    const heard = ({ json }: { json: Record<string, unknown> }) =>
      json.run_id === first?.run_id && json.state === 'failed'
    if (!device?.received.some(heard)) await device?.inbox.next(heard)
  })

  test('that stops is answered all the same, and what is new goes to the others', async () => {
    const { gateway } = cluster
    await using slow = await startWebhookAgent(gateway, { response_timeout: 60 })
    await using quick = await startWebhookAgent(gateway)
    const release = Promise.withResolvers<void>()
    slow.answer(async ({ message }, response) => {
      await release.promise
      reply(response, { content: `slowly: ${String(message.content)}` })
    })
    await using stopping = await cluster.startProcess({ MCHAT_AGENT_ALLOW: '127.0.0.0/8' })
    const devices = await Promise.all(Array.from({ length: 8 }, async () => (await gateway.hire()).connect()))
    const asked = devices.map((device) =>
      device.request('msg.send_private', { to_employee_id: slow.id, content: 'x' }, { timeoutMs: 30_000 }),
    )
    await expect.poll(() => slow.calls.length).toBe(8)
    const rows = await cluster.database.kysely
      .selectFrom('agent_run')
      .select('instance')
      .where('agent_id', '=', slow.id)
      .execute()
    expect(new Set(rows.map(({ instance }) => instance)).size).toBe(2)
    stopping.kill('SIGTERM')
    await stopping.logs('stopping')
    for (const device of devices) {
      const sent = await device.call('msg.send_private', { to_employee_id: quick.id, content: 'y' })
      expect(sent.agents).toMatchObject([{ state: 'done' }])
    }
    release.resolve()
    for (const answer of await Promise.all(asked)) {
      expect(answer).toMatchObject({ code: 0, data: { agents: [{ state: 'done' }] } })
    }
    expect((await stopping.finished).code).toBe(0)
  })
})

test('a run that was under way when an embedded gateway died is told to be failed at its next start', async () => {
  await using directory = await tempDirectory()
  await using gateway = await startGateway({ dataDir: directory.path, config: LOOPBACK_AGENTS })
  await using agent = await startWebhookAgent(gateway)
  const ann = await gateway.hire()
  const device = await ann.connect()
  const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x' })
  // As a process that was killed while it called leaves it.
  await gateway.database.kysely.updateTable('agent_run').set({ end_state: null, ended_at: null }).execute()
  await gateway.restart()
  const again = await ann.connect()
  const status = await again.inbox.next(({ json }) => json.type === 'agent_status' && json.state === 'failed')
  expect(status.json).toMatchObject({ reason: 'gateway_lost', in_reply_to: sent.msg_id, from_employee_id: agent.id })
})
