import { describe, expect, it } from 'vitest'
import { openRig, type Rig, turns } from './rig.ts'

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index))

/** A client that comes back, takes everything, and says what it was. */
const take = async (rig: Rig, clientId: string): Promise<string[]> => {
  const connection = rig.attachAcking(clientId)
  await turns(60)
  rig.sessions.detach(clientId, connection)
  return connection.texts
}

describe('a queue that is full', () => {
  it('keeps all that was accepted, in order, and what is published later is not for that session', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5 } })
    await rig.away('a', 't', 'other')
    await rig.away('b', 't')
    for (const text of numbered(1, 6)) await rig.publish('t', text)
    expect(rig.overflowed).toEqual(['a', 'b'])
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([])
    await rig.publish('t', '7')
    await rig.publish('other', '8')
    expect(rig.sessions.has('a')).toBe(true)
    expect(rig.sessions.stats()).toMatchObject({ overflowed: 2, sessions: 2, subscriptions: 0, queuedMessages: 12 })
    expect(await take(rig, 'a')).toEqual(numbered(1, 6))
    await rig.crash()
    expect([...rig.sessions.clientIds()]).toEqual(['b'])
    expect(await take(rig, 'b')).toEqual(numbered(1, 6))
    expect(rig.sessions.stats()).toMatchObject({ sessions: 0, queuedMessages: 0, queuedBytes: 0 })
  })

  it.each(['restart', 'crash'] as const)('loses its subscriptions for good: %s', async (how) => {
    const rig = await openRig({ limits: { queuedMessages: 5 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 7)) await rig.publish('t', text)
    await rig[how]()
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([])
    await rig.publish('t', '8')
    expect(await take(rig, 'a')).toEqual(numbered(1, 6))
  })

  it('also gets what had matched it before it was full, and is reported once', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5 } })
    await rig.away('a', 't')
    await Promise.all(numbered(1, 20).map((text) => rig.publish('t', text)))
    await rig.publish('t', '21')
    expect(rig.overflowed).toEqual(['a'])
    await rig.crash()
    expect(await take(rig, 'a')).toEqual(numbered(1, 20))
  })

  it('closes the connection, since the client has to notice, and does not hold up others', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5, inflight: 2 } })
    await rig.away('a', 't')
    await rig.away('b', 't')
    const a = rig.attach('a')
    const b = rig.attachAcking('b')
    for (const text of numbered(1, 8)) {
      await rig.publish('t', text)
      await turns(2)
    }
    expect(a.texts).toEqual(['1', '2'])
    expect(a.ended).toBe('queue overflow')
    expect(rig.overflowed).toEqual(['a'])
    expect(b.texts).toEqual(numbered(1, 8))
    expect(rig.sessions.stats()).toMatchObject({ overflowed: 1, sessions: 2, attached: 1, queuedMessages: 6 })
    // Late acknowledgements still count; the broker's own end of the connection changes nothing.
    rig.sessions.acknowledge('a', a.received[0]?.packetId ?? 0)
    rig.sessions.detach('a', a)
    expect(await take(rig, 'a')).toEqual(numbered(2, 6))
    expect(rig.sessions.has('a')).toBe(false)
  })

  it('ends a clean session together with its connection', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5, inflight: 2 } })
    const a = rig.attach('a', true)
    await rig.sessions.subscribe('a', true, [{ filter: 't', qos: 1 }])
    for (const text of numbered(1, 7)) await rig.publish('t', text)
    expect(a.ended).toBe('queue overflow')
    expect(rig.overflowed).toEqual(['a'])
    expect(rig.sessions.stats()).toMatchObject({ overflowed: 1, sessions: 0, queuedMessages: 0, queuedBytes: 0 })
  })

  it('is one that holds too many bytes as well, or too many answers', async () => {
    const rig = await openRig({ limits: { queuedBytes: 10_000 } })
    await rig.away('a', 't')
    await rig.away('b', 'answers')
    for (let n = 0; n < 3; n++) {
      await rig.publish('t', 'x'.repeat(4_000))
      await rig.publish('answers', 'y'.repeat(4_000), false)
    }
    expect(rig.overflowed).toEqual(['a', 'b'])
    expect(await take(rig, 'a')).toHaveLength(3)
    expect(await take(rig, 'b')).toHaveLength(3)
    expect(rig.sessions.stats()).toMatchObject({ sessions: 0, queuedBytes: 0 })
  })

  it.each([false, true])('has room for new messages while it is taken (after a restart: %s)', async (crash) => {
    const rig = await openRig({ limits: { queuedMessages: 5, inflight: 2 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 6)) await rig.publish('t', text)
    if (crash) await rig.crash()
    const a = rig.attach('a')
    await rig.away('a', 't')
    for (const text of numbered(7, 10)) await rig.publish('t', text)
    expect(a.ended).toBeUndefined()
    expect(rig.overflowed).toHaveLength(1)
    rig.sessions.detach('a', a)
    expect(await take(rig, 'a')).toEqual(numbered(1, 10))
    for (const text of numbered(11, 15)) await rig.publish('t', text)
    expect(rig.overflowed).toHaveLength(1)
    expect(await take(rig, 'a')).toEqual(numbered(11, 15))
  })

  it('does not grow without end when its client comes again and again and takes nothing', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5 } })
    for (let round = 0; round < 20; round++) {
      rig.attach('a')
      await rig.away('a', 't')
      for (let n = 0; n < 20; n++) await rig.publish('t', 'x')
    }
    expect(rig.sessions.stats().queuedMessages).toBeLessThan(5 * 2 + 20 + 1)
  })

  it('loses its subscriptions also where the journal cannot be told at once', async () => {
    const rig = await openRig({ limits: { queuedMessages: 2 } })
    await rig.away('a', 't', 'answers')
    await rig.publish('t', '1')
    rig.journal.failure = new Error('disk full')
    for (const text of ['2', '3', '4']) await rig.publish('answers', text, false)
    await turns()
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([])
    rig.journal.failure = undefined
    await rig.sessions.retain('any', Buffer.from('write'), 1)
    await turns(10)
    await rig.crash()
    expect([...rig.sessions.subscriptionsOf('a')]).toEqual([])
    expect(await take(rig, 'a')).toEqual(['1'])
  })
})

