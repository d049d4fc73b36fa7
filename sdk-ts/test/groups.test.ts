import { describe, expect, it } from 'vitest'
import { SubscriptionRefusedError } from '../src/index.ts'
import type { TestBroker } from './kit/broker.ts'
import { SILENCE } from './kit/gateway.ts'
import { record, startWorld } from './kit/world.ts'

const subscribed = (broker: TestBroker): string[] => broker.subscribes.flatMap(({ filters }) => filters)

describe('subscriptions', () => {
  it('are inbox, sync, notices, organisation and the own groups, at most eight in one SUBSCRIBE', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = Array.from({ length: 20 }, (_, i) => `g${i}`)
    const alice = await join('alice')
    const filters = subscribed(broker)
    expect(filters.slice(0, 7)).toEqual([
      `mchat/msg/resp/${alice.clientId}/+`,
      'mchat/inbox/alice',
      'mchat/sync/alice',
      'mchat/system/notify',
      'mchat/org/tree',
      'mchat/inbox/alice/stream',
      'mchat/status/alice',
    ])
    for (const group of gateway.groups) expect(filters).toContain(`mchat/group/${group}`)
    expect(filters).toHaveLength(7 + 40)
    expect(new Set(filters).size).toBe(filters.length)
    expect(Math.max(...broker.subscribes.map((subscribe) => subscribe.filters.length))).toBe(8)
    expect(alice.groupIds).toEqual(gateway.groups)
  })

  it('read the rest of a long list of groups page by page', async () => {
    const { gateway, join } = await startWorld()
    gateway.groups = Array.from({ length: 200 }, (_, i) => `g${i}`)
    const pages: Record<string, object> = {
      start: { groups: gateway.groups.map((id) => ({ group_id: id })), next_cursor: 'more' },
      more: { groups: [{ group_id: 'g200' }, { group_id: 'g201' }], next_cursor: null },
    }
    gateway.on('group.list', ({ input }) => pages[String(input.cursor ?? 'start')] ?? {})
    const alice = await join('alice', { typing: false })
    expect(alice.groupIds).toHaveLength(202)
  })

  it('follow the system messages', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice', { typing: false })
    const messages = record(alice, 'message')
    const say = (id: string, content: string) =>
      gateway.group(id, gateway.message('bob', content, { type: 'group', group_id: id }))

    await gateway.inbox('alice', gateway.system('group_created', 'created'))
    await gateway.inbox('alice', gateway.system('member_added', 'added', ['alice', 'carol']))
    await gateway.inbox('alice', gateway.system('member_added', 'others', ['carol']))
    await expect
      .poll(() => subscribed(broker))
      .toEqual(expect.arrayContaining(['mchat/group/created', 'mchat/group/added']))
    await say('created', '1')
    await say('added', '2')
    await messages.find(({ content }) => content === '2')

    await gateway.inbox('alice', gateway.system('member_removed', 'created', ['carol']))
    await gateway.inbox('alice', gateway.system('member_removed', 'created', ['alice']))
    await gateway.inbox('alice', gateway.system('group_dismissed', 'added'))
    await expect
      .poll(() => broker.unsubscribed.map(({ filter }) => filter))
      .toEqual(['mchat/group/created', 'mchat/group/added'])
    expect(alice.groupIds).toEqual([])
    expect(subscribed(broker)).not.toContain('mchat/group/others')
  })

  it('drop what a group that was left still delivers, until it is joined again', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['g']
    const alice = await join('alice', { typing: false })
    const messages = record(alice, 'message')
    const late = gateway.message('bob', 'late', { type: 'group', group_id: 'g' })
    await gateway.inbox('alice', gateway.system('member_removed', 'g', ['alice']))
    await gateway.inbox('alice', late)
    await gateway.inbox('alice', gateway.system('member_added', 'g', ['alice']))
    await expect.poll(() => subscribed(broker).filter((filter) => filter === 'mchat/group/g')).toHaveLength(2)
    await gateway.group('g', gateway.message('bob', 'again', { type: 'group', group_id: 'g' }))
    await messages.find()
    expect(messages.all.map(({ content }) => content)).toEqual(['again'])
  })

  it('follow the own requests without waiting for a notice', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice', { typing: false })
    gateway.on('group.create', () => ({ group_id: 'mine', name: 'M', member_ids: [], created_at: 'now' }))
    gateway.on('group.leave', () => ({ group_id: 'mine' }))
    await alice.group.create({ name: 'M', member_ids: [] })
    await expect.poll(() => subscribed(broker)).toContain('mchat/group/mine')
    await alice.group.leave({ group_id: 'mine' })
    await expect.poll(() => broker.unsubscribed.map(({ filter }) => filter)).toEqual(['mchat/group/mine'])
  })

  it('are tried again when refused, since the grant may be on its way', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice', { typing: false })
    const messages = record(alice, 'message')
    broker.refusals.set('mchat/group/g', 2)
    await gateway.inbox('alice', gateway.system('member_added', 'g', ['alice']))
    await expect.poll(() => subscribed(broker)).toContain('mchat/group/g')
    await gateway.group('g', gateway.message('bob', 'hi', { type: 'group', group_id: 'g' }))
    await messages.find(({ content }) => content === 'hi')
  })

  it('are reported when refused for good, and asked for again with the next notice', async () => {
    const { broker, gateway, join } = await startWorld()
    const alice = await join('alice', { typing: false })
    const errors = record(alice, 'error')
    broker.refusals.set('mchat/group/g', 5)
    await gateway.inbox('alice', gateway.system('member_added', 'g', ['alice']))
    const error = await errors.find()
    expect(error).toBeInstanceOf(SubscriptionRefusedError)
    expect(error).toMatchObject({ filter: 'mchat/group/g' })
    await gateway.inbox('alice', gateway.system('member_added', 'g', ['alice']))
    await expect.poll(() => subscribed(broker)).toContain('mchat/group/g')
  })

  it('leave group topics alone where groups are delivered to the inbox', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['g']
    gateway.delivery = 'inbox'
    const alice = await join('alice')
    const messages = record(alice, 'message')
    await gateway.inbox('alice', gateway.message('bob', 'hi', { type: 'group', group_id: 'g' }))
    await messages.find(({ group_id }) => group_id === 'g')
    expect(subscribed(broker)).not.toContain('mchat/group/g')
  })

  it('are asked for again after a reconnect only when the session was lost', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['g', 'h']
    const alice = await join('alice', { typing: false })
    const session = record(alice, 'session')
    const before = subscribed(broker).length
    const resumed = session.next(({ state }) => state === 'connected')
    broker.cut()
    expect(await resumed).toMatchObject({ resumed: true })
    expect(subscribed(broker)).toHaveLength(before)

    const disconnected = session.next(({ state }) => state === 'disconnected')
    await broker.down()
    await disconnected
    const fresh = session.next(({ state }) => state === 'connected')
    await broker.up()
    await broker.loseSession(String(alice.clientId))
    expect(await fresh).toMatchObject({ resumed: false })
    expect(subscribed(broker).slice(before).sort()).toEqual(subscribed(broker).slice(0, before).sort())
  })

  it('give up what was left while there was no connection', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['g', 'h']
    const alice = await join('alice', { typing: false })
    const connected = record(alice, 'session').next(({ state }) => state === 'connected')
    gateway.groups = ['h']
    broker.cut()
    await connected
    await expect.poll(() => broker.unsubscribed.map(({ filter }) => filter)).toEqual(['mchat/group/g'])
    expect(alice.groupIds).toEqual(['h'])
  })

  it('believe what was heard after the list was asked for', async () => {
    const { broker, gateway, join } = await startWorld()
    gateway.groups = ['old']
    const alice = await join('alice', { typing: false })
    const session = record(alice, 'session')
    gateway.first('auth.bind', async (request) => {
      await gateway.inbox('alice', gateway.system('group_created', 'new'))
      await gateway.inbox('alice', gateway.system('group_dismissed', 'old'))
      const response = {
        employee_id: 'alice',
        expires_at: 'x',
        groups: [{ group_id: 'old', name: '', role: 'member' }],
        roles: [],
      }
      await gateway.answer(request, response)
      return SILENCE
    })
    const connected = session.next(({ state }) => state === 'connected')
    broker.cut()
    await connected
    expect(alice.groupIds).toEqual(['new'])
  })
})
