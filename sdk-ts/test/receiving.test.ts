import { describe, expect, it } from 'vitest'
import { BufferOverflowError, HandlerError, MalformedPayloadError } from '../src/index.ts'
import { msgId } from './kit/gateway.ts'
import { record, startWorld } from './kit/world.ts'

const sentAt = '2026-01-01T00:00:00.000Z'

describe('events', () => {
  it('tells each kind by its name', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['g']
    const alice = await join('alice')
    alice.watchProfiles()
    alice.watchCapabilities('translate en/fr')
    alice.watchChanges()
    const about = { msg_id: msgId('x'), from_employee_id: 'bob', sent_at: sentAt }
    const cases = [
      ['message', 'inbox/alice', gateway.message('bob', 'private')],
      ['message', 'group/g', gateway.message('bob', 'group', { type: 'group', group_id: 'g' })],
      ['message', 'inbox/alice', gateway.message('bot', 'agent', { type: 'agent', is_ai_agent: true })],
      ['system', 'inbox/alice', gateway.system('group_updated', 'g')],
      [
        'read_ack',
        'inbox/alice',
        { ...about, type: 'read_ack', event_id: 'e1', msg_ids: [], conversation_type: 'private', read_at: sentAt },
      ],
      ['recall', 'inbox/alice', { ...about, type: 'recall', event_id: 'e2' }],
      ['edit', 'group/g', { ...about, type: 'edit', event_id: 'e3', group_id: 'g', content: 'new', proof: 'p' }],
      ['reaction', 'inbox/alice', { ...about, type: 'reaction', event_id: 'e4', emoji: '👍', removed: false }],
      ['typing', 'inbox/alice/stream', { type: 'typing', from_employee_id: 'bob', sent_at: sentAt }],
      ['typing', 'group/g/stream', { type: 'typing', from_employee_id: 'bob', group_id: 'g', sent_at: sentAt }],
      [
        'sync',
        'sync/alice',
        { type: 'sent', from_client_id: 'alice_web_2', message: gateway.message('alice', 'copy') },
      ],
      [
        'sync',
        'sync/alice',
        { type: 'event', from_client_id: 'alice_web_2', event: { ...about, type: 'recall', event_id: 'e2' } },
      ],
      [
        'sync',
        'sync/alice',
        { type: 'relay', sync_id: 's1', from_client_id: 'alice_web_2', kind: 'history', payload: [], sent_at: sentAt },
      ],
      ['changes', 'inbox/alice/changes', { type: 'changes', changes: [], dropped: 2, sent_at: sentAt }],
      ['notify', 'system/notify', { notify_id: 'n1', type: 'info', body: 'Hello', created_at: sentAt }],
      [
        'notify',
        'inbox/alice',
        { notify_id: 'n2', type: 'announcement', title: 'Fire drill', body: 'At noon', created_at: sentAt },
      ],
      ['org', 'org/tree', { version: 3, updated_at: sentAt }],
      [
        'profile',
        'profile/bob',
        { employee_id: 'bob', event: 'updated', fields: ['name'], profile: {}, updated_at: sentAt },
      ],
      [
        'capability',
        'agent/capability/translate%20en%2Ffr',
        { skill: 'translate en/fr', agent_ids: ['bot'], updated_at: sentAt },
      ],
    ] as const
    await expect
      .poll(() => broker.subscribes.flatMap(({ filters }) => filters))
      .toEqual(expect.arrayContaining(['mchat/agent/capability/translate%20en%2Ffr', 'mchat/inbox/alice/changes']))
    for (const [name, topic, payload] of cases) {
      const heard = record(alice, name).next()
      await broker.publish(`mchat/${topic}`, payload)
      expect(await heard).toEqual(payload)
    }
  })

  it('are told once, however often they are delivered', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const messages = record(alice, 'message')
    const systems = record(alice, 'system')
    const message = gateway.message('bob', 'once')
    const system = gateway.system('group_updated', 'g')
    for (let i = 0; i < 3; i += 1) {
      await gateway.inbox('alice', message)
      await gateway.inbox('alice', system)
    }
    await gateway.inbox('alice', gateway.message('bob', 'last'))
    await messages.find(({ content }) => content === 'last')
    expect(messages.all.map(({ content }) => content)).toEqual(['once', 'last'])
    expect(systems.all).toHaveLength(1)
  })

  it('remember a bounded number of ids', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice', { dedupeSize: 2 })
    const messages = record(alice, 'message')
    const [a, b, c] = ['a', 'b', 'c'].map((content) => gateway.message('bob', content))
    for (const message of [a, b, c, c, a]) await gateway.inbox('alice', message)
    await expect.poll(() => messages.all.map(({ content }) => content)).toEqual(['a', 'b', 'c', 'a'])
  })

  it('of unknown types are ignored, and what is malformed is reported and dropped', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    const errors = record(alice, 'error')
    const messages = record(alice, 'message')
    await gateway.inbox('alice', { type: 'hologram', msg_id: msgId('h') })
    await broker.publish('mchat/inbox/alice', '{"type":')
    await broker.publish('mchat/inbox/alice', '[1]')
    await broker.publish(`mchat/msg/resp/${alice.clientId}/none`, { code: 0 })
    await gateway.inbox('alice', gateway.message('bob', 'fine'))
    await messages.find()
    expect(messages.all).toHaveLength(1)
    expect(errors.all).toHaveLength(2)
    expect(errors.all[0]).toBeInstanceOf(MalformedPayloadError)
  })

  it('reach the others when one handler throws or rejects, which is reported', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const errors = record(alice, 'error')
    alice.on('message', () => {
      throw new Error('in the handler')
    })
    alice.on('message', async () => {
      throw new Error('in its promise')
    })
    alice.on('error', () => {
      throw new Error('in the handler of errors')
    })
    const messages = record(alice, 'message')
    await gateway.inbox('alice', gateway.message('bob', '1'))
    await gateway.inbox('alice', gateway.message('bob', '2'))
    await messages.find(({ content }) => content === '2')
    await expect.poll(() => errors.all.length).toBe(4)
    const [error] = errors.all
    expect(error).toBeInstanceOf(HandlerError)
    expect(error).toMatchObject({ event: 'message', cause: { message: 'in the handler' } })
  })

  it('stop when the handler is removed', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const heard: unknown[] = []
    const stop = alice.on('message', ({ content }) => heard.push(content))
    const all = record(alice, 'message')
    await gateway.inbox('alice', gateway.message('bob', '1'))
    await all.find(({ content }) => content === '1')
    stop()
    await gateway.inbox('alice', gateway.message('bob', '2'))
    await all.find(({ content }) => content === '2')
    expect(heard).toEqual(['1'])
  })

  it('are handed to handlers before they are acknowledged', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    const order: string[] = []
    broker.aedes.on('ack', (packet) => {
      if ('topic' in packet && packet.topic === 'mchat/inbox/alice') order.push('acknowledged')
    })
    alice.on('message', () => order.push('handled'))
    await gateway.inbox('alice', gateway.message('bob', '1'))
    await expect.poll(() => order).toEqual(['handled', 'acknowledged'])
  })

  it('that arrive before anybody listens are held for the first who does', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const probe = record(alice, 'system')
    await gateway.inbox('alice', gateway.message('bob', 'early'))
    await gateway.inbox('alice', gateway.system('group_updated', 'g'))
    await probe.find()
    const messages = record(alice, 'message')
    expect(messages.all.map(({ content }) => content)).toEqual(['early'])
  })

  it('of other devices leave out what this device did and what is for another', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice')
    const syncs = record(alice, 'sync')
    const own = alice.clientId
    const relay = { type: 'relay', from_client_id: 'alice_web_2', kind: 'k', payload: 1, sent_at: sentAt }
    await broker.publish('mchat/sync/alice', {
      type: 'sent',
      from_client_id: own,
      message: gateway.message('alice', 'own'),
    })
    await broker.publish('mchat/sync/alice', { ...relay, sync_id: 's1', to_client_id: 'alice_web_3' })
    await broker.publish('mchat/sync/alice', { ...relay, sync_id: 's2', to_client_id: own })
    await syncs.find()
    expect(syncs.all).toMatchObject([{ sync_id: 's2' }])
  })
})

