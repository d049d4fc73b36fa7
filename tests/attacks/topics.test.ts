import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from './attacker.ts'
import { foreignFilters, forgedTopics, wildFilters } from './filters.ts'
import { TRANSPORTS } from './transports.ts'

let gateway: TestGateway
let alice: Device
let bob: Device
let groupId: string
beforeAll(async () => {
  gateway = await startGateway()
  const [one, other] = [await gateway.hire({ name: 'Alice' }), await gateway.hire({ name: 'Bob' })]
  alice = await one.connect()
  bob = await other.connect()
  groupId = (await gateway.foundGroup({ owner: one, members: [other] })).group_id
  await bob.group(groupId)
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Everything that is nobody else's business, with the proof that those whose business it is have got it. */
const talk = async (): Promise<string[]> => {
  const [toBob, toGroup, toAlice, asked] = [newCanary(), newCanary(), newCanary(), newCanary()]
  await alice.call('msg.send_private', { to_employee_id: bob.employeeId, content: toBob })
  await bob.inbox.next((message) => message.json.content === toBob)
  await alice.call('msg.send_group', { group_id: groupId, content: toGroup })
  await (await bob.group(groupId)).next((message) => message.json.content === toGroup)
  await bob.call('msg.send_private', { to_employee_id: alice.employeeId, content: toAlice })
  await alice.inbox.next((message) => message.json.content === toAlice)
  expect(await alice.request('config.server', {}, { seqId: asked })).toMatchObject({ code: 0, seq_id: asked })
  return [toBob, toGroup, toAlice, asked]
}

const target = () => ({ topics: gateway.topics, clientId: alice.clientId, employeeId: alice.employeeId, groupId })
const foreign = () => foreignFilters(target())
const wild = () => wildFilters(target())

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('T04, T05, T06: nothing of others can be subscribed, alone or among what is allowed', async () => {
    const eve = await gateway.hire()
    for (const clean of [true, false]) {
      await using raw = await connectRaw(gateway, eve, { transport, clean, device: `raw${clean ? 1 : 0}` })
      const own = gateway.topics.inbox(eve.id)
      for (const filter of [...foreign(), ...wild()]) {
        expect(await raw.subscribe(filter), filter).toEqual([128])
        expect(await raw.subscribe(own, { filter, qos: 2 }, { filter, qos: 0 }), filter).toEqual([1, 128])
      }
      expect(await raw.subscribe(...foreign(), own, ...wild())).toHaveLength(foreign().length + wild().length + 1)
      const canaries = await talk()
      expect(await raw.ping()).toBe(true)
      expect(leaksTo(raw, ...canaries)).toEqual([])
      expect(raw.publishes).toEqual([])
    }
    await expectAlive(alice, bob)
  })

  test('what MQTT does not allow as a filter ends the connection', async () => {
    const eve = await gateway.hire()
    for (const filter of ['', 'mchat/#/x', 'a#', 'mchat/sta+us', Array(200).fill('a').join('/')]) {
      await using raw = await connectRaw(gateway, eve, { transport })
      expect([undefined, 128], filter).toContain((await raw.subscribe(gateway.topics.statusAll, filter))?.[1])
    }
    await expectAlive(alice, bob)
  })
})

test('T06: requests go on arriving however many try to share them', async () => {
  const eve = await gateway.hire()
  await using raw = await connectRaw(gateway, eve)
  for (const share of ['gateway', 'Gateway', 'x']) {
    expect(await raw.subscribe(`$share/${share}/${gateway.topics.requests}`)).toEqual([128])
  }
  const answers = await Promise.all(Array.from({ length: 200 }, () => alice.request('config.server')))
  expect(answers.filter(({ code }) => code === 0)).toHaveLength(200)
  expect(raw.publishes).toEqual([])
})

