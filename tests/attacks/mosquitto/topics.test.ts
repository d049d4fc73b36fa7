import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../../kit/cluster.ts'
import type { Device } from '../../kit/device.ts'
import type { TestGateway } from '../../kit/gateway.ts'
import { GATEWAYS } from '../../kit/on-every-broker.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from '../attacker.ts'
import { BAD_SEQ_IDS, foreignFilters, forgedTopics, strayRequestTopics, wildFilters } from '../filters.ts'

/** Mosquitto acknowledges what it drops (MQTT 3.1.1): only what arrives tells. */
describe.skipIf(clusterMissing !== '')(`topics of others on Mosquitto${clusterMissing}`, () => {
  let cluster: Cluster
  let gateway: TestGateway
  let alice: Device
  let bob: Device
  let groupId: string
  beforeAll(async () => {
    cluster = await startCluster(GATEWAYS)
    gateway = cluster.gateway
    const [one, other] = [await gateway.hire(), await gateway.hire()]
    alice = await one.connect()
    bob = await other.connect()
    groupId = (await gateway.foundGroup({ owner: one, members: [other] })).group_id
    await bob.group(groupId)
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  /** Everything that is nobody else's business, with the proof that those whose business it is have got it. */
  const talk = async (): Promise<string[]> => {
    const [toBob, toGroup, asked] = [newCanary(), newCanary(), newCanary()]
    await alice.call('msg.send_private', { to_employee_id: bob.employeeId, content: toBob })
    await bob.inbox.next((message) => message.json.content === toBob)
    await alice.call('msg.send_group', { group_id: groupId, content: toGroup })
    await (await bob.group(groupId)).next((message) => message.json.content === toGroup)
    expect(await alice.request('config.server', {}, { seqId: asked })).toMatchObject({ code: 0, seq_id: asked })
    return [toBob, toGroup, asked]
  }
  const target = () => ({ topics: gateway.topics, clientId: alice.clientId, employeeId: alice.employeeId, groupId })

  test.each([true, false])('T04, T05, T06: nothing of others can be subscribed, clean %s', async (clean) => {
    const eve = await gateway.hire()
    const own = gateway.topics.inbox(eve.id)
    for (const filter of [...foreignFilters(target()), ...wildFilters(target())]) {
      await using raw = await connectRaw(gateway, eve, { clean })
      // Of nobody: what the right to hear every status covers to the letter.
      if (filter === 'mchat/status/') continue
      // What is no filter ends the connection.
      expect([undefined, 128], filter).toContain((await raw.subscribe(filter))?.[0])
      if (!raw.isClosed) expect([128, undefined], filter).toContain((await raw.subscribe(own, filter))?.[1])
    }
    await using raw = await connectRaw(gateway, eve, { clean })
    const valid = [...foreignFilters(target()), ...wildFilters(target())].filter((filter) => !/\/\/|^$/.test(filter))
    await raw.subscribe(own, ...valid)
    const canary = newCanary()
    const leaked = await talk()
    await alice.call('msg.send_private', { to_employee_id: eve.id, content: canary })
    await expect.poll(() => leaksTo(raw, canary)).toEqual([canary])
    expect(leaksTo(raw, ...leaked)).toEqual([])
    expect(raw.publishes.map(({ topic }) => topic)).toEqual([own])
  })

  test('T06: requests go on arriving however many try to share them', async () => {
    const eve = await gateway.hire()
    await using raw = await connectRaw(gateway, eve)
    for (const share of ['gateway', 'Gateway', 'gаteway', 'doctor', 'x']) {
      expect(await raw.subscribe(`$share/${share}/${gateway.topics.requests}`), share).toEqual([128])
    }
    const answers = await Promise.all(Array.from({ length: 200 }, () => alice.request('config.server')))
    expect(answers.filter(({ code }) => code === 0)).toHaveLength(200)
    expect(raw.publishes).toEqual([])
  })

  test('T03: nobody speaks for another client', async () => {
    const eve = await gateway.hire()
    const dismissal = JSON.stringify({ action: 'group.dismiss', group_id: groupId })
    const before = alice.received.length
    await using raw = await connectRaw(gateway, eve)
    for (const qos of [0, 1, 2]) {
      const topic = gateway.topics.request(alice.clientId, `s${qos}`)
      await raw.publish({ topic, payload: dismissal, qos, packetId: qos + 1 })
      if (qos === 2) await raw.write(Buffer.from([0x62, 2, 0, qos + 1]))
    }
    await raw.ping()
    expect(await alice.call('group.get', { group_id: groupId })).toMatchObject({ group_id: groupId })
    expect(alice.received.length).toBe(before + 1)
    const row = await cluster.database.kysely
      .selectFrom('audit_log')
      .select('seq')
      .where('operator_employee_id', '=', alice.employeeId)
      .where('action', '=', 'group.dismiss')
      .execute()
    expect(row).toEqual([])
    expect(raw.publishes).toEqual([])
  })

  test('T07, T08: nothing can be delivered past the gateways, nor left for later', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const everybody = [
      topics.profileAll,
      topics.statusAll,
      topics.systemNotify,
      topics.orgTree,
      topics.capabilityAll,
    ] as const
    await alice.subscribe(...everybody)
    const canary = newCanary()
    await using raw = await connectRaw(gateway, eve)
    let packetId = 0
    for (const topic of [...forgedTopics(target(), eve.id), topics.status(alice.employeeId)]) {
      for (const qos of [0, 1, 2]) {
        for (const retain of [false, true]) {
          packetId++
          const payload = JSON.stringify({ type: 'private', status: 'online', content: canary, device: canary })
          await raw.publish({ topic, payload, qos, retain, packetId })
          if (qos === 2) await raw.write(Buffer.from([0x62, 2, packetId >> 8, packetId & 0xff]))
        }
      }
    }
    await raw.ping()
    await expectAlive(alice, bob)
    const fresh = await (await gateway.hire()).connect()
    await fresh.subscribe(...everybody)
    // The own status may be left there, so what is retained does come.
    const left = newCanary()
    await using sender = await connectRaw(gateway, eve)
    const own = JSON.stringify({ status: 'online', updated_at: '', device: left })
    await sender.publish({ topic: topics.status(eve.id), payload: own, qos: 1, retain: true })
    await fresh.next(({ text }) => text.includes(left))
    for (const device of [alice, bob, fresh]) {
      await device.expectNothing({ matching: ({ text }) => text.includes(canary) })
    }
  })

  test('T08: a request that is left on the broker is not carried out again by a gateway that starts', async () => {
    const [eve, friend] = [await gateway.hire(), await gateway.hire()]
    const [sender, receiver] = [await eve.connect(), await friend.connect()]
    const content = newCanary()
    const payload = JSON.stringify({ action: 'msg.send_private', to_employee_id: friend.id, content })
    await sender.publish(gateway.topics.request(sender.clientId, 's1'), payload, { retain: true })
    await receiver.next(({ json }) => json.content === content)
    const [first] = cluster.others
    await first?.close()
    await using _next = await gateway.startAnother()
    await Promise.all(Array.from({ length: 10 }, () => expectAlive(alice, receiver)))
    expect(receiver.received.filter(({ json }) => json.content === content)).toHaveLength(1)
  })

  test('T13: request topics that are none are dropped, and the gateways go on', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const payload = JSON.stringify({ action: 'employee.list' })
    for (const seq of BAD_SEQ_IDS) {
      await using raw = await connectRaw(gateway, eve)
      await raw.subscribe(topics.responses(raw.clientId))
      const topic = Buffer.concat([Buffer.from(topics.request(raw.clientId, '')), Buffer.from(seq)])
      await raw.publish({ topic, payload, qos: 1 })
      await raw.ping()
      expect(raw.publishes.map((publish) => publish.topic)).toEqual([])
    }
    await using raw = await connectRaw(gateway, eve)
    for (const topic of strayRequestTopics.filter((stray) => stray !== ''))
      await raw.publish({ topic, payload, qos: 0 })
    await raw.ping()
    await expectAlive(alice, bob)
    expect(raw.publishes).toEqual([])
  })
})
