import { describe, expect, it } from 'vitest'
import { openRig, turns } from './rig.ts'

const seen = ({ received }: { received: readonly { topic: string; text: string; retain: boolean }[] }): string[] =>
  received.map(({ topic, text, retain }) => `${topic}=${text}${retain ? ' retained' : ''}`)

describe('state', () => {
  it('is told to who is there, once the journal has it, and kept', async () => {
    const rig = await openRig()
    await rig.away('a', 's/+', 's/1')
    await rig.sessions.subscribe('b', false, [{ filter: 's/1', qos: 0 }])
    const [a, b] = [rig.attach('a'), rig.attach('b')]
    rig.journal.held = true
    const told = rig.tell('s/1', 'on')
    await turns()
    expect([a.received, b.received]).toEqual([[], []])
    rig.journal.release()
    await told
    expect(a.received).toMatchObject([{ topic: 's/1', text: 'on', qos: 1, retain: false, dup: false }])
    expect(b.received).toMatchObject([{ text: 'on', qos: 0, retain: false }])
    await rig.tell('s/2', 'on', 0)
    expect(a.received[1]).toMatchObject({ text: 'on', qos: 0 })
    await rig.tell('s/1', '')
    expect(a.received[2]).toMatchObject({ topic: 's/1', text: '', qos: 1 })
    expect(b.received[1]).toMatchObject({ topic: 's/1', text: '', qos: 0 })
    expect([...rig.sessions.retained('#')].map(({ topic }) => topic)).toEqual(['s/2'])
    for (const { packetId } of a.received) rig.sessions.acknowledge('a', packetId)
    expect(rig.sessions.stats().queuedMessages).toBe(0)
  })

  it('leaves the queue of who is away empty, and comes once and newest when it is back', async () => {
    const rig = await openRig({ limits: { queuedMessages: 100 } })
    await rig.away('a', 's/+', 'inbox')
    rig.sessions.detach('a', rig.attach('a'))
    const before = rig.journal.appended
    const told: Promise<void>[] = []
    for (let n = 1; n <= 10_000; n++) told.push(rig.tell(`s/${n % 3}`, String(n)))
    await Promise.all(told)
    // The values only: nothing for any session.
    expect(rig.journal.appended - before).toBe(10_000)
    expect(rig.sessions.stats()).toMatchObject({ queuedMessages: 0, queuedBytes: 0, overflowed: 0 })
    await rig.publish('inbox', 'event')
    const a = rig.attachAcking('a')
    await turns()
    expect(seen(a)).toEqual(['inbox=event', 's/2=9998 retained', 's/0=9999 retained', 's/1=10000 retained'])
    rig.sessions.detach('a', a)
    expect(rig.attach('a').received).toEqual([])
  })

  it('that was removed while somebody was away is told as removed', async () => {
    const rig = await openRig()
    await rig.tell('s/1', 'on')
    await rig.away('a', 's/+')
    await rig.tell('s/1', '')
    expect(seen(rig.attach('a'))).toEqual(['s/1='])
  })

  it('of very many topics that changed while somebody was away comes all, and nothing twice', async () => {
    const rig = await openRig({ limits: { inflight: 10 } })
    await rig.tell('s/before', 'old')
    await rig.away('a', 's/+')
    await Promise.all(Array.from({ length: 1_500 }, (_, n) => rig.tell(`s/${n}`, 'x')))
    const a = rig.attachAcking('a')
    await rig.tell('s/1499', 'newest')
    await turns(400)
    expect(a.received).toHaveLength(1_501)
    expect(new Set(a.received.map(({ topic }) => topic)).size).toBe(1_501)
    expect(seen(a)).toContain('s/1499=newest retained')
  })

  it('comes all after a restart, since nobody knows what was missed', async () => {
    const rig = await openRig()
    await rig.away('a', 's/+', 'inbox')
    await rig.tell('s/1', 'on')
    await rig.tell('other', 'on')
    await rig.publish('inbox', 'event')
    await rig.crash()
    await rig.tell('s/1', 'off')
    const a = rig.attach('a')
    expect(seen(a)).toEqual(['inbox=event', 's/1=off retained'])
    rig.sessions.detach('a', a)
    for (const { packetId } of a.received) rig.sessions.acknowledge('a', packetId)
    expect(rig.attach('a').received).toEqual([])
  })

  it('does not pile up for a slow client: what was not sent gives way to what is newer', async () => {
    const rig = await openRig({ limits: { inflight: 3, queuedMessages: 10 } })
    await rig.away('a', 's/+')
    const a = rig.attach('a')
    for (let n = 1; n <= 1_000; n++) await rig.tell(`s/${n % 2}`, String(n))
    expect(a.texts).toEqual(['1', '2', '3'])
    expect(rig.sessions.stats()).toMatchObject({ queuedMessages: 3, overflowed: 0 })
    for (const { packetId } of [...a.received]) rig.sessions.acknowledge('a', packetId)
    expect(a.texts.slice(3).sort()).toEqual(['1000', '999'])
    expect(a.received.every(({ retain }) => !retain)).toBe(true)
  })

  it('waits while a connection holds too much, at QoS 0 too', async () => {
    const rig = await openRig({ limits: { connectionBufferBytes: 100 } })
    await rig.sessions.subscribe('a', false, [{ filter: 's', qos: 0 }])
    const a = rig.attach('a')
    a.bufferedBytes = 1_000
    for (const text of ['1', '2', '3']) await rig.tell('s', text)
    expect(a.texts).toEqual([])
    a.bufferedBytes = 0
    rig.sessions.resume('a')
    expect(a.texts).toEqual(['3'])
  })

  it.each(['unsubscribe', 'revoke'] as const)(
    'is not told after %s, but where a wider subscription stays',
    async (end) => {
      const rig = await openRig()
      await rig.away('a', 's/1', 's/+', 'x')
      for (const topic of ['s/1', 's/2', 'x']) await rig.tell(topic, 'on')
      await rig.sessions[end]('a', ['s/1', 'x'])
      const a = rig.attach('a')
      expect(seen(a)).toEqual(['s/1=on retained', 's/2=on retained'])
      rig.sessions.detach('a', a)
      await rig.tell('s/2', 'off')
      const told = rig.tell('s/1', 'off')
      await rig.sessions[end]('a', ['s/+'])
      await told
      expect(rig.attach('a').received.filter(({ dup }) => !dup)).toEqual([])
    },
  )

  it('is not sent back to the device that caused it', async () => {
    const rig = await openRig()
    await rig.away('a', 's')
    const a = rig.attach('a')
    const state = { topic: 's', payload: Buffer.from('x'), qos: 1, durable: true, retain: true } as const
    await rig.sessions.publish({ ...state, exceptClientId: 'a' })
    expect(a.received).toEqual([])
  })

  it('of many changes at once is told as far as it is the newest', async () => {
    const rig = await openRig()
    await rig.away('a', 's')
    const a = rig.attach('a')
    await Promise.all(['1', '2', '3'].map((text) => rig.tell('s', text)))
    expect(a.texts).toEqual(['3'])
  })

  it('that the journal could not take holds and is told all the same, but was not accepted', async () => {
    const rig = await openRig()
    await rig.away('a', 's')
    const a = rig.attach('a')
    rig.journal.failure = new Error('disk full')
    await expect(rig.tell('s', 'x')).rejects.toThrow('disk full')
    expect(a.texts).toEqual(['x'])
    await expect(rig.tell('s'.repeat(70_000), 'x')).rejects.toThrow(RangeError)
    rig.journal.failure = undefined
    await rig.publish('s', 'event')
    await turns(10)
    await rig.crash()
    expect([...rig.sessions.retained('s')].map(({ payload }) => `${payload}`)).toEqual(['x'])
  })

  it('is not for a session whose queue was full', async () => {
    const rig = await openRig({ limits: { queuedMessages: 2 } })
    await rig.away('a', 't', 's')
    await rig.tell('s', 'on')
    for (const text of ['1', '2', '3']) await rig.publish('t', text)
    await rig.tell('s', 'off')
    expect(rig.attach('a').texts).toEqual(['1', '2', '3'])
  })
})