test('forbidden filters beside allowed ones do not come to life on reconnecting or restarting', async () => {
  await using own = await startGateway()
  const [one, other, eve] = [await own.hire(), await own.hire(), await own.hire()]
  const { group_id } = await own.foundGroup({ owner: one, members: [other] })
  const listener = await other.connect()
  await listener.group(group_id)
  const filters = [own.topics.inbox(other.id), '#', own.topics.group(group_id), 'mchat/inbox/+', own.topics.requests]
  const send = async () => {
    const sender = await one.connect({ clean: true })
    const receiver = listener.isClosed ? await other.connect() : listener
    const [toGroup, toOther, toEve] = [newCanary(), newCanary(), newCanary()]
    await sender.call('msg.send_group', { group_id, content: toGroup })
    await sender.call('msg.send_private', { to_employee_id: other.id, content: toOther })
    await sender.call('msg.send_private', { to_employee_id: eve.id, content: toEve })
    await receiver.next((message) => message.json.content === toGroup)
    await receiver.next((message) => message.json.content === toOther)
    await sender.disconnect()
    return { secret: [toGroup, toOther], toEve }
  }
  const expectOnlyOwn = async (raw: Awaited<ReturnType<typeof connectRaw>>, sent: Awaited<ReturnType<typeof send>>) => {
    while (leaksTo(raw, sent.toEve).length === 0) expect(await raw.nextPublish()).toBeDefined()
    expect(await raw.ping()).toBe(true)
    expect(leaksTo(raw, ...sent.secret)).toEqual([])
  }
  const first = await connectRaw(own, eve, { clean: false })
  expect(await first.subscribe(...filters, own.topics.inbox(eve.id))).toEqual([128, 128, 128, 128, 128, 1])
  await expectOnlyOwn(first, await send())
  await first.disconnect()
  const whileAway = await send()
  const second = await connectRaw(own, eve, { clean: false })
  await expectOnlyOwn(second, whileAway)
  await expectOnlyOwn(second, await send())
  await second.disconnect()
  const beforeRestart = await send()
  await own.restart()
  const third = await connectRaw(own, eve, { clean: false })
  await expectOnlyOwn(third, beforeRestart)
  await expectOnlyOwn(third, await send())
})

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('T03: nobody speaks for another client', async () => {
    const eve = await gateway.hire()
    const dismissal = JSON.stringify({ action: 'group.dismiss', group_id: groupId })
    const before = alice.received.length
    for (const qos of [0, 1, 2]) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.publish({ topic: gateway.topics.request(alice.clientId, `s${qos}`), payload: dismissal, qos })
      await raw.closed
      expect(raw.publishes).toEqual([])
    }
    const group = await alice.call('group.get', { group_id: groupId })
    expect(group).toMatchObject({ group_id: groupId })
    // The answer to group.get is all that has come.
    expect(alice.received.length).toBe(before + 1)
    await expectAlive(alice, bob)
  })

  test('T07: nothing can be delivered past the gateway', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const targets = [...forgedTopics(target(), eve.id), topics.status(alice.employeeId)]
    await alice.subscribe(
      topics.profileAll,
      topics.statusAll,
      topics.systemNotify,
      topics.orgTree,
      topics.capabilityAll,
    )
    const canary = newCanary()
    for (const topic of targets) {
      for (const qos of [0, 1, 2]) {
        for (const retain of [false, true]) {
          await using raw = await connectRaw(gateway, eve, { transport })
          await raw.publish({ topic, payload: JSON.stringify({ type: 'private', content: canary }), qos, retain })
          await raw.closed
          expect(
            raw.packets.filter(({ type }) => type === 'puback' || type === 'pubrec'),
            topic,
          ).toEqual([])
        }
      }
    }
    await expectAlive(alice, bob)
    const fresh = await gateway.hire()
    await using late = await connectRaw(gateway, fresh, { transport })
    await late.subscribe(topics.profileAll, topics.statusAll, topics.systemNotify, topics.orgTree, topics.capabilityAll)
    expect(await late.ping()).toBe(true)
    expect(leaksTo(late, canary)).toEqual([])
    for (const device of [alice, bob]) expect(device.received.filter(({ text }) => text.includes(canary))).toEqual([])
  })
})
