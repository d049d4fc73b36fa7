import { describe, expect, it } from 'vitest'
import { matches, SubscriptionIndex } from '../../../src/broker/sessions/subscription-index.ts'
import { openRig, turns } from './rig.ts'

const subscriber = (name: string) => ({ name, matchedAt: 0, matchedQos: 0 as 0 | 1 })

const MATCHING: [filter: string, topic: string, matches: boolean][] = [
  ['a/b', 'a/b', true],
  ['a/b', 'a/c', false],
  ['a/+', 'a/b', true],
  ['a/+', 'a', false],
  ['a/+', 'a/', true],
  ['a/+', 'a/b/c', false],
  ['+', 'a', true],
  ['+', 'a/b', false],
  ['/+', '/a', true],
  ['+/+', '/a', true],
  ['+/b/+', 'a/b/c', true],
  ['a/+/c', 'a/b/c', true],
  ['a/+/c', 'a/b/d', false],
  ['a/+/+', 'a/b/c', true],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['a/#', 'b', false],
  ['a/+/#', 'a/b', true],
  ['a/+/#', 'a', false],
  ['#', 'a/b', true],
  ['#', '$SYS/x', false],
  ['+/x', '$SYS/x', false],
  ['$SYS/#', '$SYS/x', true],
  ['$SYS/+', '$SYS/x', true],
  ['a/$x/+', 'a/$x/y', true],
  ['+/$x', 'a/$x', true],
  ['a//+', 'a//b', true],
]

describe('matching', () => {
  it.each(MATCHING)('%s and %s: %s', (filter, topic, expected) => {
    expect(matches(filter, topic)).toBe(expected)
    const index = new SubscriptionIndex<ReturnType<typeof subscriber>>()
    const one = subscriber('one')
    index.add(filter, one, 1)
    expect(index.match(topic)).toEqual(expected ? [one] : [])
    index.remove(filter, one)
    expect(index.match(topic)).toEqual([])
  })

  it('finds every subscriber once, at the highest QoS', () => {
    const index = new SubscriptionIndex<ReturnType<typeof subscriber>>()
    const [one, two] = [subscriber('one'), subscriber('two')]
    index.add('a/b', one, 0)
    index.add('a/+', one, 1)
    index.add('a/#', one, 0)
    index.add('a/b', two, 1)
    index.add('a/b', two, 0)
    const found = index.match('a/b')
    expect(found).toHaveLength(2)
    expect([one.matchedQos, two.matchedQos]).toEqual([1, 0])
  })
})

describe('subscriptions', () => {
  it('are added, replaced and listed', async () => {
    const rig = await openRig()
    await rig.sessions.subscribe('a', false, [
      { filter: 'x', qos: 1 },
      { filter: 'y', qos: 0 },
    ])
    await rig.sessions.subscribe('a', false, [{ filter: 'y', qos: 1 }])
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([
      ['x', 1],
      ['y', 1],
    ])
    expect(rig.sessions.subscriptionsOf('nobody').size).toBe(0)
    expect(rig.sessions.stats().subscriptions).toBe(2)
    expect([...rig.sessions.clientIds()]).toEqual(['a'])
  })

  it('of a persistent session are in the journal when the promise resolves, also when nothing changed', async () => {
    const rig = await openRig()
    rig.journal.held = true
    let done = 0
    for (let n = 0; n < 2; n++) {
      void rig.away('a', 'x').then(() => {
        done++
      })
    }
    await turns()
    expect(done).toBe(0)
    rig.journal.release()
    await turns()
    expect(done).toBe(2)
    const before = rig.journal.appended
    await rig.away('a', 'x')
    expect(rig.journal.appended).toBe(before)
    await rig.crash()
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['x'])
  })

  it('of a clean session are not in the journal', async () => {
    const rig = await openRig()
    const before = rig.journal.appended
    rig.attach('a', true)
    await rig.sessions.subscribe('a', true, [{ filter: 'x', qos: 1 }])
    expect(rig.sessions.has('a')).toBe(true)
    expect(rig.journal.appended).toBe(before)
  })

  it('of a clean session whose connection has gone meanwhile begin nothing', async () => {
    const rig = await openRig()
    const a = rig.attach('a', true)
    rig.sessions.detach('a', a)
    await rig.sessions.subscribe('a', true, [{ filter: 'x', qos: 1 }])
    expect(rig.sessions.stats().sessions).toBe(0)
  })

  it('more than allowed are refused together, changing nothing', async () => {
    const rig = await openRig({ limits: { subscriptionsPerClient: 2 } })
    await rig.away('a', 'x')
    await expect(rig.away('a', 'y', 'z')).rejects.toThrow('more than 2')
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['x'])
    await rig.away('a', 'x', 'y')
    await expect(rig.away('b', 'x', 'y', 'z')).rejects.toThrow('more than 2')
    expect(rig.sessions.stats().sessions).toBe(1)
  })

  it('that end leave what is queued through them', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.publish('t', '1')
    const pending = rig.publish('t', '2')
    await rig.sessions.unsubscribe('a', ['t', 'unknown'])
    await pending
    await rig.publish('t', '3')
    expect(rig.sessions.has('a')).toBe(true)
    await rig.crash()
    expect(rig.attach('a').texts).toEqual(['1', '2'])
    await rig.sessions.unsubscribe('nobody', ['t'])
  })

  it('that fail in the journal hold in memory and are written when it works again', async () => {
    const rig = await openRig()
    await rig.away('a', 'old')
    rig.journal.failure = new Error('disk full')
    await expect(rig.away('a', 'new')).rejects.toThrow('disk full')
    await expect(rig.sessions.unsubscribe('a', ['old'])).rejects.toThrow('disk full')
    await expect(rig.sessions.unsubscribe('a', ['old'])).rejects.toThrow('disk full')
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['new'])
    rig.journal.failure = undefined
    await rig.sessions.retain('any', Buffer.from('write'), 1)
    await turns(10)
    await rig.crash()
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['new'])
  })
})

