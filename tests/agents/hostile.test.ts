import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { RunFailure } from '../../schema/src/index.ts'
import { expectAlive } from '../attacks/attacker.ts'
import type { Device } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { events, LOOPBACK_AGENTS, reply, startWebhookAgent, type WebhookAgent } from './webhook-agent.ts'

type Respond = Parameters<WebhookAgent['answer']>[0]

const json =
  (body: unknown): Respond =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const text =
  (body: string, type = 'application/json'): Respond =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': type }).end(body)
  }

/** What an endpoint may do that means ill, and what its run ends with. */
const ILL: Readonly<Record<string, readonly [Respond, RunFailure]>> = {
  'never answers': [() => undefined, 'timeout'],
  'breaks off': [(_call, response) => void response.socket?.destroy(), 'unreachable'],
  'breaks off in the middle': [
    (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"content":"')
      setTimeout(() => response.socket?.destroy(), 20)
    },
    'bad_answer',
  ],
  'sends a byte now and then': [
    (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 100)
      response.on('close', () => clearInterval(timer))
    },
    'timeout',
  ],
  'sends much': [json({ content: 'x'.repeat(70_000) }), 'too_large'],
  'sends a bomb': [
    (_call, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(gzipSync(Buffer.alloc(50 * 1024 * 1024, 0x20)))
    },
    'too_large',
  ],
  'redirects to what is inside': [
    (_call, response) => void response.writeHead(302, { location: 'http://127.0.0.1:5432/' }).end(),
    'http_error',
  ],
  'sends no JSON': [text('<html>'), 'bad_answer'],
  'sends another type': [text('hello', 'text/plain'), 'bad_answer'],
  'sends a list': [json([]), 'bad_answer'],
  'sends names twice': [text('{"content":"a","content":"b"}'), 'bad_answer'],
  'sends deep JSON': [text(`{"content":{"type":"text","body":${'['.repeat(200)}${']'.repeat(200)}}}`), 'bad_answer'],
  'sends a type that runs': [json({ content: { type: 'html', body: '<script>' } }), 'bad_answer'],
  'sends a URL that runs': [json({ content: { type: 'image', body: { url: 'javascript:alert(1)' } } }), 'bad_answer'],
  'sends a content that is too long': [json({ content: 'x'.repeat(40_000) }), 'too_large'],
  'sends too many messages': [json({ messages: Array(11).fill({ content: 'x' }) }), 'bad_answer'],
  'stops a stream before its end': [
    (_call, response) => {
      const stream = events(response)
      stream.delta('half of')
      setTimeout(() => response.end(), 20)
    },
    'bad_answer',
  ],
  'streams garbage': [text('data: what\n\ndata: [DONE]\n\n', 'text/event-stream'), 'bad_answer'],
  'streams without end': [
    (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = (): void => {
        while (!response.destroyed && response.write(`data: {"delta":"${'x'.repeat(8000)}"}\n\n`)) {}
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    },
    'too_large',
  ],
}

onEveryBroker(
  'an agent that means ill',
  (bench) => {
    test('T43, T48: costs its own run, and nobody else hears of it', async () => {
      const gateway = bench.current
      const [alice, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
      const attempt = async (what: string, respond: Respond, failure: RunFailure) => {
        // Only what ends by its time ends soon.
        const profile = { response_timeout: failure === 'timeout' ? 2 : 60 }
        await using agent = await startWebhookAgent(gateway, profile)
        const device = await (await gateway.hire()).connect()
        agent.answer(respond)
        const ask = { to_employee_id: agent.id, content: 'x' }
        const answer = await device.request('msg.send_private', ask, { timeoutMs: 90_000 })
        const data = answer.data as { agents: readonly { reason?: string }[] }
        const said = device.received.filter((message) => message.json.type === 'agent')
        return { what, failure, reason: data.agents[0]?.reason, code: answer.code, said: said.length }
      }
      const outcomes: Awaited<ReturnType<typeof attempt>>[] = []
      const ill = Object.entries(ILL)
      // A few at a time: the endpoints are in this process, too.
      while (ill.length > 0) {
        const some = ill.splice(0, 4).map(([what, [respond, failure]]) => attempt(what, respond, failure))
        outcomes.push(...(await Promise.all(some)))
      }
      for (const { code, failure, reason, said, what } of outcomes) {
        expect({ what, code, reason, said }).toEqual({ what, code: 504, reason: failure, said: 0 })
      }
      await expectAlive(alice, bob)
    })

    test('T44: that is slow does not hold up people', async () => {
      const gateway = bench.current
      const [alice, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
      const agents: WebhookAgent[] = []
      await using stack = new AsyncDisposableStack()
      for (let i = 0; i < 5; i++) {
        const profile = { response_timeout: 120, qps_limit: 1000, max_concurrency: 300 }
        agents.push(stack.use(await startWebhookAgent(gateway, profile)))
      }
      for (const agent of agents) agent.answer(() => undefined)
      const askers: Device[] = []
      for (let i = 0; i < 10; i++) askers.push(await (await gateway.hire()).connect())
      const asked = askers.flatMap((asker) =>
        agents.flatMap(({ id }) =>
          Array.from({ length: 10 }, () =>
            asker.call('msg.send_private', { to_employee_id: id, content: 'x', agent_wait: false }),
          ),
        ),
      )
      await Promise.all(asked)
      // One of each person at a time; the others of theirs wait for it.
      await expect.poll(() => agents.reduce((sum, { calls }) => sum + calls.length, 0)).toBe(50)
      for (let i = 0; i < 20; i++) await expectAlive(alice, bob)
      // All of them are waited for still.
      const office = await gateway.office
      for (const { id } of agents) {
        const { runs } = await office.call('agent.runs', { employee_id: id, limit: 100 })
        expect(runs.map(({ state }) => state)).toEqual(Array(100).fill('running'))
      }
    })

    test('T57: nothing of what is said is in the database', async () => {
      const gateway = bench.current
      await using agent = await startWebhookAgent(gateway)
      const device = await (await gateway.hire()).connect()
      const canary = `CANARY-${agent.id}`
      agent.answer((_call, response) => reply(response, { content: `answer ${canary}` }))
      await device.call('msg.send_private', {
        to_employee_id: agent.id,
        content: `question ${canary}`,
        context_messages: [{ content: `context ${canary}` }],
      })
      const dump = JSON.stringify(await gateway.dump())
      expect(dump).not.toContain('CANARY')
      expect(dump).not.toContain(agent.secret)
      expect(dump).toContain(agent.id)
    })
  },
  { config: LOOPBACK_AGENTS },
)
