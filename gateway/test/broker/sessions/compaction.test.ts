import { describe, expect, it } from 'vitest'
import { openRig, type Rig, turns } from './rig.ts'

const TEXT = 'x'.repeat(200)
const SMALL = { compactAboveBytes: 50_000, segmentBytes: 10_000 }

/** Everything that a restart has to bring back, as text. */
const stateOf = (rig: Rig, clientIds: readonly string[]): unknown => ({
  subscriptions: clientIds.map((id) => [id, [...rig.sessions.subscriptionsOf(id)].sort()]),
  queues: clientIds.map((id) => {
    const connection = rig.attach(id)
    const texts = connection.texts
    rig.sessions.detach(id, connection)
    return [id, texts]
  }),
  retained: [...rig.sessions.retained('#')].map(({ topic, payload }) => `${topic}=${payload}`).sort(),
  wills: [...rig.sessions.wills()].map(({ clientId, payload }) => `${clientId}=${payload}`).sort(),
  incoming: rig.sessions.incoming.get('a', 5)?.payload,
})

describe('compaction', () => {
  it('bounds the journal under load and keeps exactly what is live', async () => {
    const rig = await openRig({ ...SMALL, limits: { inflight: 1_000 } })
    await rig.away('away', 'group/1', 'rare')
    await rig.away('other', 'rare')
    await rig.away('a', 'group/1')
    await rig.sessions.retain('status/u1', Buffer.from('on'), 1)
    await rig.sessions.retain('gone', Buffer.from('on'), 1)
    await rig.sessions.retain('gone', Buffer.alloc(0), 1)
    await rig.sessions.putWill('a', { topic: 'w', payload: Buffer.from('gone') })
    await rig.sessions.incoming.put('a', 5, { payload: 'five' })
    await rig.publish('rare', 'first')
    await rig.publish('group/1', 'second')
    await rig.sessions.unsubscribe('away', ['group/1'])
    rig.attachAcking('a')
    let largest = 0
    for (let n = 0; n < 3_000; n++) {
      void rig.publish('group/1', `${n} ${TEXT}`)
      if (n % 10 === 0) await turns(1)
      if (n % 500 === 0) await rig.publish('rare', `rare ${n}`)
      largest = Math.max(largest, rig.journal.bytes)
    }
    await turns(20)
    expect(largest).toBeLessThan(120_000)
    expect(rig.journal.segments.length).toBeLessThan(15)
    const ids = ['away', 'other', 'a']
    const before = stateOf(rig, ids)
    expect(before).toMatchObject({
      queues: [
        ['away', ['first', 'second', 'rare 0', 'rare 500', 'rare 1000', 'rare 1500', 'rare 2000', 'rare 2500']],
        ['other', ['first', 'rare 0', 'rare 500', 'rare 1000', 'rare 1500', 'rare 2000', 'rare 2500']],
        ['a', []],
      ],
      retained: ['status/u1=on'],
      wills: ['a=gone'],
      incoming: 'five',
    })
    await rig.crash()
    expect(stateOf(rig, ids)).toEqual(before)
  })

  it('leaves a journal alone that is mostly needed', async () => {
    const rig = await openRig({ ...SMALL, limits: { queuedMessages: 2_000 } })
    await rig.away('away', 't')
    for (let n = 0; n < 500; n++) await rig.publish('t', TEXT)
    await turns(20)
    expect(rig.journal.segments[0]).toBe(1)
    expect(rig.journal.bytes).toBeGreaterThan(100_000)
  })

  it('cleans up on opening, what was left by the last process', async () => {
    const rig = await openRig({ segmentBytes: 10_000 })
    await rig.away('a', 't')
    rig.attachAcking('a')
    for (let n = 0; n < 500; n++) await rig.publish('t', TEXT)
    await turns(20)
    expect(rig.journal.bytes).toBeGreaterThan(100_000)
    const again = await openRig(SMALL)
    for (const [segment, records] of rig.disk) again.disk.set(segment, records)
    await again.crash()
    await turns(100)
    expect(again.journal.bytes).toBeLessThan(50_000)
    expect([...again.sessions.subscriptionsOf('a').keys()]).toEqual(['t'])
  })

  it('drops nothing while the journal fails, and goes on later', async () => {
    const rig = await openRig({ ...SMALL, limits: { inflight: 1_000 } })
    await rig.away('away', 'rare')
    await rig.publish('rare', 'kept')
    await rig.sessions.retain('r', Buffer.from('kept'), 1)
    await rig.away('a', 't')
    rig.attachAcking('a')
    for (let n = 0; n < 600; n++) {
      rig.journal.failure = n % 7 < 3 ? new Error('disk full') : undefined
      await rig.publish('t', TEXT).catch(() => undefined)
      await turns(1)
    }
    rig.journal.failure = undefined
    for (let n = 0; n < 100; n++) {
      await rig.publish('t', TEXT)
      await turns(2)
    }
    expect(rig.journal.bytes).toBeLessThan(60_000)
    await rig.crash()
    expect(rig.attach('away').texts).toEqual(['kept'])
    expect([...rig.sessions.retained('r')]).toHaveLength(1)
    expect([...rig.sessions.subscriptionsOf('a').keys()]).toEqual(['t'])
  })

  it('copies in slices, so that the event loop is not held up', async () => {
    const rig = await openRig({
      compactAboveBytes: 1_000_000,
      segmentBytes: 30_000_000,
      limits: { queuedMessages: 100_000, queuedBytes: 100_000_000 },
    })
    await rig.away('away', 'kept')
    await rig.away('a', 't')
    rig.attachAcking('a')
    for (let n = 0; n < 20_000; n++) {
      void rig.publish('kept', TEXT)
      if (n % 100 === 0) await turns(1)
    }
    const big = 'x'.repeat(1_000_000)
    for (let n = 0; n < 60; n++) {
      await rig.publish('t', big)
      await turns(1)
    }
    await turns(200)
    expect(rig.journal.segments[0]).toBeGreaterThan(1)
    expect(rig.journal.largestFrame).toBeGreaterThan(900)
    expect(rig.journal.largestFrame).toBeLessThan(1_100)
    await rig.crash()
    expect(rig.sessions.stats().queuedMessages).toBe(20_000)
  })
})
