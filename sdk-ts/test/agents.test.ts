import { describe, expect, it } from 'vitest'
import {
  AbortedError,
  type AgentDelta,
  AgentNotCalledError,
  type AgentRun,
  AgentRunError,
  type AgentStatus,
  type AgentText,
  type MChatClient,
  type Message,
  serveAgent,
} from '../src/index.ts'
import { type FakeGateway, msgId, type SeenRequest } from './kit/gateway.ts'
import { record, startWorld } from './kit/world.ts'

const QUESTION = msgId('question')

/** What the gateway says of a run of `bot` that alice has asked for. */
const runOf = (gateway: FakeGateway, runId = 'run_1', bot = 'bot') => {
  const about = { run_id: runId, from_employee_id: bot, to_employee_id: 'alice', in_reply_to: QUESTION }
  const answer = msgId(`answer of ${runId}`)
  const stream = (event: object) => gateway.broker.publish('mchat/inbox/alice/stream', event, { qos: 0 })
  let n = 0
  const statusOf = (state: AgentStatus['state'], reason?: AgentStatus['reason']): AgentStatus => ({
    type: 'agent_status',
    event_id: `evt_${runId}_${state}_${++n}`,
    ...about,
    state,
    ...(reason === undefined ? {} : { reason }),
    sent_at: 'now',
  })
  return {
    answer,
    called: { employee_id: bot, run_id: runId, state: 'queued' },
    status: (state: AgentStatus['state']) => stream(statusOf(state)),
    fail: (state: AgentStatus['state'], reason: AgentStatus['reason']) =>
      gateway.inbox('alice', statusOf(state, reason)),
    delta: (offset: number, delta: string) =>
      stream({ type: 'agent_delta', ...about, msg_id: answer, offset, delta, sent_at: 'now' } satisfies AgentDelta),
    say: (content: Message['content'], msg_id = answer) =>
      gateway.inbox('alice', gateway.message(bot, '', { ...about, type: 'agent', content, msg_id, is_ai_agent: true })),
  }
}

const sentTo = (...agents: object[]) => ({
  msg_id: QUESTION,
  to_employee_id: 'bot',
  sent_at: 'now',
  proof: 'p',
  agents,
})

const asking = async () => {
  const { gateway, join } = await startWorld()
  const alice = await join('alice')
  const run = runOf(gateway)
  gateway.on('msg.send_private', () => sentTo(run.called))
  return { gateway, alice, run }
}

/** Attached before whatever may fail it. */
const failure = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

