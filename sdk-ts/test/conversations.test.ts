import { describe, expect, it } from 'vitest'
import { memoryStore } from '../src/index.ts'
import { openMqttConnection } from '../src/mqtt-transport.ts'
import { refuse, type SeenRequest, SILENCE } from './kit/gateway.ts'
import { record, startWorld } from './kit/world.ts'

const contents = (requests: readonly SeenRequest[]): unknown[] => requests.map(({ input }) => input.content)
const counters = (requests: readonly SeenRequest[]): number[] => requests.map(({ input }) => Number(input.n))

describe('sending', () => {
  it('has one unanswered message per conversation, in the order of the calls', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const held: SeenRequest[] = []
    gateway.on('msg.send_private', (request) => {
      held.push(request)
      return SILENCE
    })
    const sent = ['1', '2', '3'].map((content) => alice.msg.sendPrivate({ to_employee_id: 'bob', content }))
    for (let i = 1; i <= 3; i += 1) {
      const request = await gateway.received('msg.send_private', i)
      expect(held).toHaveLength(i)
      await gateway.answer(request, await gateway.relayPrivate(request))
    }
    await Promise.all(sent)
    expect(contents(held)).toEqual(['1', '2', '3'])
  })

  it('lets other conversations, groups among them, go on meanwhile', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.on('msg.send_private', (request) =>
      request.input.to_employee_id === 'bob' ? SILENCE : gateway.relayPrivate(request),
    )
    const stuck = alice.msg.sendPrivate({ to_employee_id: 'bob', content: '1' }, { timeoutMs: 200 }).catch(() => 'late')
    await alice.msg.sendPrivate({ to_employee_id: 'carol', content: '2' })
    await alice.msg.sendGroup({ group_id: 'bob', content: '3' })
    expect(await stuck).toBe('late')
  })

  it('asks agents not to be waited for, unless told otherwise', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    await alice.msg.sendGroup({ group_id: 'g', content: '1' })
    await alice.msg.sendGroup({ group_id: 'g', content: '2', agent_wait: true })
    expect(gateway.seen('msg.send_group').map(({ input }) => input.agent_wait)).toEqual([false, true])
  })

  it('counts the messages of a conversation without holes', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    const send = (content: string) => alice.msg.sendPrivate({ to_employee_id: 'bob', content })
    await send('1')
    await send('2')
    gateway.first('msg.send_private', () => refuse(404, 'employee_not_found'))
    await expect(send('refused')).rejects.toMatchObject({ code: 404 })
    await send('3')
    const [first = 0, second, refused, third] = counters(gateway.seen('msg.send_private'))
    // The number of a message that was certainly not delivered is used again.
    expect([second, refused, third]).toEqual([first + 1, first + 2, first + 2])
  })

  it('goes on counting after a restart of the device', async () => {
    const { gateway, join } = await startWorld()
    const store = memoryStore()
    const before = await join('alice', { store })
    await before.msg.sendPrivate({ to_employee_id: 'bob', content: '1' })
    await before.close()
    const after = await join('alice', { store })
    await after.msg.sendPrivate({ to_employee_id: 'bob', content: '2' })
    const [first = 0, second] = counters(gateway.seen('msg.send_private'))
    expect(second).toBe(first + 1)
  })

  it('is not blocked for ever by a message that failed', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.first('msg.send_private', () => SILENCE)
    const lost = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'lost' }, { timeoutMs: 500 })
    const next = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'next' })
    await expect(lost).rejects.toMatchObject({ name: 'RequestTimeoutError' })
    await expect(next).resolves.toMatchObject({ to_employee_id: 'bob' })
    const [first = 0, second] = counters(gateway.seen('msg.send_private'))
    // It may have been delivered after all, so its number is used up.
    expect(second).toBe(first + 1)
  })

  it('never sends a message that was given up while it was waiting', async () => {
    const { gateway, join } = await startWorld()
    const alice = await join('alice')
    gateway.first('msg.send_private', () => SILENCE)
    const controller = new AbortController()
    const head = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'head' })
    const aborted = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'aborted' }, { signal: controller.signal })
    const late = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'late' }, { timeoutMs: 30 })
    const tail = alice.msg.sendPrivate({ to_employee_id: 'bob', content: 'tail' })
    const request = await gateway.received('msg.send_private')
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ name: 'AbortedError' })
    await expect(late).rejects.toMatchObject({ name: 'NotConnectedError' })
    await gateway.answer(request, await gateway.relayPrivate(request))
    await Promise.all([head, tail])
    const sent = gateway.seen('msg.send_private')
    expect(contents(sent)).toEqual(['head', 'tail'])
    const [first = 0, second] = counters(sent)
    expect(second).toBe(first + 1)
  })

  it('arrives in order over lost connections of the sender', async () => {
    const { broker, gateway, join } = await startWorld()
    const bob = await join('bob')
    const alice = await join('alice')
    const received = record(bob, 'message')
    const session = record(bob, 'session')
    const wanted = Array.from({ length: 30 }, (_, i) => String(i))
    const sent = Promise.all(wanted.map((content) => alice.msg.sendPrivate({ to_employee_id: 'bob', content })))
    for (const count of [5, 12, 20]) {
      await gateway.received('msg.send_private', count)
      broker.cut(alice.clientId)
    }
    await sent
    await received.find(({ content }) => content === '29')
    expect(received.all.map(({ content }) => content)).toEqual(wanted)
    expect(session.all.filter(({ state }) => state === 'gap')).toEqual([])
  })

  it('arrives once, as the broker delivers it, over lost connections of the receiver', async () => {
    const { broker, gateway, join } = await startWorld()
    const delivered: string[] = []
    const bob = await join('bob', {
      open: (options) =>
        openMqttConnection({
          ...options,
          onMessage(topic, payload) {
            const text = Buffer.from(payload).toString()
            if (topic === 'mchat/inbox/bob') delivered.push((JSON.parse(text) as { content: string }).content)
            options.onMessage(topic, payload)
          },
        }),
    })
    const alice = await join('alice')
    const received = record(bob, 'message')
    const wanted = Array.from({ length: 30 }, (_, i) => String(i))
    const sent = Promise.all(wanted.map((content) => alice.msg.sendPrivate({ to_employee_id: 'bob', content })))
    for (const count of [5, 12, 20]) {
      await gateway.received('msg.send_private', count)
      broker.cut(bob.clientId)
    }
    await sent
    await expect.poll(() => received.all.length).toBe(30)
    // Sent in order; but aedes lets live messages overtake those it had queued when a session comes back, so what is
    // asserted of the receiving side is the order on its own socket.
    expect(contents(gateway.seen('msg.send_private'))).toEqual(wanted)
    expect(received.all.map(({ content }) => content)).toEqual([...new Set(delivered)])
    expect(new Set(delivered)).toEqual(new Set(wanted))
  })
})
