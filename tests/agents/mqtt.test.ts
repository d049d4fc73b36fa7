import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { AgentRun } from '../../schema/src/index.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { startMqttAgent } from './mqtt-agent.ts'
import { LOOPBACK_AGENTS, startWebhookAgent } from './webhook-agent.ts'

const agentRun = Compile(AgentRun)

onEveryBroker(
  'an agent that is an MQTT client',
  (bench) => {
    test('answers on whatever gateway, and the sender may wait for it', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const ann = await gateway.hire({ name: 'Ann' })
      const device = await ann.connect()
      // So many that every gateway calls, and gets an answer of another one's run.
      for (let i = 0; i < 2 * bench.gateways; i++) {
        const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: `hello ${i}` })
        expect(sent.agents).toMatchObject([{ employee_id: agent.id, state: 'done' }])
        const { json } = await device.inbox.next((message) => message.json.type === 'agent')
        expect(json).toMatchObject({
          content: `echo: hello ${i}`,
          from_employee_id: agent.id,
          to_employee_id: ann.id,
          in_reply_to: sent.msg_id,
          run_id: sent.agents?.[0]?.run_id,
        })
      }
      const { runs } = await (await gateway.office).call('agent.runs', { employee_id: agent.id })
      expect(runs.map(({ state }) => state)).toEqual(Array(2 * bench.gateways).fill('done'))
    })

    test('is told on its inbox who asks and what, and nothing to answer with but its own credential', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway)
      const ann = await gateway.hire({ name: 'Ann' })
      const { group_id } = await gateway.foundGroup({ name: 'Team', owner: ann, members: [agent.person] })
      const device = await ann.connect()
      const group = await device.group(group_id)
      await device.call('msg.send_group', { group_id, content: `@${agent.id} sum up`, context_messages: [{}] })
      const [run] = agent.runs
      expect([...agentRun.Errors(run)]).toEqual([])
      expect(run).toMatchObject({
        type: 'agent_run',
        message: { content: `@${agent.id} sum up` },
        sender: { employee_id: ann.id, name: 'Ann' },
        conversation: { type: 'group', group_id, name: 'Team', member_count: 2 },
        context_messages: [{ verified: false }],
      })
      expect(run).not.toHaveProperty('reply_token')
      expect(run).not.toHaveProperty('reply_url')
      expect(await group.next(({ json }) => json.type === 'agent')).toMatchObject({ json: { group_id } })
    })

    test('writes while people watch, whatever gateways its pieces come to, in whatever order', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const device = await (await gateway.hire()).connect()
      const isDelta = ({ json }: { json: Readonly<Record<string, unknown>> }): boolean => json.type === 'agent_delta'
      const whole = 'Once upon a time there was a gateway that had lost its way'
      const pieces = whole.split(/(?<= )/)
      agent.onRun(async (run) => {
        let offset = 0
        const sent = pieces.map((delta) => {
          const at = offset
          offset += delta.length
          return agent.delta(run, delta, at)
        })
        await Promise.all(sent.reverse())
        await expect.poll(() => shown()).toBe(whole)
        await agent.reply(run, { content: whole })
      })
      let before = 0
      const shown = (): string =>
        device.received
          .slice(before)
          .filter(isDelta)
          .toSorted((a, b) => Number(a.json.offset) - Number(b.json.offset))
          .map(({ json }) => json.delta)
          .join('')
      for (let i = 0; i < bench.gateways; i++) {
        before = device.received.length
        const answer = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'a story' })
        const { json } = await device.inbox.next((message) => message.json.type === 'agent')
        expect(answer.agents).toMatchObject([{ state: 'done', msg_ids: [json.msg_id] }])
        expect(json.content).toBe(whole)
        const deltas = device.received.slice(before).filter(isDelta)
        expect(new Set(deltas.map(({ json: { msg_id } }) => msg_id))).toEqual(new Set([json.msg_id]))
      }
    })

    test('passes on to another agent, and hands over to a person, whatever gateway its answer comes to', async () => {
      const gateway = bench.current
      const boss = await gateway.hire({ name: 'Boss' })
      const desk = await boss.connect()
      const next = await startMqttAgent(gateway)
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      await (await gateway.office).call('employee.update', { employee_id: agent.id, updates: { manager_id: boss.id } })
      const device = await (await gateway.hire()).connect()
      for (let i = 0; i < bench.gateways; i++) {
        agent.onRun((run) => agent.reply(run, { content: `for the next ${i}`, next_agent: next.id }))
        await device.call('msg.send_private', { to_employee_id: agent.id, content: 'go on' })
        await device.inbox.next(({ json }) => json.content === `echo: for the next ${i}`)
      }
      agent.onRun((run) => agent.reply(run, { silent: true, handoff: { reason: 'beyond me' } }))
      for (let i = 0; i < bench.gateways; i++) {
        const asker = await gateway.hire()
        await (await asker.connect()).call('msg.send_private', { to_employee_id: agent.id, content: 'help' })
        const { json } = await desk.inbox.next((message) => message.json.action === 'agent_handoff')
        expect(json).toMatchObject({ agent_id: agent.id, peer_employee_id: asker.id, reason: 'beyond me' })
      }
    })

    test('may say that there is no answer, and the reason stays with whoever runs the gateway', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const device = await (await gateway.hire()).connect()
      agent.onRun(({ run_id }) =>
        agent.device.call('agent.status', { run_id, state: 'failed', reason: 'out of order' }),
      )
      for (let i = 0; i < bench.gateways; i++) {
        const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: 'x' })
        expect(answer).toMatchObject({ code: 504, data: { agents: [{ state: 'failed', reason: 'agent' }] } })
        const { json } = await device.inbox.next((message) => message.json.state === 'failed')
        expect(json).toMatchObject({ type: 'agent_status', reason: 'agent', from_employee_id: agent.id })
        expect(JSON.stringify(json)).not.toContain('out of order')
      }
    })

    test('T46: answers for no other agent, once, and as itself', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const other = await startMqttAgent(gateway)
      const ann = await gateway.hire()
      const device = await ann.connect()
      agent.onRun(() => undefined)
      await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x', agent_wait: false })
      await expect.poll(() => agent.runs.length).toBe(1)
      const run_id = agent.runs[0]?.run_id ?? ''
      for (const stranger of [other.device, device]) {
        const refusal = { code: 404, reason: 'run_not_found' }
        expect(await stranger.request('agent.reply', { run_id, content: 'mine' })).toMatchObject(refusal)
        expect(await stranger.request('agent.delta', { run_id, delta: 'mine' })).toMatchObject(refusal)
        expect(await stranger.request('agent.status', { run_id, state: 'failed' })).toMatchObject(refusal)
      }
      const bad = { type: 'image', body: { url: 'javascript:alert(1)' } }
      for (const [input, field] of [
        [{ content: bad }, 'content'],
        [{ content: 'x', messages: [{ content: { type: 'html', body: {} } }] }, 'messages[0].content'],
      ] as const) {
        const answer = await agent.device.request('agent.reply', { run_id, ...input })
        expect(answer).toMatchObject({ code: 400, data: { errors: [{ field }] } })
      }
      const claims = { from_employee_id: 'admin', to_employee_id: other.id, type: 'system' }
      expect(await agent.device.request('agent.reply', { run_id, content: 'done', ...claims })).toMatchObject({
        code: 0,
      })
      const { json } = await device.inbox.next((message) => message.json.content === 'done')
      expect(json).toMatchObject({ from_employee_id: agent.id, to_employee_id: ann.id, type: 'agent' })
      const over = { code: 409, reason: 'run_over' }
      expect(await agent.device.request('agent.reply', { run_id, content: 'again' })).toMatchObject(over)
      await device.expectNothing({ matching: ({ json }) => json.content === 'again' || json.content === 'mine' })
    })

    test('without a session is not waited for', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const device = await (await gateway.hire()).connect()
      await agent.device.call('auth.logout', {})
      const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: 'x' })
      expect(answer).toMatchObject({ code: 504, data: { agents: [{ state: 'failed', reason: 'unreachable' }] } })
      expect(agent.runs).toEqual([])
    })

    test('is stopped by whoever asked, and is over for the agent', async () => {
      const gateway = bench.current
      const agent = await startMqttAgent(gateway, { response_timeout: 60 })
      const device = await (await gateway.hire()).connect()
      agent.onRun(() => undefined)
      const input = { to_employee_id: agent.id, content: 'x', agent_wait: false }
      const run_id = (await device.call('msg.send_private', input)).agents?.[0]?.run_id ?? ''
      await expect.poll(() => agent.runs.length).toBe(1)
      expect(await device.call('agent.cancel', { run_id })).toEqual({ run_id, state: 'cancelled' })
      const late = await agent.device.request('agent.reply', { run_id, content: 'late' })
      expect(late).toMatchObject({ code: 409, reason: 'run_over' })
    })

    test('a webhook that said 202 may answer by the action as well', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 60 })
      const own = await agent.person.connect()
      const device = await (await gateway.hire()).connect()
      agent.answer(({ run_id }, response) => {
        response.writeHead(202).end()
        own.call('agent.reply', { run_id, content: 'by MQTT' }).catch(() => undefined)
      })
      const input = { to_employee_id: agent.id, content: 'x' }
      expect((await device.call('msg.send_private', input)).agents).toMatchObject([{ state: 'done' }])
      await device.inbox.next(({ json }) => json.content === 'by MQTT')
    })
  },
  { config: LOOPBACK_AGENTS },
)
