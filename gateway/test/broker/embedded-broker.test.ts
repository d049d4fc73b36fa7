import { once } from 'node:events'
import { connect } from 'node:net'
import type { RightsSubject } from '@mchat/schema'
import { expect, test } from 'vitest'
import { connectPacket, DISCONNECT, PINGREQ, publishPacket } from '../../../tests/kit/raw-packets.ts'
import { Gate, openBroker, rightsOf, topics } from './broker-rig.ts'

const CLIENT = 'ann_web_1'
const turns = async (count = 10): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a client that is thrown out while its login is under way is judged again', async () => {
  for (const second of ['ann', undefined]) {
    await using rig = await openBroker()
    const gate = new Gate<string | undefined>()
    rig.hooks.login = () => {
      rig.hooks.login = async () => second
      return gate.wait()
    }
    await using raw = await rig.open()
    const code = raw.connect({ clientId: CLIENT, username: 'ann', password: 'x', clean: false })
    await gate.reached
    expect([...rig.broker.clientIdsOf('ann')]).toEqual([CLIENT])
    await rig.broker.expel(CLIENT)
    gate.open('ann')
    expect(await code).toBe(second === undefined ? 5 : 0)
    expect(await raw.ping()).toBe(second !== undefined)
    expect(rig.broker.isConnected(CLIENT)).toBe(second !== undefined)
  }
})

test('a client that is thrown out between its login and its CONNACK does not get in', async () => {
  await using rig = await openBroker()
  const gate = new Gate<RightsSubject>()
  rig.hooks.subject = () => gate.wait()
  await using raw = await rig.open()
  const code = raw.connect({ clientId: CLIENT, username: 'ann', password: 'x', clean: false })
  await gate.reached
  await rig.broker.expel(CLIENT)
  gate.open(rightsOf(CLIENT, 'ann'))
  expect(await code).not.toBe(0)
  await raw.closed
  expect(rig.broker.isConnected(CLIENT)).toBe(false)
  expect([...rig.broker.clientIdsOf('ann')]).toEqual([])
})

test('the operator is told of every refusal, and why', async () => {
  await using rig = await openBroker()
  const connect = async (fields: {
    username?: string
    password?: string
    will?: object
    level?: number
  }): Promise<number | undefined> => {
    await using raw = await rig.open()
    return await raw.connect({ clientId: CLIENT, ...fields } as Parameters<typeof raw.connect>[0])
  }
  const ann = { username: 'ann', password: 'a secret' }
  expect(await connect({})).toBe(4)
  expect(await connect({ ...ann, will: { topic: topics.inbox('ann'), payload: 'x', retain: false } })).toBe(5)
  rig.hooks.login = async () => undefined
  expect(await connect(ann)).toBe(5)
  rig.hooks.login = () => Promise.reject(new Error('away'))
  expect(await connect(ann)).toBe(3)
  expect(await connect({ ...ann, level: 5 })).toBe(1)
  expect(await connect({ ...ann, username: 'bob' })).toBe(5)
  expect(rig.refusals).toMatchObject([
    { clientId: CLIENT, returnCode: 4, reason: 'no credentials' },
    { clientId: CLIENT, returnCode: 5, reason: 'the will is not allowed' },
    { clientId: CLIENT, returnCode: 5, reason: 'not authorised' },
    { clientId: CLIENT, returnCode: 3, reason: 'unavailable', error: new Error('away') },
    { returnCode: 1 },
    { clientId: CLIENT, returnCode: 5, reason: 'the client_id is not one of the user' },
  ])
})

test('those who are refused or give up are forgotten', async () => {
  await using rig = await openBroker()
  rig.hooks.login = async () => undefined
  await using refused = await rig.open()
  expect(await refused.connect({ clientId: CLIENT, username: 'ann', password: 'x' })).toBe(5)
  await refused.closed
  const gate = new Gate<string | undefined>()
  rig.hooks.login = () => gate.wait()
  const impatient = await rig.open()
  void impatient.connect({ clientId: CLIENT, username: 'ann', password: 'x' })
  await gate.reached
  await impatient[Symbol.asyncDispose]()
  gate.open('ann')
  await expect.poll(() => [...rig.broker.clientIdsOf('ann')]).toEqual([])
  expect(rig.broker.connections).toBe(0)
})

