import { describe, expect, it } from 'vitest'
import { openRig, turns } from './rig.ts'

describe('publish', () => {
  it('sends a message to everybody with a matching subscription', async () => {
    const rig = await openRig()
    await rig.away('a', 'group/1')
    await rig.away('b', 'group/1', 'inbox/b')
    await rig.away('c', 'group/2')
    const [a, b, c] = ['a', 'b', 'c'].map((id) => rig.attach(id))
    await rig.publish('group/1', 'hello')
    expect(a?.texts).toEqual(['hello'])
    expect(b?.texts).toEqual(['hello'])
    expect(c?.texts).toEqual([])
    expect(a?.received[0]).toMatchObject({ topic: 'group/1', qos: 1, dup: false, retain: false })
  })

  it('gives one copy, at the highest QoS, to a session with overlapping subscriptions', async () => {
    const rig = await openRig()
    await rig.sessions.subscribe('a', false, [
      { filter: 'status/+', qos: 0 },
      { filter: 'status/u1', qos: 1 },
      { filter: 'status/#', qos: 0 },
      { filter: '+/u1', qos: 1 },
    ])
    const a = rig.attach('a')
    await rig.publish('status/u1', 'one')
    expect(a.received).toHaveLength(1)
    expect(a.received[0]).toMatchObject({ text: 'one', qos: 1 })
    await rig.publish('status/u2', 'two')
    expect(a.received[1]).toMatchObject({ text: 'two', qos: 0 })
  })

  it('writes a message in the same call when nothing is before it', async () => {
    const rig = await openRig()
    const a = rig.attach('a', true)
    await rig.sessions.subscribe('a', true, [{ filter: 't', qos: 1 }])
    const published = rig.publish('t', 'now', false)
    expect(a.texts).toEqual(['now'])
    await published
  })

  it('resolves only once the journal has a durable message, and delivers it no sooner', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    const a = rig.attach('a')
    rig.journal.held = true
    let accepted = false
    const published = rig.publish('t', 'kept').then(() => {
      accepted = true
    })
    await turns()
    expect(accepted).toBe(false)
    expect(a.texts).toEqual([])
    rig.journal.release()
    await published
    expect(a.texts).toEqual(['kept'])
  })

  it('writes one record for a message to many, and none when nobody persistent gets it', async () => {
    const rig = await openRig()
    for (let n = 0; n < 50; n++) await rig.away(`m${n}`, 'group/1')
    const before = rig.journal.appended
    await rig.publish('group/1', 'x')
    expect(rig.journal.appended).toBe(before + 1)
    rig.attach('clean', true)
    await rig.sessions.subscribe('clean', true, [{ filter: 'other', qos: 1 }])
    await rig.publish('other', 'x')
    expect(rig.journal.appended).toBe(before + 1)
  })

  it('keeps nothing of what is not durable in the journal, nor its acknowledgement', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    const a = rig.attachAcking('a')
    const before = rig.journal.appended
    await rig.publish('t', 'answer', false)
    await turns()
    expect(a.texts).toEqual(['answer'])
    expect(rig.sessions.stats().queuedMessages).toBe(0)
    expect(rig.journal.appended).toBe(before)
  })

  it('queues what is not durable in memory for who is away', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.publish('t', 'answer', false)
    expect(rig.attach('a').texts).toEqual(['answer'])
  })

  it('sends QoS 0 only to who is connected', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.publish('t', 'missed', true, 0)
    const a = rig.attach('a')
    await rig.publish('t', 'seen', false, 0)
    expect(a.received).toMatchObject([{ text: 'seen', qos: 0 }])
    expect(rig.sessions.stats().queuedMessages).toBe(0)
  })

  it('does not send a message back to the device that caused it', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.away('b', 't')
    const [a, b] = [rig.attach('a'), rig.attach('b')]
    await rig.sessions.publish({ topic: 't', payload: Buffer.from('x'), qos: 1, durable: true, exceptClientId: 'a' })
    expect([a.texts, b.texts]).toEqual([[], ['x']])
  })

  it('keeps the order of the calls among durable messages, also for those that need no record', async () => {
    const rig = await openRig()
    await rig.away('p', 'group')
    const clean = rig.attach('c', true)
    await rig.sessions.subscribe('c', true, [
      { filter: 'group', qos: 1 },
      { filter: 'mine', qos: 1 },
    ])
    const all = [rig.publish('group', '1'), rig.publish('mine', '2'), rig.publish('group', '3', true, 0)]
    expect(clean.texts).toEqual([])
    await Promise.all(all)
    expect(clean.texts).toEqual(['1', '2', '3'])
  })

  it('rejects and delivers to nobody when the journal fails, and works again after it', async () => {
    const rig = await openRig()
    await rig.away('p', 't')
    const p = rig.attach('p')
    const c = rig.attach('c', true)
    await rig.sessions.subscribe('c', true, [{ filter: 't', qos: 1 }])
    rig.journal.failure = new Error('disk full')
    await expect(rig.publish('t', 'lost')).rejects.toThrow('disk full')
    expect([p.texts, c.texts]).toEqual([[], []])
    expect(rig.sessions.stats().queuedMessages).toBe(0)
    rig.journal.failure = undefined
    await rig.publish('t', 'kept')
    expect([p.texts, c.texts]).toEqual([['kept'], ['kept']])
    await rig.crash()
    expect(rig.attach('p').texts).toEqual(['kept'])
  })

  it('rejects what does not fit into a packet', async () => {
    const rig = await openRig()
    const topic = 't'.repeat(70_000)
    await rig.away('a', topic)
    await expect(rig.publish(topic, 'x')).rejects.toThrow(RangeError)
  })

  it('a message for a session that is purged before the journal answers is not delivered', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    rig.journal.held = true
    const published = rig.publish('t', 'x')
    const purged = rig.sessions.purge('a')
    const again = rig.attach('a')
    rig.journal.release()
    await Promise.all([published, purged])
    expect(again.texts).toEqual([])
    await rig.crash()
    expect(rig.attach('a').texts).toEqual([])
  })

  it('one connection that throws does not keep the message from the others', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.away('b', 't')
    const a = rig.attach('a')
    const b = rig.attach('b')
    a.onPacket = () => {
      throw new Error('socket destroyed')
    }
    await rig.publish('t', 'x')
    expect(b.texts).toEqual(['x'])
    expect(a.ended).toBe('write failed')
    expect(rig.attach('a').received).toMatchObject([{ text: 'x', dup: true }])
  })
})
