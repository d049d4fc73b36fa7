import { describe, expect, it } from 'vitest'
import { openRig, type Rig, turns } from './rig.ts'

const ways: [name: string, again: (rig: Rig) => Promise<void>][] = [
  ['a restart', (rig) => rig.restart()],
  ['kill -9', (rig) => rig.crash()],
]

describe.each(ways)('%s', (_name, again) => {
  it('keeps subscriptions and queues in order, and marks everything as sent before', async () => {
    const rig = await openRig()
    await rig.sessions.subscribe('a', false, [
      { filter: 'x', qos: 1 },
      { filter: 'y/+', qos: 0 },
    ])
    await rig.away('b', 'x')
    for (let n = 1; n <= 12; n++) await rig.publish('x', String(n))
    const a = rig.attach('a')
    for (const { packetId, text } of a.received) {
      if (Number(text) % 4 === 0) rig.sessions.acknowledge('a', packetId)
    }
    await turns()
    await again(rig)
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([
      ['x', 1],
      ['y/+', 0],
    ])
    const restored = rig.attach('a')
    await rig.publish('x', '13')
    expect(restored.texts).toEqual(['1', '2', '3', '5', '6', '7', '9', '10', '11', '13'])
    expect(restored.received.map(({ dup }) => dup)).toEqual([...new Array(9).fill(true), false])
    expect(rig.attach('b').texts).toEqual(Array.from({ length: 13 }, (_, index) => String(index + 1)))
  })

  it('forgets what was acknowledged, what is not durable, and clean sessions', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    rig.attachAcking('a')
    rig.attach('c', true)
    await rig.sessions.subscribe('c', true, [{ filter: 't', qos: 1 }])
    await rig.publish('t', 'acknowledged')
    await turns()
    await rig.away('b', 't')
    await rig.publish('t', 'answer', false)
    await again(rig)
    expect([...rig.sessions.clientIds()].sort()).toEqual(['a', 'b'])
    expect(rig.attach('a').texts).toEqual([])
    expect(rig.attach('b').texts).toEqual([])
  })

  it('keeps retained messages, wills and incoming QoS 2 packets', async () => {
    const rig = await openRig()
    await rig.sessions.retain('status/u1', Buffer.from('on'), 1)
    await rig.sessions.retain('status/u1', Buffer.from('off'), 1)
    await rig.sessions.retain('status/u2', Buffer.from('on'), 0)
    await rig.sessions.retain('status/u3', Buffer.from('on'), 1)
    await rig.sessions.retain('status/u3', Buffer.alloc(0), 1)
    await rig.sessions.putWill('a', { topic: 'status/u1', payload: Buffer.from('gone'), qos: 1, retain: true })
    await rig.sessions.putWill('b', { topic: 'status/u2', payload: Buffer.from('gone'), qos: 1, retain: true })
    await rig.sessions.deleteWill('b')
    await rig.sessions.incoming.put('a', 7, { topic: 't', payload: 'text', qos: 2, messageId: 7 })
    await rig.sessions.incoming.put('a', 8, { topic: 't', payload: Buffer.from('x'), qos: 2, messageId: 8 })
    await rig.sessions.incoming.delete('a', 8)
    await again(rig)
    const retained = [...rig.sessions.retained('status/+')].map(({ topic, payload, qos }) => [topic, `${payload}`, qos])
    expect(retained).toEqual([
      ['status/u1', 'off', 1],
      ['status/u2', 'on', 0],
    ])
    expect([...rig.sessions.wills()]).toMatchObject([{ clientId: 'a', topic: 'status/u1', retain: true }])
    expect(rig.sessions.incoming.get('a', 7)).toMatchObject({ payload: 'text', messageId: 7 })
    expect(rig.sessions.incoming.get('a', 8)).toBeUndefined()
    await rig.sessions.incoming.clear('a')
    await rig.sessions.deleteWill('a')
    await again(rig)
    expect([...rig.sessions.wills()]).toEqual([])
    expect(rig.sessions.incoming.get('a', 7)).toBeUndefined()
  })

  it('does not use message ids again', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    for (let n = 1; n <= 3; n++) {
      await rig.publish('t', String(n))
      await again(rig)
    }
    expect(rig.attach('a').texts).toEqual(['1', '2', '3'])
  })
})

describe('what is gone with the process', () => {
  it('is a durable message that was not accepted', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    rig.journal.held = true
    void rig.publish('t', 'x')
    await rig.crash()
    expect(rig.attach('a').texts).toEqual([])
  })

  it('nothing is accepted after close', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    const { sessions } = rig
    await sessions.close()
    await expect(sessions.publish({ topic: 't', payload: Buffer.from('x'), qos: 1, durable: true })).rejects.toThrow()
    await sessions.close()
  })

  it('a journal of a newer version is refused', async () => {
    const rig = await openRig()
    rig.disk.set(99, [Buffer.from([200])])
    await expect(rig.restart()).rejects.toThrow('newer version')
  })
})