test('of many connections with one client_id one stays, and throwing it out leaves none', async () => {
  await using rig = await openBroker()
  for (let round = 0; round < 60; round++) {
    const clean = round % 2 === 0
    const raws = await Promise.all(Array.from({ length: 4 }, () => rig.open()))
    const fields = { clientId: CLIENT, username: 'ann', password: 'x', clean }
    await Promise.all(
      raws.map(async (raw) => {
        if ((await raw.connect(fields)) === 0) await raw.subscribe(topics.inbox('ann'), topics.group('g'))
      }),
    )
    await expect.poll(() => raws.filter((raw) => !raw.isClosed)).toHaveLength(1)
    expect(rig.broker.connections).toBe(1)
    await rig.broker.expel(CLIENT)
    await Promise.all(raws.map((raw) => raw.closed))
    expect(rig.broker.connections).toBe(0)
    expect(rig.sessions.stats().subscriptions).toBe(0)
    expect([...rig.broker.clientIdsOf('ann')]).toEqual([])
  }
})

test('a client that reconnects again and again is known all the time, whatever the old connection does', async () => {
  await using rig = await openBroker()
  let before = await rig.connect(CLIENT, { clean: true })
  for (let round = 0; round < 200; round++) {
    // The old connection is closing while the new one comes.
    const gone = before[Symbol.asyncDispose]()
    const next = await rig.connect(CLIENT, { clean: true })
    await gone
    await turns(3)
    expect(rig.broker.isConnected(CLIENT)).toBe(true)
    expect([...rig.broker.clientIdsOf('ann')]).toEqual([CLIENT])
    before = next
  }
  await rig.broker.expel(CLIENT)
  await before.closed
})

test('a SUBSCRIBE whose client has gone meanwhile leaves nothing behind', async () => {
  for (const clean of [true, false]) {
    await using rig = await openBroker()
    const raw = await rig.connect(CLIENT, { clean })
    let asked = 0
    const gate = new Gate<RightsSubject>()
    // The first look decides the SUBACK, the second is at the moment of subscribing.
    rig.hooks.subject = async () => (++asked === 1 ? rightsOf(CLIENT, 'ann') : gate.wait())
    void raw.subscribe(topics.group('g'))
    await gate.reached
    await raw[Symbol.asyncDispose]()
    await expect.poll(() => rig.broker.connections).toBe(0)
    gate.open(rightsOf(CLIENT, 'ann'))
    await turns()
    expect(rig.sessions.stats()).toMatchObject({ subscriptions: 0, sessions: 0 })
    expect([...rig.broker.clientIdsOf('ann')]).toEqual([])
  }
})

test('what was allowed at the first look and is not at the second is not subscribed', async () => {
  for (const clean of [true, false]) {
    await using rig = await openBroker()
    await using raw = await rig.connect(CLIENT, { clean })
    let asked = 0
    rig.hooks.subject = async () => {
      const isMember = ++asked === 1
      return { ...rightsOf(CLIENT, 'ann'), isMember: () => isMember }
    }
    await raw.subscribe(topics.group('g'))
    expect(await raw.ping()).toBe(true)
    expect([...rig.sessions.subscriptionsOf(CLIENT).keys()]).toEqual([])
  }
})

test('a SUBACK grants what is subscribed, up to the limit', async () => {
  for (const clean of [true, false]) {
    await using rig = await openBroker({ subscriptionsPerClient: 50 })
    await using raw = await rig.connect(CLIENT, { clean })
    const filters = Array.from({ length: 80 }, (_, i) => topics.status(`e${i}`))
    const granted = await raw.subscribe(...filters)
    expect(granted).toEqual(filters.map((_, i) => (i < 50 ? 1 : 128)))
    expect(await raw.ping()).toBe(true)
    expect([...rig.sessions.subscriptionsOf(CLIENT).keys()]).toEqual(filters.slice(0, 50))
    expect(await raw.subscribe(topics.status('e0'), topics.inbox('ann'))).toEqual([1, 128])
  }
})

test('several SUBSCRIBEs on their way together do not add up to more than the limit', async () => {
  for (const clean of [true, false]) {
    await using rig = await openBroker({ subscriptionsPerClient: 10 })
    await using raw = await rig.connect(CLIENT, { clean })
    const answers = await Promise.all(Array.from({ length: 15 }, (_, i) => raw.subscribe(topics.status(`e${i}`))))
    expect(answers.filter((codes) => codes?.[0] === 1)).toHaveLength(10)
    expect(await raw.ping()).toBe(true)
    expect(rig.sessions.subscriptionsOf(CLIENT).size).toBe(10)
  }
})