describe('ask', () => {
  it('sends without waiting and resolves with what the agent says', async () => {
    const { alice, gateway, run } = await asking()
    const answered = alice.ask({ to_employee_id: 'bot', content: 'hi' })
    await gateway.received('msg.send_private')
    await run.say('hello')
    await run.status('done')
    expect(await answered).toMatchObject({
      text: 'hello',
      sent: { msg_id: QUESTION },
      messages: [{ content: 'hello' }],
    })
    expect(gateway.seen('msg.send_private')[0]?.input.agent_wait).toBe(false)
  })

  it('does not mind an answer that is faster than that to the request', async () => {
    const { alice, gateway, run } = await asking()
    const other = runOf(gateway, 'run_2', 'other')
    gateway.on('msg.send_private', async () => {
      await other.delta(0, 'not')
      await other.say('not for this')
      await other.status('done')
      await run.delta(0, 'hel')
      await run.say('hello')
      await run.status('done')
      return sentTo(run.called)
    })
    const texts: string[] = []
    const { messages } = await alice.ask(
      { to_employee_id: 'bot', content: 'hi' },
      { onText: ({ text }) => texts.push(text) },
    )
    expect(messages.map(({ content }) => content)).toEqual(['hello'])
    expect(texts).toEqual(['hello'])
  })

  it('shows what is being written, from the beginning, and takes the whole for what was said', async () => {
    const { alice, gateway, run } = await asking()
    const texts: AgentText[] = []
    const answered = alice.ask({ to_employee_id: 'bot', content: 'hi' }, { onText: (text) => texts.push(text) })
    await gateway.received('msg.send_private')
    await run.delta(0, 'Once ')
    await run.delta(5, 'upon')
    await run.say('Once upon a time.')
    await run.delta(9, ' a day that is late')
    await run.status('done')
    expect((await answered).text).toBe('Once upon a time.')
    expect(texts.map(({ is_whole, text }) => [text, is_whole])).toEqual([
      ['Once ', false],
      ['Once upon', false],
      ['Once upon a time.', true],
    ])
    expect(texts[0]).toMatchObject({ msg_id: run.answer, run_id: 'run_1', from_employee_id: 'bot' })
  })

  it('shows nothing after a lost piece until the answer is whole', async () => {
    const { alice, gateway, run } = await asking()
    const texts: string[] = []
    const answered = alice.ask({ to_employee_id: 'bot', content: 'hi' }, { onText: ({ text }) => texts.push(text) })
    await gateway.received('msg.send_private')
    await run.delta(0, 'a')
    await run.delta(2, 'c')
    await run.delta(3, 'd')
    await run.say('abcd')
    await run.status('done')
    await answered
    expect(texts).toEqual(['a', 'abcd'])
  })

  it('takes quiet after a message for the end when that was lost, and several messages for one answer', async () => {
    const { alice, gateway, run } = await asking()
    const answered = alice.ask({ to_employee_id: 'bot', content: 'hi' })
    await gateway.received('msg.send_private')
    await run.say('one')
    await run.say({ type: 'markdown', body: { text: 'two' } }, msgId('second'))
    await run.say({ type: 'image', body: { url: 'https://x.example' } }, msgId('third'))
    expect(await answered).toMatchObject({ text: 'one\ntwo', messages: [{}, {}, {}] })
  })

  it('waits for a message that the end has overtaken, and resolves with nothing where there is nothing to say', async () => {
    const { alice, gateway, run } = await asking()
    const first = alice.ask({ to_employee_id: 'bot', content: 'hi' })
    await gateway.received('msg.send_private')
    // Without a pause in between, which a busy machine could make as long as the client's patience.
    await Promise.all([run.status('done'), run.say('late')])
    expect((await first).text).toBe('late')

    const silent = runOf(gateway, 'run_2')
    gateway.on('msg.send_private', () => sentTo(silent.called))
    const second = alice.ask({ to_employee_id: 'bot', content: 'hm' })
    await gateway.received('msg.send_private', 2)
    await silent.status('done')
    expect(await second).toMatchObject({ text: '', messages: [] })
  })

  it.each([
    ['names none', undefined],
    ['has an empty list of them', []],
  ])('fails at once when no agent was called, where the gateway %s', async (_how, agents) => {
    const { alice, gateway } = await asking()
    const { agents: _called, ...relayed } = sentTo()
    gateway.on('msg.send_private', () => ({ ...relayed, ...(agents === undefined ? {} : { agents }) }))
    const error = await failure(alice.ask({ to_employee_id: 'bob', content: 'hi' }))
    expect(error).toBeInstanceOf(AgentNotCalledError)
    expect(error).toMatchObject({ name: 'AgentNotCalledError', msgId: QUESTION })
    expect((error as Error).message).toContain(QUESTION)
    expect((error as Error).stack).toContain('agents.test.ts')
  })

  it.each([
    ['failed', 'unreachable'],
    ['timed_out', 'timeout'],
    ['cancelled', 'cancelled'],
  ] as const)('fails when a run has %s, and says why', async (state, reason) => {
    const { alice, gateway, run } = await asking()
    const failed = failure(alice.ask({ to_employee_id: 'bot', content: 'hi' }))
    await gateway.received('msg.send_private')
    await run.fail(state, reason)
    const error = await failed
    expect(error).toBeInstanceOf(AgentRunError)
    expect(error).toMatchObject({ employeeId: 'bot', runId: 'run_1', state, reason, msgId: QUESTION, messages: [] })
  })

  it('has what other agents answered when one of them failed, which the request may say itself', async () => {
    const { alice, gateway, run } = await asking()
    const refused = { employee_id: 'shy', run_id: 'run_2', state: 'failed', reason: 'not_allowed' }
    gateway.on('msg.send_group', () => ({ ...sentTo(run.called, refused), group_id: 'g' }))
    const failed = failure(alice.ask({ group_id: 'g', content: '@bot @shy' }))
    await gateway.received('msg.send_group')
    await run.say('I can')
    const error = await failed
    expect(error).toMatchObject({ employeeId: 'shy', reason: 'not_allowed', messages: [{ content: 'I can' }] })
  })

  it('stops the agents that have not answered when its signal fires', async () => {
    const { alice, gateway, run } = await asking()
    const other = runOf(gateway, 'run_2', 'other')
    gateway.on('msg.send_private', () => sentTo(run.called, other.called))
    gateway.on('agent.cancel', ({ input }) => ({ ...input, state: 'cancelled' }))
    const controller = new AbortController()
    const texts = record(alice, 'agent_text')
    const failed = failure(alice.ask({ to_employee_id: 'bot', content: 'hi' }, { signal: controller.signal }))
    await gateway.received('msg.send_private')
    await run.say('done already')
    await run.status('done')
    await texts.find(({ is_whole }) => is_whole)
    await other.delta(0, 'well')
    await texts.find(({ text }) => text === 'well')
    controller.abort()
    expect(await failed).toBeInstanceOf(AbortedError)
    expect((await gateway.received('agent.cancel')).input.run_id).toBe('run_2')
    expect(gateway.seen('agent.cancel')).toHaveLength(1)
  })

  it('stops them, too, when the signal fires before the request is answered', async () => {
    const { alice, gateway, run } = await asking()
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>()
    gateway.on('msg.send_private', async () => {
      await aborted
      return sentTo(run.called)
    })
    gateway.on('agent.cancel', ({ input }) => ({ ...input, state: 'cancelled' }))
    const controller = new AbortController()
    const failed = failure(alice.ask({ to_employee_id: 'bot', content: 'hi' }, { signal: controller.signal }))
    await gateway.received('msg.send_private')
    controller.abort()
    expect(await failed).toBeInstanceOf(AbortedError)
    abort()
    expect((await gateway.received('agent.cancel')).input.run_id).toBe('run_1')
  })

  it('fails in its time, and at once when the client is closed', async () => {
    const { alice, gateway } = await asking()
    const late = await failure(alice.ask({ to_employee_id: 'bot', content: 'hi' }, { timeoutMs: 300 }))
    expect(late).toMatchObject({ name: 'RequestTimeoutError', action: 'msg.send_private', timeoutMs: 300 })
    const closed = failure(alice.ask({ to_employee_id: 'bot', content: 'hi' }))
    await gateway.received('msg.send_private', 2)
    await alice.close()
    expect(await closed).toMatchObject({ name: 'ClientClosedError' })
  })

  it('reports what onText throws, and goes on', async () => {
    const { alice, gateway, run } = await asking()
    const errors = record(alice, 'error')
    const onText = () => {
      throw new Error('no screen')
    }
    const answered = alice.ask({ to_employee_id: 'bot', content: 'hi' }, { onText })
    await gateway.received('msg.send_private')
    await run.say('hello')
    await run.status('done')
    expect((await answered).text).toBe('hello')
    expect(errors.all).toMatchObject([{ name: 'HandlerError', cause: { message: 'no screen' } }])
  })
})