describe('revoke', () => {
  it('drops what is queued for the filters, and only that, for good', async () => {
    const rig = await openRig()
    await rig.away('a', 'group/1', 'group/2', 'inbox/a')
    await rig.away('b', 'group/1')
    for (const [topic, text] of [
      ['group/1', '1'],
      ['group/2', '2'],
      ['inbox/a', '3'],
      ['group/1', '4'],
    ] as const) {
      await rig.publish(topic, text)
    }
    const pending = [rig.publish('group/1', '5'), rig.publish('inbox/a', '6')]
    await rig.sessions.revoke('a', ['group/1', 'group/2'])
    await Promise.all(pending)
    await rig.publish('group/1', '7')
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['inbox/a'])
    for (const crash of [false, true]) {
      if (crash) await rig.crash()
      const [a, b] = [rig.attach('a'), rig.attach('b')]
      expect(a.texts).toEqual(['3', '6'])
      expect(b.texts).toEqual(['1', '4', '5', '7'])
      rig.sessions.detach('a', a)
      rig.sessions.detach('b', b)
    }
  })

  it('takes wildcards by their meaning', async () => {
    const rig = await openRig()
    await rig.away('a', 'group/+', 'inbox/a')
    await rig.publish('group/1', '1')
    await rig.publish('inbox/a', '2')
    await rig.sessions.revoke('a', ['group/+'])
    expect(rig.attach('a').texts).toEqual(['2'])
  })

  it('of what is in flight keeps the packet id until it is acknowledged, and does not send it again', async () => {
    const rig = await openRig({ limits: { inflight: 2 } })
    await rig.away('a', 'group', 'inbox')
    const a = rig.attach('a')
    await rig.publish('group', '1')
    await rig.publish('inbox', '2')
    await rig.publish('inbox', '3')
    await rig.sessions.revoke('a', ['group'])
    expect(a.texts).toEqual(['1', '2'])
    const [revoked, other] = a.received
    rig.sessions.acknowledge('a', revoked?.packetId ?? 0)
    expect(a.texts).toEqual(['1', '2', '3'])
    expect(a.received[2]?.packetId).not.toBe(other?.packetId)
    const again = rig.attach('a')
    expect(again.texts).toEqual(['2', '3'])
  })

  it('of what is in flight when the connection is lost is not sent again', async () => {
    const rig = await openRig()
    await rig.away('a', 'group', 'inbox')
    rig.attach('a')
    await rig.publish('group', '1')
    await rig.publish('inbox', '2')
    await rig.sessions.revoke('a', ['group'])
    const again = rig.attach('a')
    expect(again.texts).toEqual(['2'])
    expect(rig.sessions.stats().queuedMessages).toBe(1)
  })

  it('that fails in the journal holds in memory, and is repeated by calling it again or by itself', async () => {
    const rig = await openRig()
    await rig.away('a', 'group', 'inbox')
    await rig.publish('group', '1')
    await rig.publish('inbox', '2')
    rig.journal.failure = new Error('disk full')
    await expect(rig.sessions.revoke('a', ['group'])).rejects.toThrow('disk full')
    await expect(rig.sessions.revoke('a', ['group'])).rejects.toThrow('disk full')
    rig.journal.failure = undefined
    await rig.sessions.revoke('a', ['group'])
    await rig.crash()
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['inbox'])
    expect(rig.attach('a').texts).toEqual(['2'])
  })
})

describe('purge', () => {
  it('forgets subscriptions, queue and will, also after a restart', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.publish('t', '1')
    await rig.sessions.putWill('a', { topic: 'w', payload: Buffer.from('gone') })
    const a = rig.attach('a')
    await rig.sessions.purge('a')
    await rig.publish('t', '2')
    expect(a.texts).toEqual(['1'])
    expect(rig.sessions.has('a')).toBe(false)
    await rig.crash()
    expect(rig.sessions.has('a')).toBe(false)
    expect([...rig.sessions.wills()]).toEqual([])
    expect(rig.attach('a').texts).toEqual([])
    await rig.sessions.purge('nobody')
  })

  it('resolves once the journal knows, a second call too', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    rig.journal.held = true
    let done = 0
    for (let n = 0; n < 2; n++) {
      void rig.sessions.purge('a').then(() => {
        done++
      })
    }
    await turns()
    expect(done).toBe(0)
    rig.journal.release()
    await turns()
    expect(done).toBe(2)
  })

  it('that fails in the journal is repeated by calling it again', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    rig.journal.failure = new Error('disk full')
    await expect(rig.sessions.purge('a')).rejects.toThrow('disk full')
    await expect(rig.sessions.purge('a')).rejects.toThrow('disk full')
    rig.journal.failure = undefined
    await rig.sessions.purge('a')
    await rig.crash()
    expect(rig.sessions.has('a')).toBe(false)
  })
})
