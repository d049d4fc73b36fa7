import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../schema/src/index.ts'
import type { Device } from '../kit/device.ts'
import type { TestGateway } from '../kit/gateway.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { LOOPBACK_AGENTS, reply, startWebhookAgent, type WebhookAgent } from './webhook-agent.ts'

onEveryBroker(
  'agents in a group',
  (bench) => {
    const gather = async (gateway: TestGateway, ...agents: readonly WebhookAgent[]) => {
      const ann = await gateway.hire()
      const { group_id } = await gateway.foundGroup({ owner: ann, members: agents.map(({ person }) => person) })
      const device = await ann.connect()
      return { ann, device, group_id, group: await device.group(group_id) }
    }
    const say = (device: Device, group_id: string, content: string, more: object = {}) =>
      device.call('msg.send_group', { group_id, content, ...more })

    test('are called by a mention, a keyword or a quote of their own, and by nothing else', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { trigger_keywords: ['报销', 'invoice'] })
      const { device, group, group_id } = await gather(gateway, agent)
      const called = async (content: string, more: object = {}): Promise<boolean> =>
        (await say(device, group_id, content, more)).agents !== undefined
      expect(await called('hello everybody')).toBe(false)
      expect(await called('hello', { mentions: ['*'] })).toBe(false)
      expect(await called(`mail to x@${agent.id}.org`)).toBe(false)
      expect(await called(`@${agent.id}x`)).toBe(false)
      expect(await called(`look: \`@${agent.id}\``)).toBe(false)
      expect(await called('preinvoiced')).toBe(false)
      expect(await called(`@${agent.id} hello`)).toBe(true)
      expect(await called('hello', { mentions: [agent.id] })).toBe(true)
      expect(await called('how do I write an Invoice?')).toBe(true)
      expect(await called('怎么报销')).toBe(true)
      const answer = await group.next(({ json }) => json.type === 'agent')
      expect(await called('and then?', { quote_msg_id: answer.json.msg_id })).toBe(true)
    })

    test('follow their policy, the one of the group first', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { trigger_keywords: ['tea'] })
      const { device, group_id } = await gather(gateway, agent)
      const office = await gateway.office
      const states = async (): Promise<boolean[]> => {
        const called: boolean[] = []
        for (const content of [`@${agent.id}`, 'tea', 'anything']) {
          called.push((await say(device, group_id, content)).agents !== undefined)
        }
        return called
      }
      const set = (profile: object) =>
        office.call('employee.update', {
          employee_id: agent.id,
          updates: {
            agent_profile: { webhook_endpoint: `${agent.server.url}/hook`, trigger_keywords: ['tea'], ...profile },
          },
        })
      expect(await states()).toEqual([true, true, false])
      await set({ group_policy: 'mention' })
      expect(await states()).toEqual([true, false, false])
      await set({ group_policy: 'none', group_policies: [{ group_id, policy: 'all' }] })
      expect(await states()).toEqual([true, true, true])
      await set({ group_policy: 'none' })
      expect(await states()).toEqual([false, false, false])
    })

    test('answer those whom they may answer, and say so to others who ask them by name', async () => {
      const gateway = bench.current
      const { department_id } = await gateway.foundDepartment()
      await using agent = await startWebhookAgent(gateway, { allowed_departments: [department_id] })
      const inside = await (await gateway.hire({ department_id })).connect()
      const outside = await (await gateway.hire()).connect()
      const ask = { to_employee_id: agent.id, content: 'x' }
      expect(await inside.request('msg.send_private', ask)).toMatchObject({ code: 0 })
      expect(await outside.request('msg.send_private', ask)).toMatchObject({
        code: 504,
        reason: 'agent_failed',
        data: { agents: [{ state: 'failed', reason: 'not_allowed' }] },
      })
      expect(agent.calls).toHaveLength(1)
    })

    test('T45: call each other so far and no further, and never themselves', async () => {
      const gateway = bench.current
      await using one = await startWebhookAgent(gateway)
      await using other = await startWebhookAgent(gateway)
      const { device, group, group_id } = await gather(gateway, one, other)
      one.answer((_call, response) => reply(response, { content: `@${other.id} and @${one.id}, go on` }))
      other.answer((_call, response) => reply(response, { content: 'your turn', next_agent: one.id }))
      await say(device, group_id, `@${one.id} begin`)
      const turns = 1 + LIMITS.agentHops
      for (let i = 0; i < turns; i++) await group.next(({ json }) => json.type === 'agent')
      await device.settled()
      const heard = device.received.filter(({ json }) => json.type === 'agent').map(({ json }) => json.from_employee_id)
      expect(heard).toEqual([one.id, other.id, one.id, other.id])
      expect([...one.calls, ...other.calls].map(({ hops }) => hops).sort()).toEqual([0, 1, 2, 3])
      expect(other.calls[0]?.sender).toMatchObject({ employee_id: one.id, is_ai_agent: true })
    })

    test('T45: that all call each other are each called once a step', async () => {
      const gateway = bench.current
      await using stack = new AsyncDisposableStack()
      const agents: WebhookAgent[] = []
      while (agents.length < 4) agents.push(stack.use(await startWebhookAgent(gateway, { qps_limit: 100 })))
      const everybody = agents.map(({ id }) => `@${id}`).join(' ')
      for (const agent of agents) agent.answer((_call, response) => reply(response, { content: everybody }))
      const { device, group_id } = await gather(gateway, ...agents)
      const said = () => device.received.filter(({ json }) => json.type === 'agent').length
      await say(device, group_id, everybody, { agent_wait: false })
      const most = agents.length * (1 + LIMITS.agentHops)
      await expect.poll(said).toBe(most)
      await device.settled()
      expect(said()).toBe(most)
    })

    test('are not told what was asked while they waited for their turn, once they are out', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const { device, group_id } = await gather(gateway, agent)
      const { promise: isOut, resolve: out } = Promise.withResolvers<void>()
      agent.answer((_call, response) => void isOut.then(() => reply(response, { content: 'too late' })))
      await say(device, group_id, `@${agent.id} one`, { agent_wait: false })
      const { agents } = await say(device, group_id, `@${agent.id} two`, { agent_wait: false })
      await expect.poll(() => agent.calls.length).toBe(1)
      await device.call('group.member_remove', { group_id, member_ids: [agent.id] })
      out()
      const isSecond = ({ json }: { json: Record<string, unknown> }) => json.run_id === agents?.[0]?.run_id
      const status = await device.next((message) => isSecond(message) && message.json.state === 'failed')
      expect(status.json).toMatchObject({ reason: 'not_a_member' })
      expect(agent.calls).toHaveLength(1)
      expect(device.received.filter(({ json }) => json.content === 'too late')).toEqual([])
    })

    test('T45: are not called by what an agent sends by itself', async () => {
      const gateway = bench.current
      await using one = await startWebhookAgent(gateway)
      await using other = await startWebhookAgent(gateway)
      const { group_id } = await gather(gateway, one, other)
      const sender = await one.person.connect()
      expect(await say(sender, group_id, `@${other.id} hello`)).not.toHaveProperty('agents')
    })

    test('answer in the order they were asked in, on whatever gateway', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const { device, group, group_id } = await gather(gateway, agent)
      let active = 0
      agent.answer(({ message }, response) => {
        expect(++active).toBe(1)
        setImmediate(() => {
          active--
          reply(response, { content: String(message.content) })
        })
      })
      const texts = Array.from({ length: 8 }, (_, i) => `@${agent.id} ${i}`)
      for (const text of texts) await say(device, group_id, text, { agent_wait: false })
      for (const _ of texts) await group.next(({ json }) => json.type === 'agent')
      expect(device.received.filter(({ json }) => json.type === 'agent').map(({ json }) => json.content)).toEqual(texts)
    })

    test('hand over to a person who is there, and are silent until somebody lets them answer again', async () => {
      const gateway = bench.current
      const [away, helper] = [await gateway.hire(), await gateway.hire()]
      const desk = await helper.connect()
      await using agent = await startWebhookAgent(gateway, { handoff_to: [away.id, helper.id] })
      const { device, group, group_id } = await gather(gateway, agent)
      const context_messages = [{ content: 'my laptop is broken' }]
      await say(device, group_id, `@${agent.id} 转人工`, { context_messages })
      expect(agent.calls).toHaveLength(0)
      const told = await group.next(({ json }) => json.action === 'agent_handoff')
      expect(told.json).toMatchObject({ type: 'system', agent_id: agent.id, employee_ids: [helper.id], group_id })
      expect(told.json).not.toHaveProperty('context_messages')
      const taken = await desk.inbox.next(({ json }) => json.action === 'agent_handoff')
      expect(taken.json).toMatchObject({ context_messages, group_id })

      expect(await say(device, group_id, `@${agent.id} are you there?`)).not.toHaveProperty('agents')
      expect(await device.call('agent.resume', { employee_id: agent.id, group_id })).toMatchObject({ was_silent: true })
      expect(await say(device, group_id, `@${agent.id} are you there?`)).toMatchObject({ agents: [{ state: 'done' }] })
    })

    test('answer themselves where there is nobody to hand over to', async () => {
      const gateway = bench.current
      const [away, manager] = [await gateway.hire(), await gateway.hire()]
      await using agent = await startWebhookAgent(gateway, { handoff_to: [away.id] }, { manager_id: manager.id })
      const desk = await manager.connect()
      // The manager would be handed over to themselves.
      const asked = await desk.call('msg.send_private', { to_employee_id: agent.id, content: '转人工' })
      expect(asked.agents).toMatchObject([{ state: 'done' }])
      expect(agent.calls).toHaveLength(1)
      const office = await gateway.office
      await office.confirm('employee.update', { employee_id: manager.id, updates: { status: 'disabled' } })
      const device = await (await gateway.hire()).connect()
      await device.call('msg.send_private', { to_employee_id: agent.id, content: 'human' })
      expect(agent.calls).toHaveLength(2)
    })

    test('answer in the order they were asked in, whether or not somebody was to take over', async () => {
      const gateway = bench.current
      const away = await gateway.hire()
      await using agent = await startWebhookAgent(gateway, { handoff_to: [away.id], qps_limit: 100 })
      const device = await (await gateway.hire()).connect()
      const texts = ['human', 'a', '转人工', 'b', 'human', 'c', '转人工', 'd']
      const ask = { to_employee_id: agent.id, agent_wait: false }
      await Promise.all(texts.map((content) => device.call('msg.send_private', { ...ask, content })))
      for (const _ of texts) await device.inbox.next(({ json }) => json.type === 'agent')
      const called = agent.calls.map(({ message }) => message.content)
      // A broker of its own hands out what comes at once in any order; then none waits for another for ever.
      expect(bench.gateways === 1 ? called : called.toSorted()).toEqual(bench.gateways === 1 ? texts : texts.toSorted())
    })

    test('hand over in their answer, to their manager where nobody else is there', async () => {
      const gateway = bench.current
      const manager = await gateway.hire()
      const desk = await manager.connect()
      await using agent = await startWebhookAgent(gateway, {}, { manager_id: manager.id })
      const device = await (await gateway.hire()).connect()
      agent.answer((_call, response) => reply(response, { content: 'one moment', handoff: { reason: 'angry' } }))
      await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x' })
      const taken = await desk.inbox.next(({ json }) => json.action === 'agent_handoff')
      expect(taken.json).toMatchObject({ reason: 'angry', agent_id: agent.id, peer_employee_id: device.employeeId })
      await device.inbox.next(({ json }) => json.action === 'agent_handoff')
      const again = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'y' })
      expect(again).not.toHaveProperty('agents')
    })
  },
  { config: LOOPBACK_AGENTS },
)

