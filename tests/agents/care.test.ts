import { expect, test } from 'vitest'
import type { OutputOf } from '../../schema/src/index.ts'
import { type BrokerBench, onEveryBroker } from '../kit/on-every-broker.ts'
import { startMqttAgent } from './mqtt-agent.ts'
import { events, LOOPBACK_AGENTS, reply, startWebhookAgent } from './webhook-agent.ts'

type Tested = OutputOf<'agent.test'>

onEveryBroker(
  'looking after an agent',
  (bench) => {
    test('a test calls it outside any conversation, and nobody hears of it', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { daily_call_limit: 1 })
      const device = await agent.person.connect()
      const office = await gateway.office
      const tested = await office.call('agent.test', { employee_id: agent.id, content: 'ping' })
      expect(tested).toMatchObject({ ok: true, messages: ['echo: ping'] })
      expect(tested.ms).toBeGreaterThanOrEqual(tested.first_answer_ms ?? Number.NaN)
      expect(agent.calls).toMatchObject([
        { message: { content: 'ping' }, conversation: { type: 'private' }, sender: { employee_id: office.employeeId } },
      ])
      const { runs } = await office.call('agent.runs', { employee_id: agent.id })
      expect(runs).toEqual([])
      // What is said in earnest comes first: to whoever tested it, and to the agent's own devices.
      const ann = await (await gateway.hire()).connect()
      const sent = await ann.call('msg.send_private', { to_employee_id: agent.id, content: 'once' })
      expect(sent.agents).toMatchObject([{ state: 'done' }])
      await device.inbox.next(({ json }) => json.content === 'once')
      const published = [...office.received, ...device.received].filter(({ topic }) => !topic.includes('/resp/'))
      const heard = published.map(({ text }) => text).join('\n')
      expect(heard).not.toContain('echo: ping')
      expect(heard).not.toContain(agent.calls[0]?.run_id)
    })

    test('a test shows how the agent was called, and its answer while it is written, to the device that asks', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const manager = await gateway.hire({ roles: [{ role: 'agent_manager' }] })
      const [device, other] = [await manager.connect(), await manager.connect({ device: 'other' })]
      let goOn = (): void => undefined
      agent.answer((_call, response) => {
        const stream = events(response)
        stream.delta('Roses ')
        goOn = () => {
          stream.delta('are red')
          stream.end()
        }
      })
      const testing = device.call('agent.test', { employee_id: agent.id, content: 'a poem', live: true })
      const live = (matching: (event: Readonly<Record<string, unknown>>) => boolean) =>
        expect.poll(() => device.received.some(({ json }) => json.type === 'agent_test' && matching(json))).toBe(true)
      await live(({ delta, offset }) => delta === 'Roses ' && offset === 0)
      goOn()
      const { messages, request } = await testing
      expect(messages).toEqual(['Roses are red'])
      const [sent] = agent.server.requests
      expect(request).toMatchObject({ method: 'POST', url: `${agent.server.url}/hook`, body: sent?.body })
      expect(request?.headers['webhook-signature']).toBe(sent?.headers['webhook-signature'])
      expect(JSON.stringify(request)).not.toContain(agent.secret)
      await live((event) => JSON.stringify(event.request) === JSON.stringify(request))
      const heard = [...other.received, ...(await gateway.office).received].map(({ text }) => text)
      expect(heard.filter((text) => text.includes('agent_test') || text.includes('Roses'))).toEqual([])
    })

    test('a test is stopped by whoever makes it, on whatever gateway, and by nobody else', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 60 })
      const [device, other] = [
        await (await gateway.hire({ roles: [{ role: 'agent_manager' }] })).connect(),
        await gateway.office,
      ]
      for (let i = 0; i < bench.gateways; i++) {
        const called = Promise.withResolvers<string>()
        agent.answer(({ run_id }) => called.resolve(run_id))
        const testing = device.call('agent.test', { employee_id: agent.id, live: true })
        const run_id = await called.promise
        expect(await other.request('agent.cancel', { run_id })).toMatchObject({ code: 404, reason: 'run_not_found' })
        expect(await device.call('agent.cancel', { run_id })).toEqual({ run_id, state: 'cancelled' })
        expect(await testing).toMatchObject({ ok: false, reason: 'cancelled' })
      }
    })

    test('a test tells what went wrong, and opens no circuit', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 1, qps_limit: 100 })
      const office = await gateway.office
      const test = () => office.call('agent.test', { employee_id: agent.id })
      agent.answer((_call, response) => void response.writeHead(500).end('a secret of the endpoint'))
      for (let i = 0; i < 6; i++) {
        const failed = await test()
        expect(failed).toMatchObject({ ok: false, reason: 'http_error', status: 500 })
        expect(failed.detail).toBe('The endpoint answered 500.')
      }
      agent.answer((_call, response) => void events(response).delta('so far'))
      const slow: Tested = await test()
      expect(slow).toMatchObject({ ok: false, reason: 'timeout' })
      expect(slow.first_answer_ms).toBeLessThan(slow.ms)
      agent.answer((_call, response) => reply(response, { silent: true, usage: { input_tokens: 3 } }))
      expect(await test()).toMatchObject({ ok: true, messages: [], usage: { input_tokens: 3 } })
      const ann = await (await gateway.hire()).connect()
      agent.answer((_call, response) => reply(response, { content: 'x'.repeat(5000) }))
      const sent = await ann.call('msg.send_private', { to_employee_id: agent.id, content: 'hello' })
      expect(sent.agents).toMatchObject([{ state: 'done' }])
      expect((await test()).messages).toEqual([`${'x'.repeat(1000)}…`])
    })

    test('a test of an agent that answers later, on whatever gateway, has its answer', async () => {
      const gateway = bench.current
      const office = await gateway.office
      const mqtt = await startMqttAgent(gateway)
      await using webhook = await startWebhookAgent(gateway)
      webhook.answer(({ reply_token, reply_url = '' }, response) => {
        response.writeHead(202).end()
        void fetch(reply_url, {
          method: 'POST',
          headers: { authorization: `Bearer ${reply_token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ content: 'later' }),
        })
      })
      for (let i = 0; i < 2 * bench.gateways; i++) {
        const tested = await office.call('agent.test', { employee_id: mqtt.id, content: `ping ${i}` })
        expect(tested).toMatchObject({ ok: true, messages: [`echo: ping ${i}`] })
        expect(await office.call('agent.test', { employee_id: webhook.id, content: 'x' })).toMatchObject({
          ok: true,
          messages: ['later'],
        })
      }
    })

    test('a test that is answered closes the circuit', async () => {
      const gateway = bench.current
      const office = await gateway.office
      await using agent = await startWebhookAgent(gateway, { qps_limit: 100 })
      const device = await (await gateway.hire()).connect()
      const ask = async () => {
        const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: 'x' })
        return (answer.data as { agents: { state: string; reason?: string }[] }).agents[0]
      }
      agent.answer((_call, response) => void response.writeHead(500).end())
      for (let i = 0; i < 30 && (await ask())?.reason !== 'circuit_open'; i++);
      agent.answer((_call, response) => reply(response, { content: 'well again' }))
      expect(await office.call('agent.test', { employee_id: agent.id, content: 'x' })).toMatchObject({ ok: true })
      // Each gateway has found out for itself.
      await expect.poll(async () => (await ask())?.state).toBe('done')
    })

    test('tests that wait hold up nothing else', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 60, qps_limit: 1000 })
      const waiting: (() => void)[] = []
      agent.answer((_call, response) => void waiting.push(() => reply(response, { content: 'at last' })))
      const managers = await Promise.all(
        Array.from({ length: 8 }, async () => (await gateway.hire({ roles: [{ role: 'agent_manager' }] })).connect()),
      )
      const tests = managers.flatMap((manager) =>
        Array.from({ length: 8 }, () => manager.call('agent.test', { employee_id: agent.id })),
      )
      await expect.poll(() => waiting.length).toBe(tests.length)
      const [manager] = managers
      await manager?.call('agent.runs', { employee_id: agent.id })
      const ann = await (await gateway.hire()).connect()
      await ann.call('employee.get', { employee_id: agent.id })
      for (const answer of waiting) answer()
      for (const tested of await Promise.all(tests)) expect(tested).toMatchObject({ ok: true, messages: ['at last'] })
    })

    test('metrics tell of its calls: how they ended, how long they took, and that it is not called any more', async () => {
      const gateway = bench.current
      // One lane for all of them, so that none is under way when the circuit opens.
      await using agent = await startWebhookAgent(gateway, { qps_limit: 1000 })
      const device = await (await gateway.hire()).connect()
      const send = () => device.request('msg.send_private', { to_employee_id: agent.id, content: 'x' })
      const before = await metricsOf(bench)
      const grown = async (series: string) => ((await metricsOf(bench)).get(series) ?? 0) - (before.get(series) ?? 0)
      agent.answer(async (_call, response) => {
        expect(await grown('mchat_agent_runs_under_way')).toBe(1)
        reply(response, { content: 'done' })
      })
      expect(await send()).toMatchObject({ code: 0 })
      expect(await grown('mchat_agent_runs_total{end_state="done",reason=""}')).toBe(1)
      expect(await grown('mchat_agent_first_answer_seconds_count')).toBe(1)
      expect(await grown('mchat_agent_run_seconds_count{end_state="done"}')).toBe(1)
      expect(await grown('mchat_agent_runs_under_way')).toBe(0)
      agent.answer((_call, response) => void response.writeHead(500).end())
      // Each gateway has a circuit of its own.
      for (let i = 0; i < 5 * bench.gateways; i++) await send()
      const open = async () => await grown('mchat_agent_open_circuits')
      for (let i = 0; i < 50 && (await open()) === 0; i++) await send()
      expect(await open()).toBeGreaterThan(0)
      expect(await grown('mchat_agent_runs_total{end_state="failed",reason="http_error"}')).toBeGreaterThanOrEqual(5)
      expect(await grown('mchat_agent_first_answer_seconds_count')).toBe(1)
    })

    test('one that is paused is not called until it is enabled, and what was under way ends', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, {}, { skills_badge: ['paused'] })
      const office = await gateway.office
      const [ann, own] = [await (await gateway.hire()).connect(), await agent.person.connect()]
      let answer = () => {}
      agent.answer((_call, response) => {
        answer = () => reply(response, { content: 'still here' })
      })
      const send = (content: string) => ann.request('msg.send_private', { to_employee_id: agent.id, content })
      const first = send('before')
      await expect.poll(() => agent.calls.length).toBe(1)
      await office.call('agent.disable', { employee_id: agent.id })
      expect((await ann.call('agent.capability_list', { skill: 'paused' })).agent_ids).toEqual([])
      answer()
      expect((await first).data).toMatchObject({ agents: [{ state: 'done' }] })
      expect((await send('meanwhile')).data).not.toHaveProperty('agents')
      // It is an employee like any other.
      await own.inbox.next(({ json }) => json.content === 'meanwhile')
      agent.answer((_call, response) => reply(response, { content: 'again' }))
      expect(await office.call('agent.test', { employee_id: agent.id })).toMatchObject({ ok: true })
      await office.call('agent.enable', { employee_id: agent.id })
      expect((await send('after')).data).toMatchObject({ agents: [{ state: 'done' }] })
      const { enabled, total } = await office.call('agent.stats', { employee_id: agent.id })
      expect([enabled, total.calls, total.done]).toEqual([true, 2, 2])
    })
  },
  { config: LOOPBACK_AGENTS },
)

/** Of all gateways together, by name and labels. */
const metricsOf = async ({ httpPorts }: BrokerBench): Promise<Map<string, number>> => {
  const total = new Map<string, number>()
  for (const port of httpPorts) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    for (const [, series = '', value] of text.matchAll(/^(mchat_agent_\S+) (\S+)$/gm)) {
      total.set(series, (total.get(series) ?? 0) + Number(value))
    }
  }
  return total
}