test('the largest SUBSCRIBE there can be is judged quickly', async () => {
  for (const clean of [true, false]) {
    await using rig = await openBroker({ subscriptionsPerClient: 600 }, { limits: { subscriptionsPerClient: 600 } })
    await using raw = await rig.connect(CLIENT, { clean })
    const filters = Array.from({ length: 11_000 }, (_, i) => topics.status(`e${i}`))
    const started = process.cpuUsage()
    const granted = await raw.subscribe(...filters)
    const { user } = process.cpuUsage(started)
    expect(granted?.filter((code) => code === 1)).toHaveLength(600)
    expect(user / 1000).toBeLessThan(1500)
  }
})

test('a filter is not longer than topics are', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT)
  expect(await raw.subscribe(topics.status('x'.repeat(60_000)), topics.status('x'))).toEqual([128, 1])
})

test('the will of a client that is thrown out stays unspoken, even when it was about to be spoken', async () => {
  await using rig = await openBroker()
  const will = { topic: topics.status('ann'), payload: 'will', retain: true }
  const first = await rig.connect(CLIENT, { will })
  await first[Symbol.asyncDispose]()
  await expect.poll(() => rig.statuses).toEqual(['will'])

  await using second = await rig.connect(CLIENT, { will })
  const gate = new Gate<RightsSubject>()
  rig.hooks.subject = () => {
    rig.hooks.subject = async () => undefined
    return gate.wait()
  }
  await second[Symbol.asyncDispose]()
  await gate.reached
  await rig.broker.expel(CLIENT)
  gate.open(rightsOf(CLIENT, 'ann'))
  await turns()
  expect(rig.statuses).toEqual(['will'])
})

test('a request is acknowledged when it has been answered, and the others of its client do not wait for it', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT)
  const gate = new Gate<void>()
  rig.hooks.request = ({ topic }) => (topic.endsWith('/slow') ? gate.wait() : Promise.resolve())
  await raw.publish({ topic: topics.request(CLIENT, 'slow'), payload: '{}', qos: 1, packetId: 7 })
  await gate.reached
  await raw.publish({ topic: topics.request(CLIENT, 'fast'), payload: '{}', qos: 1, packetId: 8 })
  expect((await raw.next('puback'))?.body.readUInt16BE()).toBe(8)
  expect(await raw.ping()).toBe(true)
  gate.open()
  expect((await raw.next('puback'))?.body.readUInt16BE()).toBe(7)
})

test('requests of a client that is thrown out are neither taken nor acknowledged', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT)
  const taken: string[] = []
  rig.hooks.request = async ({ topic }) => {
    taken.push(topic)
  }
  const publishing = raw.publish({ topic: topics.request(CLIENT, 'late'), payload: '{}', qos: 1 })
  const expelled = rig.broker.expel(CLIENT)
  await Promise.all([publishing, expelled, raw.closed])
  await turns()
  expect(taken).toEqual([])
  expect(raw.packets.filter(({ type }) => type === 'puback')).toEqual([])
})

test('a client with as many unanswered requests as it may have is read no further until one is answered', async () => {
  await using rig = await openBroker({ concurrentRequestsPerClient: 3 })
  await using raw = await rig.connect(CLIENT)
  const answer: (() => void)[] = []
  rig.hooks.request = () => new Promise((resolve) => answer.push(resolve))
  const requests = [1, 2, 3, 4, 5].map((i) =>
    publishPacket({ topic: topics.request(CLIENT, `s${i}`), qos: 1, packetId: i }),
  )
  await raw.write(Buffer.concat([...requests, PINGREQ]))
  await expect.poll(() => answer).toHaveLength(3)
  await turns()
  expect(answer).toHaveLength(3)
  answer[0]?.()
  answer[1]?.()
  await expect.poll(() => answer).toHaveLength(5)
  for (const resolve of answer) resolve()
  expect(await raw.next('pingresp')).toBeDefined()
  await expect.poll(() => raw.packets.filter(({ type }) => type === 'puback')).toHaveLength(5)
})

test('requests are taken while earlier ones are unanswered, whatever pieces they come in', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT)
  const taken: string[] = []
  rig.hooks.request = ({ topic }) => {
    taken.push(topic)
    return new Promise(() => {})
  }
  const request = (seqId: string): Buffer =>
    publishPacket({ topic: topics.request(CLIENT, seqId), qos: 1, packetId: taken.length + 1 })
  await raw.write(Buffer.concat([request('s1'), request('s2'), request('s3')]))
  await expect.poll(() => taken).toHaveLength(3)
  await raw.write(request('s4'))
  await expect.poll(() => taken).toHaveLength(4)
  expect(await raw.ping()).toBe(true)
})