describe('events of agents', () => {
  it('are told to everybody who listens, ends once', async () => {
    const { alice, run } = await asking()
    const [statuses, texts, messages] = [
      record(alice, 'agent_status'),
      record(alice, 'agent_text'),
      record(alice, 'message'),
    ]
    await run.status('running')
    await run.delta(0, 'so')
    await run.say('so it is')
    await run.fail('failed', 'blocked')
    await statuses.find(({ state }) => state === 'failed')
    expect(statuses.all.map(({ state }) => state)).toEqual(['running', 'failed'])
    expect(texts.all.map(({ text }) => text)).toEqual(['so', 'so it is'])
    expect(messages.all).toMatchObject([{ type: 'agent', content: 'so it is' }])
  })

  it('can be looped over', async () => {
    const { alice, run } = await asking()
    const reader = alice.events('agent_text')
    await run.delta(0, 'a')
    await run.say('ab')
    const texts: string[] = []
    for await (const { is_whole, text } of reader) {
      texts.push(text)
      if (is_whole) break
    }
    expect(texts).toEqual(['a', 'ab'])
  })
})

const callOf = (content: string, runId = 'run_1'): AgentRun => ({
  type: 'agent_run',
  run_id: runId,
  agent: { employee_id: 'bot', name: 'Bot' },
  message: { msg_id: QUESTION, content, sent_at: '2030-01-01T00:00:00.000Z', proof: 'p' },
  sender: { employee_id: 'alice', name: 'Alice', is_ai_agent: false, department: null, manager_id: null, roles: [] },
  conversation: { type: 'private' },
  context_messages: [],
  hops: 0,
  deadline: '2030-01-01T00:00:15.000Z',
})

const serving = async () => {
  const { gateway, join } = await startWorld()
  const bot = await join('bot')
  for (const action of ['agent.reply', 'agent.delta', 'agent.status']) gateway.on(action, () => ({}))
  const call = (content: string, runId?: string) => gateway.inbox('bot', callOf(content, runId))
  return { bot, gateway, call }
}
const inputs = (requests: readonly SeenRequest[]) => requests.map(({ input }) => input)