describe('gaps', () => {
  it('are noticed when a sender skips a number in a conversation', async () => {
    const { gateway, join } = await startWorld()
    gateway.groups = ['g']
    const alice = await join('alice')
    const order: string[] = []
    alice.on('session', (event) => {
      if (event.state === 'gap')
        order.push(`gap ${event.missed} ${event.from_employee_id} ${event.group_id ?? 'private'}`)
    })
    alice.on('message', ({ n }) => order.push(`message ${n}`))
    const send = (n: number, more = {}) => gateway.inbox('alice', gateway.message('bob', String(n), { n, ...more }))
    for (const n of [10, 11, 13, 14]) await send(n)
    await gateway.group('g', gateway.message('bob', 'g', { type: 'group', group_id: 'g', n: 3 }))
    await gateway.group('g', gateway.message('bob', 'g', { type: 'group', group_id: 'g', n: 6 }))
    await expect
      .poll(() => order)
      .toEqual([
        'message 10',
        'message 11',
        'gap 1 bob private',
        'message 13',
        'message 14',
        'message 3',
        'gap 2 bob g',
        'message 6',
      ])
  })

  it('are not seen in the interleaved counters of two devices', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const session = record(alice, 'session')
    const messages = record(alice, 'message')
    for (const n of [500_000, 7_000_000, 500_001, 7_000_001, 500_002]) {
      await gateway.inbox('alice', gateway.message('bob', String(n), { n }))
    }
    await messages.find(({ n }) => n === 500_002)
    expect(session.all.filter(({ state }) => state === 'gap')).toEqual([])
  })
})

describe('loops', () => {
  it('read messages until the signal fires', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const controller = new AbortController()
    const messages = alice.messages({ signal: controller.signal })
    for (const content of ['1', '2', '3']) await gateway.inbox('alice', gateway.message('bob', content))
    const read: unknown[] = []
    for await (const { content } of messages) {
      read.push(content)
      if (content === '3') controller.abort()
    }
    expect(read).toEqual(['1', '2', '3'])
  })

  it('end with the client', async () => {
    const { join } = await startWorld()
    const alice = await join('alice')
    const reading = (async () => {
      for await (const _ of alice.events('system')) expect.unreachable()
      return 'ended'
    })()
    await alice.close()
    expect(await reading).toBe('ended')
    for await (const _ of alice.messages()) expect.unreachable()
  })

  it('stop listening when they are left', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const messages = alice.messages()
    await gateway.inbox('alice', gateway.message('bob', '1'))
    for await (const _ of messages) break
    expect(await messages.next()).toEqual({ done: true, value: undefined })
  })

  it('that fall behind are given what fits and then fail, losing nothing silently', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const messages = alice.messages({ limit: 2 })
    const all = record(alice, 'message')
    for (const content of ['1', '2', '3']) await gateway.inbox('alice', gateway.message('bob', content))
    await all.find(({ content }) => content === '3')
    expect(await messages.next()).toMatchObject({ value: { content: '1' } })
    expect(await messages.next()).toMatchObject({ value: { content: '2' } })
    await expect(messages.next()).rejects.toBeInstanceOf(BufferOverflowError)
    expect(await messages.next()).toEqual({ done: true, value: undefined })
  })
})