test('requests of QoS 0 are taken in their turn and count like the others', async () => {
  await using rig = await openBroker({ concurrentRequestsPerClient: 4 })
  await using raw = await rig.connect(CLIENT)
  const taken: string[] = []
  rig.hooks.request = async ({ topic, qos }) => {
    taken.push(`${topic.split('/').at(-1)} ${qos}`)
    await turns(1)
  }
  const requests = Array.from({ length: 20 }, (_, i) =>
    publishPacket({ topic: topics.request(CLIENT, `s${i}`), qos: i % 2, packetId: i + 1 }),
  )
  await raw.write(Buffer.concat(requests))
  await expect.poll(() => taken).toHaveLength(20)
  expect(taken).toEqual(Array.from({ length: 20 }, (_, i) => `s${i} ${i % 2}`))
  await expect.poll(() => raw.packets.filter(({ type }) => type === 'puback')).toHaveLength(10)
})

test('the operator is told whose connection was ended, and why', async () => {
  await using rig = await openBroker({ packetBytes: 1000 })
  const forbidden = [
    publishPacket({ topic: topics.inbox('bob'), payload: 'x', qos: 1 }),
    publishPacket({ topic: topics.request('bob_web_1', 's1'), payload: '{}', qos: 1 }),
    publishPacket({ topic: topics.request(CLIENT, 's1'), payload: '{}', qos: 1, retain: true }),
    publishPacket({ topic: topics.request(CLIENT, 's1'), payload: 'x'.repeat(1000), qos: 1 }),
  ]
  for (const packet of forbidden) {
    await using raw = await rig.connect(CLIENT)
    await raw.write(packet)
    await raw.closed
  }
  const notAllowed = `${CLIENT}: not allowed to publish there`
  expect(rig.ends).toEqual([notAllowed, notAllowed, notAllowed, `${CLIENT}: packet too large`])
})

test('nothing is taken that came behind the end of a connection', async () => {
  await using rig = await openBroker()
  const taken: string[] = []
  rig.hooks.request = async ({ topic }) => {
    taken.push(topic)
  }
  const request = (seqId: string, packetId: number): Buffer =>
    publishPacket({ topic: topics.request(CLIENT, seqId), qos: 1, packetId })
  const ends = [request('wrong', 0), DISCONNECT, Buffer.from([0xf0, 0])]
  for (const end of ends) {
    await using raw = await rig.connect(CLIENT)
    await raw.write(Buffer.concat([end, request('late', 2)]))
    await raw.closed
  }
  expect(taken).toEqual([])
})

test('a client that asks and asks and reads nothing is ended', async () => {
  await using rig = await openBroker()
  const reading = await rig.connect(CLIENT)
  const { port } = rig
  await reading.disconnect()
  const socket = connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  socket.pause()
  socket.write(connectPacket({ clientId: CLIENT, username: 'ann', password: 'x' }))
  await expect.poll(() => rig.broker.isConnected(CLIENT)).toBe(true)
  const pings = Buffer.concat(Array.from({ length: 50_000 }, () => PINGREQ))
  const flood = (): void => {
    while (!socket.destroyed && socket.write(pings));
  }
  socket.on('drain', flood)
  flood()
  await expect.poll(() => rig.broker.isConnected(CLIENT)).toBe(false)
  socket.destroy()
  await closed
})

test('an answer much larger than the buffer of a connection does not pass for one that is not read', async () => {
  await using rig = await openBroker({}, { limits: { queuedBytes: 16 * 1024 ** 2 } })
  // More than the kernel takes at once.
  const answer = 'x'.repeat(8 * 1024 ** 2)
  rig.hooks.request = ({ topic }) => rig.rig.publish(topic.replace('/req/', '/resp/'), answer)
  await using raw = await rig.connect(CLIENT)
  await raw.subscribe({ filter: topics.responses(CLIENT), qos: 1 })
  await raw.write(publishPacket({ topic: topics.request(CLIENT, 's1'), payload: '{}', qos: 1, packetId: 1 }))
  expect((await raw.nextPublish())?.payload.length).toBe(answer.length)
  expect(await raw.ping()).toBe(true)
  expect(rig.ends).toEqual([])
})

test('a request with packet id 0 ends the connection, as every malformed packet does', async () => {
  await using rig = await openBroker()
  await using raw = await rig.connect(CLIENT)
  await raw.write(publishPacket({ topic: topics.request(CLIENT, 's1'), qos: 1, packetId: 0 }))
  await raw.closed
  expect(rig.ends).toEqual([`${CLIENT}: packet id 0`])
})