describe('limits of an agent', () => {
  onEveryBroker(
    'with little room',
    (bench) => {
      test('a day has so many calls', async () => {
        const gateway = bench.current
        await using agent = await startWebhookAgent(gateway, { daily_call_limit: 2 })
        const device = await (await gateway.hire()).connect()
        const states: unknown[] = []
        for (let i = 0; i < 3; i++) {
          const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: `${i}` })
          states.push(
            (answer.data as { agents: { state: string; reason?: string }[] }).agents[0]?.reason ?? answer.code,
          )
        }
        expect(states).toEqual([0, 0, 'daily_limit'])
        expect(agent.calls).toHaveLength(2)
      })

      test('a day has as many calls when all come at once', async () => {
        const gateway = bench.current
        await using agent = await startWebhookAgent(gateway, { daily_call_limit: 5, qps_limit: 100 })
        const asked = Array.from({ length: 12 }, async () => {
          const device = await (await gateway.hire()).connect()
          return await device.request('msg.send_private', { to_employee_id: agent.id, content: 'x' })
        })
        const codes = (await Promise.all(asked)).map(({ code }) => code)
        expect(codes.filter((code) => code === 0)).toHaveLength(5)
        expect(agent.calls).toHaveLength(5)
      })

      test('who asks too much at a time waits behind nobody but themselves', async () => {
        const gateway = bench.current
        await using agent = await startWebhookAgent(gateway, { qps_limit: 100 })
        const [one, other] = [await gateway.hire(), await gateway.hire()]
        const { group_id } = await gateway.foundGroup({ owner: one, members: [other, agent.person] })
        const [loud, quiet] = [await one.connect(), await other.connect()]
        const release = Promise.withResolvers<void>()
        agent.answer(async (_call, response) => {
          await release.promise
          reply(response, { silent: true })
        })
        const ask = { group_id, content: `@${agent.id} x`, agent_wait: false }
        const group = await loud.group(group_id)
        // On each of the gateways ten wait.
        const states: unknown[] = []
        for (let i = 0; i < 10 * bench.gateways + 5; i++) {
          states.push((await loud.call('msg.send_group', ask)).agents?.[0]?.state)
        }
        expect(states).toContain('failed')
        await group.next(({ json }) => json.reason === 'busy')
        expect((await quiet.call('msg.send_group', ask)).agents).toMatchObject([{ state: 'queued' }])
        release.resolve()
      })

      test('what is asked for opens no circuit for others', async () => {
        const gateway = bench.current
        await using agent = await startWebhookAgent(gateway, { qps_limit: 100 })
        const device = await (await gateway.hire()).connect()
        agent.answer((_call, response) => void response.writeHead(400).end())
        for (let i = 0; i < 6 * bench.gateways; i++) {
          const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: `${i}` })
          expect(answer).toMatchObject({ data: { agents: [{ reason: 'http_error' }] } })
        }
      })

      test('an endpoint that fails is left alone for a while, and its manager hears of it', async () => {
        const gateway = bench.current
        const manager = await gateway.hire()
        const desk = await manager.connect()
        await using agent = await startWebhookAgent(gateway, { qps_limit: 100 }, { manager_id: manager.id })
        const device = await (await gateway.hire()).connect()
        agent.answer((_call, response) => void response.writeHead(500).end())
        const reasons = new Set<string>()
        for (let i = 0; i < 30 && !reasons.has('circuit_open'); i++) {
          const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: `${i}` })
          expect(answer).toMatchObject({ code: 504, reason: 'agent_failed' })
          reasons.add((answer.data as { agents: { reason: string }[] }).agents[0]?.reason ?? '')
        }
        expect([...reasons].sort()).toEqual(['circuit_open', 'http_error'])
        const notice = await desk.inbox.next(({ json }) => json.action === 'agent_failing')
        expect(notice.json).toMatchObject({ agent_id: agent.id })
      })
    },
    { config: LOOPBACK_AGENTS },
  )
})
