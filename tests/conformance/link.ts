import { expect, test } from 'vitest'
import type { IncomingRequest, Link } from '../../gateway/src/link/link.ts'
import { createTopics } from '../../schema/src/index.ts'
import type { RawClient } from '../kit/raw-client.ts'

export const topics = createTopics()

/** A broker with a link to it, as a driver's test sets it up. Anybody may connect, and subscribe to what is theirs. */
export interface LinkBench extends AsyncDisposable {
  /** Changes with a restart. Nobody has started it. */
  readonly link: Link
  /** Connects as the owner of the client_id; the return code of the CONNACK was 0. */
  connect(clientId: string, options?: { readonly clean?: boolean; readonly acknowledges?: boolean }): Promise<RawClient>
  /** The gateway dies without a word and comes back; the broker too where both are one process. */
  crash(): Promise<void>
  /** From now on the broker cannot keep anything, or can again. undefined: it cannot be made to fail. */
  readonly failStore: ((fails: boolean) => void) | undefined
  /** Whether the broker answers a client's publish for itself, so that the link's acknowledgement is between the two. */
  readonly acknowledgesAtOnce: boolean
  /** Whether the requests of the only gateway wait for the next one; otherwise they go to others that are there. */
  readonly keepsRequests: boolean
  /** The name of the gateway among others; undefined: there is never more than one. */
  readonly instance: string | undefined
  /** Whether the device that caused a message can be left out. */
  readonly leavesOut: boolean
  /** Whether a message that comes again says so (DUP). */
  readonly marksRepeated: boolean
  /** Whether a retained message is given to those who subscribe by a wildcard. */
  readonly retainsForWildcards: boolean
}

/** A handler whose requests a test answers when it likes. */
const heldRequests = () => {
  const waiting: { readonly request: IncomingRequest; readonly finish: () => void }[] = []
  const listeners = new Set<() => void>()
  let holds = true
  return {
    waiting,
    handle: (request: IncomingRequest): Promise<void> =>
      new Promise((finish) => {
        waiting.push({ request, finish })
        for (const listener of listeners) listener()
        if (!holds) finish()
      }),
    /** Those that wait and those that will come. */
    finishAll(): void {
      holds = false
      for (const { finish } of waiting) finish()
    },
    /** Resolves once so many have come. */
    have: (count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (waiting.length >= count) resolve()
        }
        listeners.add(look)
        look()
      }),
  }
}

const texts = (raw: RawClient): string[] => raw.publishes.map(({ payload }) => payload.toString())
const request = (clientId: string, seqId: string, packetId = 1) => ({
  topic: topics.request(clientId, seqId),
  payload: `{"seq":"${seqId}"}`,
  qos: 1,
  packetId,
})
const ONE = 'ann_web_1'
const TWO = 'ann_phone_1'
const OTHER = 'bob_web_1'
const durable = { qos: 1 } as const

