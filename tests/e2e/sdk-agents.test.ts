import {
  AbortedError,
  AgentNotCalledError,
  AgentRunError,
  connect,
  type MChatClient,
  memoryStore,
  serveAgent,
} from '@mchat/sdk'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { events, LOOPBACK_AGENTS, reply, startWebhookAgent } from '../agents/webhook-agent.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'

let gateway: TestGateway
const open = new Set<MChatClient>()

const online = async (): Promise<MChatClient> => {
  const office = await gateway.office
  const client = await connect(await office.call('employee.create', { name: 'Ann' }), {
    store: memoryStore(),
    timing: { quietMs: 300 },
  })
  open.add(client)
  return client
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

beforeAll(async () => {
  gateway = await startGateway({ config: LOOPBACK_AGENTS })
})
afterAll(async () => {
  await Promise.all([...open].map((client) => client.close()))
  await gateway[Symbol.asyncDispose]()
})

describe('the SDK and an agent behind a webhook', () => {
  it('asks, and has the answer with a proof that holds', async () => {
    await using agent = await startWebhookAgent(gateway)
    const ann = await online()
    const { messages, sent, text } = await ann.ask({ to_employee_id: agent.id, content: 'hello' })
    expect(text).toBe('echo: hello')
    expect(messages).toMatchObject([{ from_employee_id: agent.id, in_reply_to: sent.msg_id, is_ai_agent: true }])
    expect((await ann.msg.verify({ messages: [...messages] })).results).toMatchObject([{ genuine: true }])
  })

  it('shows an answer while it is written', async () => {
    await using agent = await startWebhookAgent(gateway)
    const ann = await online()
    const { promise: shown, resolve: show } = Promise.withResolvers<void>()
    agent.answer(async (_call, response) => {
      const stream = events(response)
      stream.delta('Once ')
      // The agent goes on when the beginning can be read.
      await shown
      stream.delta('upon a ')
      stream.delta('time 🎉')
      stream.end()
    })
    const texts: string[] = []
    const states: string[] = []
    ann.on('agent_status', ({ state }) => states.push(state))
    const onText = ({ text }: { readonly text: string }) => {
      texts.push(text)
      show()
    }
    const { text } = await ann.ask({ to_employee_id: agent.id, content: 'a story' }, { onText })
    expect(text).toBe('Once upon a time 🎉')
    expect(texts[0]).toBe('Once ')
    expect(texts.at(-1)).toBe(text)
    expect(states).toEqual(['queued', 'running', 'streaming', 'done'])
  })

  it('has the answers of all the agents that a group was asked for', async () => {
    await using first = await startWebhookAgent(gateway)
    await using second = await startWebhookAgent(gateway)
    second.answer((_call, response) => reply(response, { messages: [{ content: 'a' }, { content: 'b' }] }))
    const ann = await online()
    const member_ids = [first.id, second.id]
    const { group_id } = await ann.group.create({ name: 'Team', member_ids })
    const { messages } = await ann.ask({ group_id, content: 'all of you', mentions: member_ids })
    expect(messages.map(({ content }) => content).sort()).toEqual(['a', 'b', 'echo: all of you'])
  })

  it('says why there is no answer', async () => {
    await using agent = await startWebhookAgent(gateway)
    await using shy = await startWebhookAgent(gateway, { allowed_users: [gateway.admin.id] })
    const ann = await online()
    agent.answer((_call, response) => void response.writeHead(500).end())
    const error = await failure(ann.ask({ to_employee_id: agent.id, content: 'x' }))
    expect(error).toBeInstanceOf(AgentRunError)
    expect(error).toMatchObject({ employeeId: agent.id, state: 'failed', reason: 'http_error' })
    const refused = await failure(ann.ask({ to_employee_id: shy.id, content: 'x' }))
    expect(refused).toMatchObject({ employeeId: shy.id, state: 'failed', reason: 'not_allowed' })
    agent.answer((_call, response) => void response.writeHead(204).end())
    expect(await ann.ask({ to_employee_id: agent.id, content: 'x' })).toMatchObject({ messages: [] })
  })

  it('says that none was called: one that is paused, has no endpoint, or is silent since it handed over, and a person', async () => {
    const office = await gateway.office
    await using agent = await startWebhookAgent(gateway)
    const [ann, bob] = [await online(), await online()]
    const unreachable = await office.call('employee.create', { name: 'Mute', is_ai_agent: true })
    agent.answer((_call, response) => reply(response, { silent: true, handoff: { to: bob.employeeId } }))
    await office.call('employee.update', { employee_id: agent.id, updates: { manager_id: bob.employeeId } })
    await ann.ask({ to_employee_id: agent.id, content: 'a person, please' })
    const expectNotCalled = async (client: MChatClient, to_employee_id: string) => {
      const error = await failure(client.ask({ to_employee_id, content: 'Are you there?' }))
      expect(error).toBeInstanceOf(AgentNotCalledError)
      return error as AgentNotCalledError
    }
    await expectNotCalled(ann, agent.id)
    await expectNotCalled(ann, unreachable.employee_id)
    const delivered = new Promise((resolve) => bob.on('message', ({ msg_id }) => resolve(msg_id)))
    const { msgId } = await expectNotCalled(ann, bob.employeeId)
    expect(await delivered).toBe(msgId)
    await office.call('agent.disable', { employee_id: agent.id })
    await expectNotCalled(bob, agent.id)
  })

  it('stops an agent that is not waited for any more, the call included', async () => {
    await using agent = await startWebhookAgent(gateway, { response_timeout: 60 })
    const ann = await online()
    agent.answer(() => undefined)
    const controller = new AbortController()
    const called = agent.server.nextRequest()
    const failed = failure(ann.ask({ to_employee_id: agent.id, content: 'x' }, { signal: controller.signal }))
    await called
    const cancelled = new Promise((resolve) =>
      ann.on('agent_status', ({ state }) => state === 'cancelled' && resolve(state)),
    )
    controller.abort()
    expect(await failed).toBeInstanceOf(AbortedError)
    await cancelled
    await agent.server.connections[0]?.closed
  })
})

describe('an agent that is an SDK client', () => {
  it('answers bit by bit, and hears when it is stopped', async () => {
    const office = await gateway.office
    const hired = await office.call('employee.create', {
      name: 'Poet',
      is_ai_agent: true,
      agent_profile: { connector: 'mqtt' },
    })
    const poet = await connect(hired, { store: memoryStore() })
    open.add(poet)
    const { promise: stopped, resolve: stop } = Promise.withResolvers<void>()
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>()
    serveAgent(poet, async ({ message, sender }, reply) => {
      if (message.content === 'fail') throw new Error('the muse is out')
      if (message.content === 'for ever') {
        reply.signal.addEventListener('abort', () => stop())
        ask()
        await stopped
        return
      }
      for (const word of ['Roses', ' are', ' red, ', sender.name]) reply.delta(word)
      return
    })
    const ann = await online()
    const pieces: string[] = []
    const { text } = await ann.ask(
      { to_employee_id: hired.employee_id, content: 'a poem' },
      { onText: ({ text: shown }) => pieces.push(shown) },
    )
    expect(text).toBe('Roses are red, Ann')
    const failed = await office.call('agent.test', { employee_id: hired.employee_id, content: 'fail' })
    expect(failed).toMatchObject({ ok: false, reason: 'agent', detail: 'Error' })
    const controller = new AbortController()
    const asking = ann.ask({ to_employee_id: hired.employee_id, content: 'for ever' }, { signal: controller.signal })
    await asked
    controller.abort()
    expect(await failure(asking)).toBeInstanceOf(AbortedError)
    await stopped
  })
})
