import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import type { OutputOf } from '../../schema/src/index.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { events, LOOPBACK_AGENTS, reply, startWebhookAgent } from './webhook-agent.ts'

type Sent = OutputOf<'msg.send_private'>

onEveryBroker(
  'an agent behind a webhook',
  (bench) => {
    test('answers a private message, and the sender may wait for it', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const ann = await gateway.hire()
      const device = await ann.connect()
      const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'hello' })
      expect(sent.agents).toMatchObject([{ employee_id: agent.id, state: 'done' }])
      const message = await device.inbox.next(({ json }) => json.type === 'agent')
      expect(message.json).toMatchObject({
        from_employee_id: agent.id,
        to_employee_id: ann.id,
        content: 'echo: hello',
        in_reply_to: sent.msg_id,
        run_id: sent.agents?.[0]?.run_id,
        msg_id: sent.agents?.[0]?.msg_ids?.[0],
        is_ai_agent: true,
      })
      const { results } = await device.call('msg.verify', { messages: [message.json] })
      expect(results).toEqual([{ msg_id: message.json.msg_id, genuine: true }])
    })

    test('is told who asks, where, and what is proved', async () => {
      const gateway = bench.current
      const { department_id } = await gateway.foundDepartment({ name: 'Sales' })
      const [ann, bob] = [await gateway.hire({ name: 'Ann', department_id }), await gateway.hire()]
      await using agent = await startWebhookAgent(gateway)
      const { group_id } = await gateway.foundGroup({ name: 'Team', owner: ann, members: [bob, agent.person] })
      const device = await ann.connect()
      const group = await device.group(group_id)
      await device.call('msg.send_group', { group_id, content: 'before' })
      const { json: before } = await group.next(({ json }) => json.content === 'before')
      const forged = { ...before, content: 'never said' }
      await device.call('msg.send_group', {
        group_id,
        content: `@${agent.id} sum up`,
        context_messages: [before, forged, 'nonsense'],
      })
      const [call] = agent.calls
      expect(call).toMatchObject({
        agent: { employee_id: agent.id },
        message: { content: `@${agent.id} sum up`, mentions: [agent.id] },
        sender: { employee_id: ann.id, name: 'Ann', department: { department_id, name: 'Sales' }, is_ai_agent: false },
        conversation: { type: 'group', group_id, name: 'Team', member_count: 3 },
        hops: 0,
      })
      expect(call?.context_messages.map(({ verified }) => verified)).toEqual([true, false])
      expect(call?.history).toEqual(call?.context_messages)
      expect(await group.next(({ json }) => json.type === 'agent')).toMatchObject({ json: { group_id } })
    })

    test('T47: is called with a signature that the package on the other side accepts, and with two while one is replaced', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      const office = await gateway.office
      const signed = async () => {
        const request = agent.server.nextRequest()
        await device.call('msg.send_private', { to_employee_id: agent.id, content: 'sign' })
        const { body, headers } = await request
        return { body, headers: headers as Record<string, string> }
      }
      const first = await signed()
      expect(new Webhook(agent.secret).verify(first.body, first.headers)).toMatchObject({
        message: { content: 'sign' },
      })
      expect(first.headers['webhook-id']).toBe(JSON.parse(first.body).run_id)
      expect(first.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
      expect(() => new Webhook(agent.secret).verify(`${first.body} `, first.headers)).toThrow()
      expect(() => new Webhook(agent.secret).verify(first.body, { ...first.headers, 'webhook-id': 'run_x' })).toThrow()

      const input = { employee_id: agent.id, kind: 'webhook', overlap_minutes: 60 } as const
      const { secret = '' } = await office.call('agent.set_secret', input)
      const second = await signed()
      for (const key of [agent.secret, secret]) new Webhook(key).verify(second.body, second.headers)
      await office.call('agent.set_secret', { employee_id: agent.id, kind: 'webhook' })
      const third = await signed()
      for (const key of [agent.secret, secret]) {
        expect(() => new Webhook(key).verify(third.body, third.headers)).toThrow()
      }
    })

    test('is called again with the same id when it is busy, within its time', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      const ids: unknown[] = []
      agent.answer((_call, response, { headers }) => {
        ids.push(headers['webhook-id'])
        if (ids.length === 1) response.writeHead(503).end()
        else if (ids.length === 2) response.writeHead(429, { 'retry-after': '0' }).end()
        else reply(response, { content: 'at last' })
      })
      const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x' })
      expect(sent.agents).toMatchObject([{ state: 'done' }])
      expect(new Set(ids).size).toBe(1)
      expect(ids).toHaveLength(3)
    })

    test('writes while people watch: pieces on the stream, and the whole with the same msg_id', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      agent.answer(async (_call, response) => {
        const stream = events(response)
        stream.delta('Once ')
        await device.inbox.next(({ json }) => json.type === 'agent_delta')
        stream.delta('upon ')
        stream.delta('a time')
        stream.end()
      })
      const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'a story' })
      const whole = await device.inbox.next(({ json }) => json.type === 'agent')
      expect(whole.json.content).toBe('Once upon a time')
      const deltas = device.received.filter(({ json }) => json.type === 'agent_delta')
      expect(deltas[0]?.json).toMatchObject({ offset: 0, delta: 'Once ', msg_id: whole.json.msg_id })
      const states = device.received.filter(({ json }) => json.type === 'agent_status').map(({ json }) => json.state)
      expect(states.slice(0, 3)).toEqual(['queued', 'running', 'streaming'])
      expect(sent.agents?.[0]).toMatchObject({ state: 'done', msg_ids: [whole.json.msg_id] })
    })

    test('answers later at the address it was given, once', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      agent.answer((_call, response) => void response.writeHead(202).end())
      const input = { to_employee_id: agent.id, content: 'take your time', agent_wait: false }
      const sent = await device.call('msg.send_private', input)
      expect(sent.agents).toMatchObject([{ employee_id: agent.id }])
      await expect.poll(() => agent.calls.length).toBe(1)
      const { reply_token, reply_url = '' } = agent.calls[0] ?? {}
      const post = (port: number, token = reply_token, body: object = { content: 'here it is' }) =>
        fetch(reply_url.replace(/:\d+\//, `:${port}/`), {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      const [port = 0] = bench.httpPorts.toReversed()
      expect((await post(port, `${reply_token}x`)).status).toBe(401)
      expect((await post(port, reply_token, { content: 7 })).status).toBe(400)
      expect((await post(port)).status).toBe(200)
      const message = await device.inbox.next(({ json }) => json.type === 'agent')
      expect(message.json).toMatchObject({
        content: 'here it is',
        from_employee_id: agent.id,
        in_reply_to: sent.msg_id,
      })
      expect((await post(port)).status).toBe(409)
    })

    test('speaks by itself with its token, where it may, and so often', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const ann = await gateway.hire()
      const device = await ann.connect()
      const { group_id } = await gateway.foundGroup({ owner: ann })
      const [port = 0] = bench.httpPorts
      const { password } = await agent.person.login()
      const post = (body: object, headers: Record<string, string> = {}) =>
        fetch(`http://127.0.0.1:${port}/agents/messages`, {
          method: 'POST',
          headers: { authorization: `Bearer ${password}`, ...headers },
          body: JSON.stringify(body),
        })
      const hello = { to_employee_id: ann.id, content: 'good morning' }
      const sent = await post(hello, { 'idempotency-key': 'once' })
      expect(sent.status).toBe(200)
      const { msg_id } = (await sent.json()) as { msg_id: string }
      const message = await device.inbox.next(({ json }) => json.content === 'good morning')
      expect(message.json).toMatchObject({ msg_id, type: 'private', from_employee_id: agent.id, is_ai_agent: true })
      expect(await (await post(hello, { 'idempotency-key': 'once' })).json()).toMatchObject({ msg_id })
      expect((await post({ group_id, content: 'x' })).status).toBe(403)
      expect((await post({ to_employee_id: 'nobody', content: 'x' })).status).toBe(404)
      expect((await post({ content: 'x' })).status).toBe(400)
      expect((await post(hello, { authorization: `Bearer ${ann.secret}` })).status).toBe(401)
      const codes = new Set<number>()
      for (let i = 0; i < 80 && !codes.has(429); i++) codes.add((await post(hello)).status)
      expect([...codes].sort()).toEqual([200, 429])
    })

    test('that does not answer in its time is 504, with what is true all the same', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 1 })
      const device = await (await gateway.hire()).connect()
      // A gateway that is held up, as this process is, finds both its time and the asker's over.
      agent.answer(() => void setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500), 500))
      const answer = await device.request('msg.send_private', { to_employee_id: agent.id, content: 'hello?' })
      expect(answer).toMatchObject({
        code: 504,
        reason: 'agent_timeout',
        data: { delivered: true, to_employee_id: agent.id, agents: [{ state: 'timed_out', reason: 'timeout' }] },
      })
      const { msg_id } = answer.data as Sent
      const status = await device.inbox.next(({ json }) => json.type === 'agent_status' && json.state === 'timed_out')
      expect(status.json).toMatchObject({ in_reply_to: msg_id, from_employee_id: agent.id })
    })

    test('is asked one thing at a time by one person, on however many gateways they come in at once', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { qps_limit: 1000, max_concurrency: 300 })
      const active = new Set<string>()
      const twice: string[] = []
      agent.answer(({ message, sender }, response) => {
        if (active.has(sender.employee_id)) twice.push(sender.employee_id)
        active.add(sender.employee_id)
        setTimeout(() => {
          active.delete(sender.employee_id)
          reply(response, { content: String(message.content) })
        }, 20)
      })
      const texts = ['1', '2', '3', '4', '5', '6']
      const ask = { to_employee_id: agent.id, agent_wait: false }
      const asked = Array.from({ length: 12 }, async () => {
        const device = await (await gateway.hire()).connect()
        await Promise.all(texts.map((content) => device.call('msg.send_private', { ...ask, content })))
        for (const _ of texts) await device.next(({ json }) => json.type === 'agent')
      })
      await Promise.all(asked)
      expect(agent.calls).toHaveLength(12 * texts.length)
      expect(twice).toEqual([])
    })

    test('is asked once however often a message is sent again', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      const input = { to_employee_id: agent.id, content: 'once' }
      const first = await device.call('msg.send_private', input, { seqId: 'again' })
      const second = await device.call('msg.send_private', input, { seqId: 'again' })
      expect(second.agents?.[0]).toMatchObject({ run_id: first.agents?.[0]?.run_id, state: 'done' })
      expect(agent.calls).toHaveLength(1)
    })

    test('is stopped by whoever asked, the call included', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway, { response_timeout: 60 })
      const [ann, eve] = [await gateway.hire(), await gateway.hire()]
      const [device, other] = [await ann.connect(), await eve.connect()]
      agent.answer(() => undefined)
      const sent = await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x', agent_wait: false })
      await expect.poll(() => agent.calls.length).toBe(1)
      const run_id = sent.agents?.[0]?.run_id ?? ''
      expect(await other.request('agent.cancel', { run_id })).toMatchObject({ code: 404, reason: 'run_not_found' })
      expect(await device.call('agent.cancel', { run_id })).toEqual({ run_id, state: 'cancelled' })
      await device.inbox.next(({ json }) => json.type === 'agent_status' && json.state === 'cancelled')
      await agent.server.connections[0]?.closed
      expect(await device.request('agent.cancel', { run_id })).toMatchObject({ code: 409, reason: 'run_over' })
      const { runs } = await (await gateway.office).call('agent.runs', { employee_id: agent.id })
      expect(runs).toMatchObject([{ run_id, state: 'cancelled', asker_id: ann.id, in_reply_to: sent.msg_id }])
    })

    test('T46: speaks as itself, where it was asked, whatever it claims', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const ann = await gateway.hire()
      const device = await ann.connect()
      const { group_id } = await gateway.foundGroup({ owner: ann })
      agent.answer((_call, response) =>
        reply(response, {
          content: 'trust me',
          from_employee_id: 'admin',
          group_id,
          to_employee_id: 'admin',
          type: 'system',
          msg_id: 'msg_x',
          proof: 'x',
        }),
      )
      await device.call('msg.send_private', { to_employee_id: agent.id, content: 'x' })
      const { json } = await device.inbox.next((message) => message.json.content === 'trust me')
      expect(json).toMatchObject({ from_employee_id: agent.id, to_employee_id: ann.id, type: 'agent' })
      expect(json).not.toHaveProperty('group_id')
    })
  },
  { config: LOOPBACK_AGENTS },
)
