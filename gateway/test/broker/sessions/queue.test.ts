import { describe, expect, it } from 'vitest'
import { openRig, TestConnection, turns } from './rig.ts'

const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index))

describe('the queue of a session', () => {
  it('is sent oldest first when the client comes, and what is published meanwhile goes behind', async () => {
    const rig = await openRig({ limits: { inflight: 3 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 20)) await rig.publish('t', text)
    const a = rig.attachAcking('a')
    for (const text of numbered(21, 60)) {
      if (Number(text) % 3 === 0) await rig.publish('t', text)
      else void rig.publish('t', text)
      if (Number(text) % 5 === 0) await turns(1)
    }
    await turns(80)
    expect(a.texts).toEqual(numbered(1, 60))
    expect(rig.sessions.stats().queuedMessages).toBe(0)
  })

  it('sends no more than the window allows before an acknowledgement', async () => {
    const rig = await openRig({ limits: { inflight: 3 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 10)) await rig.publish('t', text)
    const a = rig.attach('a')
    expect(a.texts).toEqual(['1', '2', '3'])
    rig.sessions.acknowledge('a', a.received[1]?.packetId ?? 0)
    expect(a.texts).toEqual(['1', '2', '3', '4'])
    rig.sessions.acknowledge('a', a.received[0]?.packetId ?? 0)
    rig.sessions.acknowledge('a', a.received[2]?.packetId ?? 0)
    expect(a.texts).toEqual(numbered(1, 6))
  })

  it('ignores acknowledgements of unknown packet ids and unknown clients, and a second one', async () => {
    const rig = await openRig({ limits: { inflight: 2 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 4)) await rig.publish('t', text)
    const a = rig.attach('a')
    const first = a.received[0]?.packetId ?? 0
    for (const id of [0, first + 8, first + 16, 65_535]) rig.sessions.acknowledge('a', id)
    rig.sessions.acknowledge('nobody', first)
    expect(a.texts).toEqual(['1', '2'])
    rig.sessions.acknowledge('a', first)
    rig.sessions.acknowledge('a', first)
    expect(a.texts).toEqual(['1', '2', '3'])
  })

  it('sends again, first and in order, with DUP and the same packet id, what was sent and not acknowledged', async () => {
    const rig = await openRig({ limits: { inflight: 3 } })
    await rig.away('a', 't')
    for (const text of numbered(1, 5)) await rig.publish('t', text)
    const first = rig.attach('a')
    rig.sessions.acknowledge('a', first.received[1]?.packetId ?? 0)
    expect(first.texts).toEqual(['1', '2', '3', '4'])
    rig.sessions.detach('a', first)
    await rig.publish('t', '6')
    const second = rig.attach('a')
    expect(second.received.map(({ text, dup }) => [text, dup])).toEqual([
      ['1', true],
      ['3', true],
      ['4', true],
    ])
    expect(second.received[0]?.packetId).toBe(first.received[0]?.packetId)
    for (const { packetId } of second.received) rig.sessions.acknowledge('a', packetId)
    expect(second.received.slice(3).map(({ text, dup }) => [text, dup])).toEqual([
      ['5', false],
      ['6', false],
    ])
  })

  it('does not take an acknowledgement that came before the message was sent on this connection', async () => {
    const rig = await openRig({ limits: { connectionBufferBytes: 10 } })
    await rig.away('a', 't')
    const first = rig.attach('a')
    await rig.publish('t', 'x')
    const packetId = first.received[0]?.packetId ?? 0
    const second = new TestConnection()
    second.bufferedBytes = 100
    rig.sessions.attach('a', false, second)
    rig.sessions.acknowledge('a', packetId)
    second.bufferedBytes = 0
    rig.sessions.resume('a')
    expect(second.received).toMatchObject([{ text: 'x', dup: true }])
  })

  it('never uses a packet id that is in flight, around the end of the range too', async () => {
    const rig = await openRig({ limits: { inflight: 50, queuedMessages: 200_000 } })
    const a = rig.attach('a', true)
    await rig.sessions.subscribe('a', true, [{ filter: 't', qos: 1 }])
    await rig.publish('t', 'stuck', false)
    const stuck = a.received[0]?.packetId ?? 0
    const used = new Set<number>()
    for (let n = 0; n < 70_000; n++) {
      void rig.publish('t', 'x', false)
      const packetId = a.received.pop()?.packetId ?? 0
      if (packetId === stuck || packetId < 1 || packetId > 65_535) throw new Error(`packet id ${packetId}`)
      used.add(packetId)
      rig.sessions.acknowledge('a', packetId)
    }
    expect(used.size).toBeGreaterThan(55_000)
    expect(rig.sessions.stats().queuedMessages).toBe(1)
  })

  it('pauses while the connection holds too much, and goes on with resume', async () => {
    const rig = await openRig({ limits: { connectionBufferBytes: 100 } })
    await rig.away('a', 't')
    const a = rig.attach('a')
    a.onPacket = () => {
      a.bufferedBytes += 60
    }
    for (const text of numbered(1, 6)) await rig.publish('t', text)
    expect(a.texts).toEqual(['1', '2'])
    await rig.publish('t', 'not kept', false, 0)
    a.bufferedBytes = 0
    rig.sessions.resume('a')
    expect(a.texts).toEqual(['1', '2', '3', '4'])
    a.bufferedBytes = 0
    rig.sessions.resume('a')
    expect(a.texts).toEqual(numbered(1, 6))
    rig.sessions.resume('nobody')
  })

  it('may be acknowledged within write', async () => {
    const rig = await openRig({ limits: { inflight: 2 } })
    await rig.away('a', 't')
    await rig.away('b', 't')
    for (const text of numbered(1, 10)) await rig.publish('t', text)
    const connection = new TestConnection()
    connection.onPacket = ({ packetId }) => rig.sessions.acknowledge('a', packetId)
    rig.sessions.attach('a', false, connection)
    await rig.publish('t', '11')
    expect(connection.texts).toEqual(numbered(1, 11))
    expect(rig.sessions.stats().queuedMessages).toBe(11)
    await rig.crash()
    const b = rig.attachAcking('b')
    await turns(30)
    expect(b.texts).toEqual(numbered(1, 11))
  })

  it('counts payload bytes once however many wait for them', async () => {
    const rig = await openRig()
    for (const id of ['a', 'b', 'c']) await rig.away(id, 't')
    await rig.publish('t', 'x'.repeat(100))
    expect(rig.sessions.stats()).toMatchObject({ queuedBytes: 100, queuedMessages: 3 })
  })
})

describe('attach and detach', () => {
  it('attaching detaches the connection before', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    const first = rig.attach('a')
    const second = rig.attach('a')
    rig.sessions.detach('a', first)
    await rig.publish('t', 'x')
    expect([first.texts, second.texts]).toEqual([[], ['x']])
    expect(rig.sessions.stats().attached).toBe(1)
    rig.sessions.detach('a', second)
    expect(rig.sessions.stats().attached).toBe(0)
  })

  it('a clean session ends with its connection', async () => {
    const rig = await openRig()
    const a = rig.attach('a', true)
    await rig.sessions.subscribe('a', true, [{ filter: 't', qos: 1 }])
    await rig.publish('t', '1')
    expect(rig.sessions.has('a')).toBe(true)
    rig.sessions.detach('a', a)
    expect(rig.sessions.has('a')).toBe(false)
    await rig.publish('t', '2')
    const again = rig.attach('a', true)
    expect(again.texts).toEqual([])
    expect(rig.sessions.subscriptionsOf('a').size).toBe(0)
  })

  it('a clean connection ends the persistent session of the client, a persistent one the clean', async () => {
    const rig = await openRig()
    await rig.away('a', 't')
    await rig.publish('t', 'old')
    const clean = rig.attach('a', true)
    expect(clean.texts).toEqual([])
    expect(rig.sessions.subscriptionsOf('a').size).toBe(0)
    await rig.sessions.subscribe('a', true, [{ filter: 't', qos: 1 }])
    rig.attach('a', false)
    expect(rig.sessions.subscriptionsOf('a').size).toBe(0)
    await turns()
    await rig.crash()
    expect([...rig.sessions.clientIds()]).toEqual([])
  })

  it('a persistent session without subscriptions and messages is forgotten when its connection ends', async () => {
    const rig = await openRig()
    const a = rig.attach('a')
    expect(rig.sessions.has('a')).toBe(false)
    await rig.sessions.subscribe('a', false, [{ filter: 't', qos: 1 }])
    await rig.sessions.unsubscribe('a', ['t'])
    expect(rig.sessions.stats().sessions).toBe(1)
    rig.sessions.detach('a', a)
    expect(rig.sessions.stats().sessions).toBe(0)
    await rig.away('a', 't')
    await rig.publish('t', 'x')
    await rig.crash()
    expect(rig.attach('a').texts).toEqual(['x'])
  })
})