/** What a gateway relies on in every link (gateway/src/link/link.ts, contract 3.1). */
export const linkConformance = (open: () => Promise<LinkBench>): void => {
  test('a request is acknowledged when its handler has finished, and not before', async () => {
    await using bench = await open()
    const held = heldRequests()
    await bench.link.start(held.handle)
    await using raw = await bench.connect(ONE)
    await raw.publish(request(ONE, 's1', 7))
    await held.have(1)
    const incoming = held.waiting[0]?.request
    expect(incoming).toMatchObject({ topic: topics.request(ONE, 's1'), qos: 1 })
    expect(incoming?.payload.toString()).toBe('{"seq":"s1"}')
    expect(['ann', undefined]).toContain(incoming?.vouchedEmployeeId)
    expect(await raw.ping()).toBe(true)
    if (!bench.acknowledgesAtOnce) expect(raw.packets.filter(({ type }) => type === 'puback')).toEqual([])
    held.waiting[0]?.finish()
    expect((await raw.next('puback'))?.body.readUInt16BE()).toBe(7)
  })

  test('requests are handled side by side and acknowledged in the order they finish', async () => {
    await using bench = await open()
    const held = heldRequests()
    await bench.link.start(held.handle)
    const clients = [ONE, TWO, OTHER]
    const raws = await Promise.all(clients.map((clientId) => bench.connect(clientId)))
    await Promise.all(raws.map((raw, i) => raw.publish(request(clients[i] ?? '', 's1'))))
    await held.have(3)
    for (const { request: incoming, finish } of held.waiting.toReversed()) {
      finish()
      if (bench.acknowledgesAtOnce) continue
      await raws[clients.findIndex((clientId) => incoming.topic.includes(clientId))]?.next('puback')
    }
    for (const raw of raws) await raw[Symbol.asyncDispose]()
  })

  test('a request that was not acknowledged when the gateway died is handed out again', async () => {
    await using bench = await open()
    if (!bench.keepsRequests) return
    const held = heldRequests()
    await bench.link.start(held.handle)
    const raw = await bench.connect(ONE, { clean: false })
    await raw.publish(request(ONE, 's1'))
    await held.have(1)
    await bench.crash()
    const again = heldRequests()
    await bench.link.start(again.handle)
    if (raw.isClosed || !(await raw.ping().catch(() => false))) {
      // The broker has died with it: the client sends again what was not acknowledged (MQTT 3.1.1, 4.4).
      await using back = await bench.connect(ONE, { clean: false })
      await back.publish({ ...request(ONE, 's1'), dup: true })
      await again.have(1)
      again.waiting[0]?.finish()
      expect(await back.next('puback')).toBeDefined()
    } else {
      await again.have(1)
      again.waiting[0]?.finish()
    }
    expect(again.waiting[0]?.request.topic).toBe(topics.request(ONE, 's1'))
  })

  test('what publish has resolved for is kept for a session that is away, over the death of the gateway', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    const raw = await bench.connect(ONE, { clean: false })
    expect(await raw.subscribe(topics.inbox('ann'))).toEqual([1])
    await raw.disconnect()
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => bench.link.publish(topics.inbox('ann'), Buffer.from(`m${i}`), durable)),
    )
    await bench.crash()
    await bench.link.start(async () => {})
    await using back = await bench.connect(ONE, { clean: false })
    for (let i = 0; i < 50; i++) expect((await back.nextPublish())?.payload.toString()).toBe(`m${i}`)
  })

  test('what a client has not acknowledged comes again, marked, and what it has does not', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    const raw = await bench.connect(ONE, { clean: false, acknowledges: false })
    await raw.subscribe(topics.inbox('ann'))
    for (const text of ['a', 'b']) await bench.link.publish(topics.inbox('ann'), Buffer.from(text), durable)
    const first = await raw.nextPublish()
    await raw.nextPublish()
    const id = first?.packetId ?? 0
    await raw.write(Buffer.from([0x40, 2, id >> 8, id & 0xff]))
    await raw.ping()
    await raw[Symbol.asyncDispose]()
    await using back = await bench.connect(ONE, { clean: false })
    const again = await back.nextPublish()
    expect({ text: again?.payload.toString(), dup: again?.dup }).toEqual({ text: 'b', dup: bench.marksRepeated })
    expect(await back.ping()).toBe(true)
    expect(texts(back)).toEqual(['b'])
  })

  test('messages on a topic arrive in the order in which they were published', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    const raws = [await bench.connect(ONE, { clean: false }), await bench.connect(TWO)]
    for (const raw of raws) await raw.subscribe(topics.inbox('ann'))
    const sent = Array.from({ length: 500 }, (_, i) => `m${i}`)
    for (const text of sent.slice(0, 100)) await bench.link.publish(topics.inbox('ann'), Buffer.from(text), durable)
    const rest = sent.slice(100).map((text) => bench.link.publish(topics.inbox('ann'), Buffer.from(text), durable))
    await Promise.all(rest)
    for (const raw of raws) {
      await expect.poll(() => raw.publishes.length).toBe(500)
      expect(texts(raw)).toEqual(sent)
      await raw[Symbol.asyncDispose]()
    }
  })

  test('a message goes to those who subscribed to its topic, once each, and to nobody else', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    await using one = await bench.connect(ONE)
    await using other = await bench.connect(OTHER)
    await one.subscribe(topics.statusAll, topics.status('ann'), topics.inbox('ann'))
    await other.subscribe(topics.inbox('bob'))
    await bench.link.publish(topics.status('ann'), Buffer.from('status'), durable)
    await bench.link.publish(topics.inbox('ann'), Buffer.from('inbox'), durable)
    await bench.link.publish(topics.inbox('bob'), Buffer.from('bob'), durable)
    await bench.link.publish(topics.inbox('nobody'), Buffer.from('nobody'), durable)
    expect((await other.nextPublish())?.payload.toString()).toBe('bob')
    expect(await one.ping()).toBe(true)
    expect(await other.ping()).toBe(true)
    expect(new Set(texts(one))).toEqual(new Set(['status', 'inbox']))
    expect(texts(other)).toEqual(['bob'])
  })

  test('QoS 0 reaches who is there and is not kept for who is not', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    const away = await bench.connect(ONE, { clean: false })
    await away.subscribe(topics.inboxStream('ann'))
    await away.disconnect()
    await using here = await bench.connect(TWO)
    await here.subscribe(topics.inboxStream('ann'))
    await bench.link.publish(topics.inboxStream('ann'), Buffer.from('x'), { qos: 0 })
    expect(await here.nextPublish()).toMatchObject({ qos: 0, retain: false })
    await using back = await bench.connect(ONE, { clean: false })
    expect(await back.ping()).toBe(true)
    expect(texts(back)).toEqual([])
  })

  test('the last retained message is given to whoever subscribes later, until an empty one removes it', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    await using before = await bench.connect(ONE)
    await before.subscribe(topics.statusAll)
    for (const text of ['first', 'second']) {
      await bench.link.publish(topics.status('bob'), Buffer.from(text), { qos: 1, retain: true })
    }
    const topic = bench.retainsForWildcards ? topics.statusAll : topics.status('bob')
    await using after = await bench.connect(TWO)
    await after.subscribe(topic)
    const told = await after.nextPublish()
    expect({ text: told?.payload.toString(), retain: told?.retain }).toEqual({ text: 'second', retain: true })
    await expect.poll(() => texts(before)).toEqual(['first', 'second'])
    expect(before.publishes.some(({ retain }) => retain)).toBe(false)
    await bench.crash()
    await bench.link.start(async () => {})
    await using later = await bench.connect(OTHER)
    await later.subscribe(topics.status('bob'))
    expect((await later.nextPublish())?.payload.toString()).toBe('second')
    await bench.link.publish(topics.status('bob'), Buffer.alloc(0), { qos: 1, retain: true })
    await using last = await bench.connect(TWO)
    await last.subscribe(topic)
    expect(await last.ping()).toBe(true)
    expect(texts(last)).toEqual([])
  })

  test('the device that caused a message is left out, where the link can do that', async () => {
    await using bench = await open()
    await bench.link.start(async () => {})
    await using one = await bench.connect(ONE, { clean: false })
    await using two = await bench.connect(TWO, { clean: false })
    for (const raw of [one, two]) await raw.subscribe(topics.sync('ann'))
    await bench.link.publish(topics.sync('ann'), Buffer.from('x'), { ...durable, exceptClientId: ONE })
    await bench.link.publish(topics.sync('ann'), Buffer.from('y'), durable)
    await expect.poll(() => texts(one).includes('y') && texts(two).includes('y')).toBe(true)
    expect(texts(two)).toEqual(['x', 'y'])
    expect(texts(one)).toEqual(bench.leavesOut ? ['y'] : ['x', 'y'])
  })

  test('a publish the broker cannot take rejects, reaches nobody, and the next one works', async () => {
    await using bench = await open()
    const { failStore } = bench
    if (failStore === undefined) return
    await bench.link.start(async () => {})
    await using raw = await bench.connect(ONE, { clean: false })
    await raw.subscribe(topics.inbox('ann'))
    failStore(true)
    await expect(bench.link.publish(topics.inbox('ann'), Buffer.from('lost'), durable)).rejects.toMatchObject({
      key: 'broker_unavailable',
    })
    const retained = bench.link.publish(topics.status('ann'), Buffer.from('lost'), { qos: 1, retain: true })
    await expect(retained).rejects.toMatchObject({ key: 'broker_unavailable' })
    failStore(false)
    await bench.link.publish(topics.inbox('ann'), Buffer.from('kept'), durable)
    expect((await raw.nextPublish())?.payload.toString()).toBe('kept')
    expect(await raw.ping()).toBe(true)
    expect(texts(raw)).toEqual(['kept'])
  })

  test('draining waits for what is under way and leaves what comes after it to be sent again', async () => {
    await using bench = await open()
    const held = heldRequests()
    await bench.link.start(held.handle)
    await using raw = await bench.connect(ONE, { clean: false })
    await raw.publish(request(ONE, 'before', 1))
    await held.have(1)
    let isDrained = false
    const drained = bench.link.drain().then(() => {
      isDrained = true
    })
    await raw.publish(request(ONE, 'after', 2)).catch(() => undefined)
    await raw.ping().catch(() => false)
    expect(isDrained).toBe(false)
    // A broker of its own may have handed out the second before it learnt that no more are wanted.
    if (!bench.acknowledgesAtOnce) expect(held.waiting).toHaveLength(1)
    held.finishAll()
    await drained
    const acknowledged = () =>
      raw.packets.filter(({ type }) => type === 'puback').map(({ body }) => body.readUInt16BE())
    await expect.poll(acknowledged).toEqual(bench.acknowledgesAtOnce ? [1, 2] : [1])
    await bench.crash()
    const again = heldRequests()
    await bench.link.start(again.handle)
    await using back = await bench.connect(ONE, { clean: false })
    await back.publish({ ...request(ONE, 'after', 2), dup: true })
    await again.have(1)
    again.waiting[0]?.finish()
    expect(await back.next('puback')).toBeDefined()
  })

  test('hears what other gateways publish for this one, if there are others, and nothing that is retained', async () => {
    await using bench = await open()
    const { instance = 'nobody' } = bench
    const heard: string[] = []
    await bench.link.publish(topics.gateway(instance), Buffer.from('too early'), { qos: 1 }).catch(() => undefined)
    await bench.link.start(
      async () => {},
      (note) => heard.push(note.toString()),
    )
    for (const qos of [0, 1] as const) {
      await bench.link.publish(topics.gateway(instance), Buffer.from(`at QoS ${qos}`), { qos })
    }
    await bench.link.publish(topics.gateway('another'), Buffer.from('for another'), { qos: 1 })
    if (bench.instance === undefined) return expect(heard).toEqual([])
    await expect.poll(() => heard).toEqual(['at QoS 0', 'at QoS 1'])
    await bench.link.publish(topics.gateway(instance), Buffer.from('left there'), { qos: 1, retain: true })
    await bench.link.publish(topics.gateway(instance), Buffer.from('the last'), { qos: 1 })
    await expect.poll(() => heard.at(-1)).toBe('the last')
    expect(heard).not.toContain('for another')
  })

  test('says in a sentence why it is not ready', async () => {
    await using bench = await open()
    expect(bench.link.notReady()).toMatch(/^[A-Z].*\.$/)
    await bench.link.start(async () => {})
    expect(bench.link.notReady()).toBeUndefined()
    await bench.link.drain()
    expect(bench.link.notReady()).toMatch(/^[A-Z].*\.$/)
  })
}
