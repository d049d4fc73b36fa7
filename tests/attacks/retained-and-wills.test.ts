import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from './attacker.ts'
import { openRaw, TRANSPORTS } from './transports.ts'

let gateway: TestGateway
let alice: Device
let bob: Device
let groupId: string
beforeAll(async () => {
  gateway = await startGateway()
  const [one, other] = [await gateway.hire(), await gateway.hire()]
  alice = await one.connect()
  bob = await other.connect()
  groupId = (await gateway.foundGroup({ owner: one, members: [other] })).group_id
  await bob.group(groupId)
  await bob.subscribe(gateway.topics.statusAll)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const status = (device: string, state = 'online'): string => JSON.stringify({ status: state, updated_at: '', device })

/** What somebody who subscribes now is told of a topic. */
const retainedAt = async (topic: string): Promise<string[]> => {
  await using fresh = await connectRaw(gateway, await gateway.hire())
  await fresh.subscribe(topic)
  await fresh.ping()
  return fresh.publishes.filter(({ retain }) => retain).map(({ payload }) => payload.toString())
}

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('T08: a retained request is refused and not carried out, then or after a restart', async () => {
    await using own = await startGateway()
    const [eve, friend] = [await own.hire(), await own.hire()]
    const receiver = await friend.connect()
    const canary = newCanary()
    const payload = JSON.stringify({ action: 'msg.send_private', to_employee_id: friend.id, content: canary })
    for (const qos of [0, 1, 2]) {
      await using raw = await connectRaw(own, eve, { transport })
      await raw.publish({ topic: own.topics.request(raw.clientId, 's1'), payload, qos, retain: true })
      await raw.closed
    }
    await own.restart()
    const again = await friend.connect()
    for (const device of [receiver, again]) {
      if (!device.isClosed) await device.expectNothing({ matching: ({ text }) => text.includes(canary) })
      expect(device.received.filter(({ text }) => text.includes(canary))).toEqual([])
    }
  })

  test('T08: the status of somebody else stays as it is', async () => {
    const [victim, eve] = [await gateway.hire(), await gateway.hire()]
    const topic = gateway.topics.status(victim.id)
    const device = await victim.connect()
    const genuine = newCanary()
    await device.publish(topic, status(genuine), { retain: true })
    expect((await retainedAt(topic))[0]).toContain(genuine)
    for (const payload of [status(newCanary()), '']) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.publish({ topic, payload, qos: 1, retain: true })
      await raw.closed
    }
    expect((await retainedAt(topic))[0]).toContain(genuine)
  })

  test('T08: one’s own status is nothing but a status', async () => {
    const eve = await gateway.hire()
    const topic = gateway.topics.status(eve.id)
    const device = await connectRaw(gateway, eve, { transport })
    const canary = newCanary()
    const bad = [
      canary,
      'x'.repeat(200 * 1024),
      JSON.stringify({ status: canary, updated_at: '' }),
      JSON.stringify({ status: 'online', updated_at: '', device: { canary } }),
      JSON.stringify([canary]),
      `{"status":"online","device":"${canary}"`,
      Buffer.concat([Buffer.from('{"status":"online","device":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    ]
    for (const [i, payload] of bad.entries())
      await device.publish({ topic, payload, qos: 1, retain: true, packetId: i + 1 })
    expect(await device.ping()).toBe(true)
    expect((await retainedAt(topic)).join()).not.toContain(canary)
    expect((await retainedAt(topic)).join().length).toBeLessThan(1024)
    const more = JSON.stringify({ status: 'online', updated_at: '1999', device: 'd', evil: canary, retain: canary })
    await device.publish({ topic, payload: more, qos: 1, packetId: 99 })
    expect(await device.ping()).toBe(true)
    const [told = ''] = await retainedAt(topic)
    expect(told).not.toContain(canary)
    expect(Object.keys(JSON.parse(told)).sort()).toEqual(['device', 'status', 'updated_at'])
    expect(JSON.parse(told).updated_at).not.toBe('1999')
    // An empty payload would remove what is retained: it is not a status either.
    await device.publish({ topic, payload: '', qos: 1, retain: true, packetId: 100 })
    expect(await device.ping()).toBe(true)
    expect(await retainedAt(topic)).toHaveLength(1)
    await expectAlive(alice, bob)
  })

  test('T09: a will for others, or that asks for something, is refused at CONNECT', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const clientId = eve.clientId('will')
    const canary = newCanary()
    const wills = [
      topics.status(alice.employeeId),
      topics.inbox(alice.employeeId),
      topics.inbox(eve.id),
      topics.group(groupId),
      topics.request(alice.clientId, '1'),
      topics.request(clientId, '1'),
      topics.response(alice.clientId, '1'),
      topics.systemNotify,
      '$SYS/x',
      'x',
      'mchat/status/+',
      'mchat/status/#',
      `${topics.status(eve.id)}/x`,
      '',
    ]
    for (const topic of wills) {
      for (const retain of [true, false]) {
        await using raw = await openRaw(gateway, transport)
        const payload = JSON.stringify({ status: 'online', updated_at: '', device: canary })
        const will = { topic, payload, retain, qos: 1 }
        expect(await raw.connect({ clientId, username: eve.id, password: eve.secret, will }), topic).not.toBe(0)
        await raw.closed
      }
    }
    await expectAlive(alice, bob)
    for (const device of [alice, bob]) expect(device.received.filter(({ text }) => text.includes(canary))).toEqual([])
  })

  test('T09: the will of a connection that was cut speaks; that of one that was shut out does not', async () => {
    const office = await gateway.office
    const connectWithWill = async (person: Person, device: string) => {
      const raw = await openRaw(gateway, transport)
      const will = { topic: gateway.topics.status(person.id), payload: status(device, 'offline'), retain: true, qos: 1 }
      const identity = { clientId: person.clientId('will'), username: person.id, password: person.secret }
      expect(await raw.connect({ ...identity, will })).toBe(0)
      expect(await raw.ping()).toBe(true)
      return raw
    }
    const cut = await gateway.hire()
    const spoken = newCanary()
    const first = await connectWithWill(cut, spoken)
    await first[Symbol.asyncDispose]()
    await bob.next(({ text }) => text.includes(spoken))

    const gone = await gateway.hire()
    const unspoken = newCanary()
    await using second = await connectWithWill(gone, unspoken)
    await office.confirm('employee.update', { employee_id: gone.id, updates: { status: 'disabled' } })
    await second.closed
    const third = newCanary()
    const left = await connectWithWill(cut, third)
    await left.disconnect()
    await expectAlive(alice, bob)
    for (const canary of [unspoken, third]) expect(bob.received.some(({ text }) => text.includes(canary))).toBe(false)
    expect((await retainedAt(gateway.topics.status(gone.id))).join()).toContain('"offline"')
  })
})

test('the will of one device is not believed while another is connected', async () => {
  const person = await gateway.hire()
  const topic = gateway.topics.status(person.id)
  const will = { topic, payload: status(newCanary(), 'offline'), retain: true }
  const phone = await person.connect({ device: 'phone', will })
  const laptop = await person.connect({ device: 'laptop', will })
  await laptop.publish(topic, status('laptop'), { retain: true })
  await phone.cut()
  await expectAlive(alice, bob)
  expect((await retainedAt(topic)).join()).toContain('"online"')
  await laptop.cut()
  await expect.poll(async () => (await retainedAt(topic)).join()).toContain('"offline"')
})

test('wills of those who were connected when the gateway was killed are spoken for at the next start', async () => {
  await using own = await startGateway()
  const [person, friend] = [await own.hire(), await own.hire()]
  const topic = own.topics.status(person.id)
  const device = await person.connect({ will: { topic, payload: status(newCanary(), 'offline'), retain: true } })
  await device.publish(topic, status('laptop'), { retain: true })
  await own.restart()
  const watcher = await friend.connect()
  await watcher.subscribe(topic)
  expect((await watcher.next((message) => message.topic === topic)).json.status).toBe('offline')
})

test('a status that changes all the time does not push out what others have queued', async () => {
  await using own = await startGateway({ config: { limits: { queuedMessagesPerSession: 500 } } })
  const [eve, victim, friend] = [await own.hire(), await own.hire(), await own.hire()]
  const phone = await victim.connect({ device: 'phone' })
  await phone.subscribe(own.topics.statusAll)
  await phone.disconnect()
  const sender = await friend.connect()
  const canary = newCanary()
  await sender.call('msg.send_private', { to_employee_id: victim.id, content: canary })
  await using raw = await connectRaw(own, eve)
  const topic = own.topics.status(eve.id)
  for (let i = 1; i <= 2000; i++) {
    await raw.publish({ topic, payload: status(`d${i}`), qos: 1, packetId: i })
    if (i % 100 === 0) await raw.ping()
  }
  const last = status(newCanary())
  await raw.publish({ topic, payload: last, qos: 1, packetId: 2001 })
  await raw.ping()
  const back = await victim.connect({ device: 'phone' })
  expect(back.sessionPresent).toBe(true)
  await back.inbox.next((message) => message.json.content === canary)
  expect(back.received.length).toBeLessThan(100)
  // The last word is heard, if a little later.
  await back.next(({ text }) => text.includes(JSON.parse(last).device))
})

test('T10: none of the four ways of hearing or speaking outlives a removal', async () => {
  const [boss, eve] = [await gateway.hire(), await gateway.hire()]
  const { group_id } = await gateway.foundGroup({ owner: boss, members: [eve] })
  const owner = await boss.connect()
  const { topics } = gateway
  const away = await connectRaw(gateway, eve, { device: 'away', clean: false })
  await away.subscribe(topics.group(group_id))
  const live = await openRaw(gateway, 'tcp')
  const will = { topic: topics.status(eve.id), payload: status(newCanary(), 'offline'), retain: true, qos: 1 }
  const identity = { username: eve.id, password: eve.secret }
  await live.connect({ clientId: eve.clientId('live'), ...identity, will })
  await live.subscribe(topics.group(group_id))
  const before = newCanary()
  await owner.call('msg.send_group', { group_id, content: before })
  while (leaksTo(live, before).length === 0) await live.nextPublish()
  await away.disconnect()
  const missed = newCanary()
  await owner.call('msg.send_group', { group_id, content: missed })
  while (leaksTo(live, missed).length === 0) await live.nextPublish()
  await owner.call('group.member_remove', { group_id, member_ids: [eve.id] })
  const heard = live.publishes.length
  const after = newCanary()
  await owner.call('msg.send_group', { group_id, content: after })
  const back = await connectRaw(gateway, eve, { device: 'away', clean: false })
  expect(await back.subscribe(topics.group(group_id))).toEqual([128])
  for (const raw of [live, back]) {
    expect(await raw.ping()).toBe(true)
    expect(leaksTo(raw, after)).toEqual([])
  }
  expect(leaksTo(back, missed)).toEqual([])
  expect(live.publishes.length).toBe(heard)
  // The will is a status, which the group never sees.
  await owner.group(group_id)
  await live[Symbol.asyncDispose]()
  await owner.expectNothing({ matching: ({ text }) => text.includes(will.payload) })
})