describe('serveAgent', () => {
  it('answers each call with what its handler returns', async () => {
    const { bot, call, gateway } = await serving()
    serveAgent(bot, ({ message, sender }) => `${sender.name} said ${message.content}`)
    await call('one')
    await call('one') // Delivered once more.
    await gateway.received('agent.reply')
    await call('two', 'run_2')
    await gateway.received('agent.reply', 2)
    expect(inputs(gateway.seen('agent.reply'))).toEqual([
      { run_id: 'run_1', content: 'Alice said one' },
      { run_id: 'run_2', content: 'Alice said two' },
    ])
  })

  it('sends pieces now and then, what comes meanwhile together, and the whole in the end', async () => {
    const { bot, call, gateway } = await serving()
    serveAgent(bot, async (_run, reply) => {
      reply.delta('a')
      await gateway.received('agent.delta')
      for (const letter of 'bcd') reply.delta(letter)
      await gateway.received('agent.delta', 2)
    })
    await call('spell')
    expect((await gateway.received('agent.reply')).input).toEqual({ run_id: 'run_1', content: 'abcd' })
    expect(inputs(gateway.seen('agent.delta')).map(({ delta }) => delta)).toEqual(['a', 'bcd'])
  })

  it('is silent when there is nothing, and may say more about an answer that was streamed', async () => {
    const { bot, call, gateway } = await serving()
    serveAgent(bot, ({ message }, reply) => {
      if (message.content === 'hush') return
      reply.delta('Somebody else knows.')
      return { next_agent: 'other' }
    })
    await call('hush')
    expect((await gateway.received('agent.reply')).input).toEqual({ run_id: 'run_1', silent: true })
    await call('who knows?', 'run_2')
    expect((await gateway.received('agent.reply', 2)).input).toEqual({
      run_id: 'run_2',
      content: 'Somebody else knows.',
      next_agent: 'other',
    })
  })

  it('says that it failed when the handler throws, and why only to the program', async () => {
    const { bot, call, gateway } = await serving()
    const errors = record(bot, 'error')
    serveAgent(bot, () => {
      throw new Error('the key of the model is wrong')
    })
    await call('hi')
    const { input } = await gateway.received('agent.status')
    expect(input).toEqual({ run_id: 'run_1', state: 'failed', reason: 'Error' })
    expect(await errors.find()).toMatchObject({ cause: { message: 'the key of the model is wrong' } })
  })

  it.each([
    ['the kind of the error', () => new TypeError('"my salary" is no question'), 'TypeError'],
    ['its code', () => Object.assign(new Error('my salary'), { code: 'ECONNREFUSED' }), 'Error ECONNREFUSED'],
    [
      'as much of it as the gateway takes',
      () => Object.assign(new Error(), { name: '🐢'.repeat(300) }),
      '🐢'.repeat(256),
    ],
    ['nothing where it is no error', () => 'my salary', undefined],
  ])('gives %s for the log of the gateway', async (_what, thrown, reason) => {
    const { bot, call, gateway } = await serving()
    serveAgent(bot, () => {
      throw thrown()
    })
    await call('my salary')
    const { input } = await gateway.received('agent.status')
    expect(input.reason).toBe(reason)
  })

  it('tells the handler when nobody waits any more, and says nothing then', async () => {
    const { bot, call, gateway } = await serving()
    const errors = record(bot, 'error')
    const { promise: aborted, resolve } = Promise.withResolvers<void>()
    serveAgent(bot, async ({ message }, reply) => {
      if (message.content === 'next') return 'here'
      reply.delta('a')
      await new Promise((stopped) => reply.signal.addEventListener('abort', stopped))
      resolve()
      throw reply.signal.reason
    })
    await call('hi')
    await gateway.received('agent.delta')
    const about = { run_id: 'run_1', from_employee_id: 'bot', to_employee_id: 'alice', in_reply_to: 'msg_1' }
    const stopped = { type: 'agent_status', event_id: 'evt_9', ...about, state: 'cancelled', sent_at: 'now' } as const
    await gateway.inbox('bot', stopped satisfies AgentStatus)
    await aborted
    await call('next', 'run_2')
    await gateway.received('agent.reply')
    expect(inputs(gateway.seen('agent.reply'))).toEqual([{ run_id: 'run_2', content: 'here' }])
    expect(gateway.seen('agent.status')).toEqual([])
    expect(errors.all).toEqual([])
  })

  it('answers nothing more once it is stopped', async () => {
    const { bot, call, gateway } = await serving()
    const stop = serveAgent(bot, () => 'here')
    await call('one')
    await gateway.received('agent.reply')
    stop()
    await call('two', 'run_2')
    await settled(bot)
    // The first may have been repeated.
    expect(new Set(inputs(gateway.seen('agent.reply')).map(({ run_id }) => run_id))).toEqual(new Set(['run_1']))
  })
})

/** Resolves when what is on its way to the client has arrived. */
const settled = async (client: MChatClient): Promise<void> => {
  const own = record(client, 'message').next(({ content }) => content === 'barrier')
  await client.msg.sendPrivate({ to_employee_id: client.employeeId, content: 'barrier' })
  await own
}