describe('all queues together', () => {
  it('take no more durable messages than they may hold, until some are acknowledged', async () => {
    const rig = await openRig({ limits: { totalQueuedBytes: 1_000 } })
    await rig.away('a', 't')
    await rig.away('b', 't', 'answers')
    rig.attach('clean', true)
    await rig.sessions.subscribe('clean', true, [{ filter: 'clean', qos: 1 }])
    const text = 'x'.repeat(400)
    for (let n = 0; n < 3; n++) await rig.publish('t', text)
    await expect(rig.publish('t', 'one too many')).rejects.toThrow('together are full')
    expect(rig.sessions.stats()).toMatchObject({ queuedMessages: 6, queuedBytes: 1_200, overflowed: 0 })
    await rig.publish('nobody', text)
    await rig.publish('t', text, true, 0)
    await rig.publish('clean', text)
    await rig.publish('answers', 'an answer', false)
    await rig.crash()
    await expect(rig.publish('t', 'one too many')).rejects.toThrow('together are full')
    expect(await take(rig, 'a')).toEqual([text, text, text])
    await expect(rig.publish('t', 'one too many')).rejects.toThrow('together are full')
    expect(await take(rig, 'b')).toEqual([text, text, text])
    await rig.publish('t', 'room again')
    expect(await take(rig, 'a')).toEqual(['room again'])
  })

  it('count what waits for the journal too', async () => {
    const rig = await openRig({ limits: { totalQueuedBytes: 1_000 } })
    await rig.away('a', 't')
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => rig.publish('t', 'x'.repeat(400))))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    rig.journal.failure = new Error('disk full')
    expect(await take(rig, 'a')).toHaveLength(3)
    await expect(rig.publish('t', 'x'.repeat(2_000))).rejects.toThrow('disk full')
    rig.journal.failure = undefined
    await rig.publish('t', 'x'.repeat(1_000))
    await rig.publish('t', 'last')
    await expect(rig.publish('t', 'one too many')).rejects.toThrow('together are full')
  })
})

describe('the end of a session', () => {
  it('is told, however it comes', async () => {
    const rig = await openRig({ limits: { queuedMessages: 5 } })
    const gone: string[] = []
    rig.sessions.watchEnds((clientId) => gone.push(clientId))
    await rig.away('revoked', 'group')
    await rig.sessions.revoke('revoked', ['group'])
    await rig.away('purged', 't')
    await rig.sessions.purge('purged')
    await rig.away('full', 't')
    for (const text of numbered(1, 6)) await rig.publish('t', text)
    expect(gone).toEqual(['revoked', 'purged'])
    await take(rig, 'full')
    expect(gone).toEqual(['revoked', 'purged', 'full'])
    await rig.away('failed', 'x')
    rig.journal.failure = new Error('disk full')
    const publishing = rig.publish('x', '1')
    void rig.sessions.unsubscribe('failed', ['x']).catch(() => undefined)
    await expect(publishing).rejects.toThrow('disk full')
    expect(gone).toEqual(['revoked', 'purged', 'full', 'failed'])
  })
})