describe('retained messages', () => {
  it('go to this client alone, with the retain flag, at the lower QoS', async () => {
    const rig = await openRig()
    await rig.sessions.retain('status/u1', Buffer.from('1'), 1)
    await rig.sessions.retain('status/u2', Buffer.from('2'), 0)
    await rig.sessions.retain('other', Buffer.from('3'), 1)
    await rig.away('b', 'status/+')
    const [a, b] = [rig.attach('a'), rig.attach('b')]
    await rig.sessions.subscribe('a', false, [{ filter: 'status/+', qos: 1 }])
    rig.sessions.sendRetained('a', [
      { filter: 'status/+', qos: 1 },
      { filter: 'other', qos: 0 },
    ])
    rig.sessions.sendRetained('nobody', [{ filter: '#', qos: 1 }])
    expect(a.received.map(({ text, qos, retain }) => [text, qos, retain])).toEqual([
      ['1', 1, true],
      ['2', 0, true],
      ['3', 0, true],
    ])
    expect(b.received).toEqual([])
  })

  it('a published message that is retained is sent without the flag', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    const a = rig.attach('a')
    await rig.sessions.retain('t', Buffer.from('x'), 1)
    await rig.publish('t', 'x')
    expect(a.received).toMatchObject([{ retain: false }])
  })

  it('are read when there is room for them, however many there are, and go on after a reconnect', async () => {
    const rig = await openRig({ limits: { inflight: 4, queuedMessages: 10 } })
    for (let n = 0; n < 30; n++) void rig.sessions.retain(`status/u${n}`, Buffer.from(`old ${n}`), 1)
    await turns()
    const first = rig.attach('a')
    await rig.away('a', 'status/+')
    rig.sessions.sendRetained('a', [{ filter: 'status/+', qos: 1 }])
    expect(first.received).toHaveLength(4)
    expect(rig.sessions.stats().queuedMessages).toBe(4)
    await rig.sessions.retain('status/u29', Buffer.from('new'), 1)
    const second = rig.attachAcking('a')
    await turns(60)
    expect(second.texts.slice(0, 5)).toEqual(['old 0', 'old 1', 'old 2', 'old 3', 'old 4'])
    expect(second.texts.at(-1)).toBe('new')
    expect(second.received).toHaveLength(30)
  })

  it('are not sent for a subscription that has ended', async () => {
    const rig = await openRig({ limits: { inflight: 1 } })
    for (const user of ['u1', 'u2']) await rig.sessions.retain(`status/${user}`, Buffer.from(user), 1)
    const a = rig.attachAcking('a')
    await rig.away('a', 'status/+')
    rig.sessions.sendRetained('a', [{ filter: 'status/+', qos: 1 }])
    await rig.sessions.revoke('a', ['status/+'])
    await turns()
    expect(a.texts).toEqual(['u1'])
  })

  it('are found by filter', async () => {
    const rig = await openRig()
    for (const topic of ['a', 'a/b', 'a/c', 'a/b/c', '$x/y', 'd'])
      await rig.sessions.retain(topic, Buffer.from(topic), 1)
    const found = (filter: string): string[] => [...rig.sessions.retained(filter)].map(({ topic }) => topic).sort()
    expect(found('a')).toEqual(['a'])
    expect(found('a/+')).toEqual(['a/b', 'a/c'])
    expect(found('a/#')).toEqual(['a', 'a/b', 'a/b/c', 'a/c'])
    expect(found('+/b/+')).toEqual(['a/b/c'])
    expect(found('#')).toEqual(['a', 'a/b', 'a/b/c', 'a/c', 'd'])
    expect(found('+')).toEqual(['a', 'd'])
    expect(found('$x/+')).toEqual(['$x/y'])
    expect(rig.sessions.stats().retained).toBe(6)
    await rig.sessions.retain('a/b/c', Buffer.alloc(0), 1)
    expect(found('a/b/#')).toEqual(['a/b'])
    await expect(rig.sessions.retain('t'.repeat(70_000), Buffer.from('x'), 1)).rejects.toThrow(RangeError)
  })

  it('that fail in the journal are written when it works again', async () => {
    const rig = await openRig()
    await rig.sessions.retain('a', Buffer.from('1'), 1)
    await rig.sessions.retain('b', Buffer.from('1'), 1)
    rig.journal.failure = new Error('disk full')
    await expect(rig.sessions.retain('a', Buffer.from('2'), 1)).rejects.toThrow('disk full')
    await expect(rig.sessions.retain('b', Buffer.alloc(0), 1)).rejects.toThrow('disk full')
    await expect(rig.sessions.retain('b', Buffer.alloc(0), 1)).rejects.toThrow('disk full')
    await expect(rig.sessions.retain('c', Buffer.from('1'), 1)).rejects.toThrow('disk full')
    await expect(rig.sessions.retain('c', Buffer.alloc(0), 1)).rejects.toThrow('disk full')
    await expect(rig.sessions.retain('c', Buffer.from('2'), 1)).rejects.toThrow('disk full')
    rig.journal.failure = undefined
    await rig.sessions.retain('d', Buffer.from('1'), 1)
    await turns(30)
    await rig.crash()
    expect([...rig.sessions.retained('#')].map(({ topic, payload }) => `${topic}=${payload}`)).toEqual(
      expect.arrayContaining(['a=2', 'c=2', 'd=1']),
    )
    expect(rig.sessions.stats().retained).toBe(3)
  })
})
