import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../../kit/cluster.ts'
import type { Device } from '../../kit/device.ts'
import type { TestGateway } from '../../kit/gateway.ts'
import { GATEWAYS } from '../../kit/on-every-broker.ts'
import type { Person } from '../../kit/person.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from '../attacker.ts'
import { openRaw } from '../transports.ts'

const status = (device: string, state = 'online'): string => JSON.stringify({ status: state, updated_at: '', device })

/** Mosquitto acknowledges what it drops (MQTT 3.1.1), and takes any will: only what arrives tells. */
describe.skipIf(clusterMissing !== '')(`who one is on Mosquitto${clusterMissing}`, () => {
  let cluster: Cluster
  let gateway: TestGateway
  let witness: Device
  beforeAll(async () => {
    cluster = await startCluster(GATEWAYS)
    gateway = cluster.gateway
    witness = await (await gateway.hire()).connect()
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  test("T01: somebody else's client_id is refused, and its owner notices nothing", async () => {
    const [victim, thief] = [await gateway.hire(), await gateway.hire()]
    const device = await victim.connect()
    const [own, stolen] = [await thief.login(), await victim.login()]
    for (const level of [3, 4, 5]) {
      for (const [username, password] of [
        [own.username, own.password],
        [stolen.username, own.password],
        [own.username, stolen.password],
        [stolen.username, ''],
        [thief.id, own.password],
        [undefined, undefined],
      ]) {
        for (const clean of [true, false]) {
          await using raw = await openRaw(gateway, 'tcp')
          const given = {
            ...(username === undefined ? {} : { username }),
            ...(password === undefined ? {} : { password }),
          }
          const protocol = level === 3 ? 'MQIsdp' : 'MQTT'
          const code = await raw.connect({ clientId: device.clientId, clean, level, protocol, ...given })
          expect(code, `level ${level} as ${username}`).not.toBe(0)
          await raw.closed
        }
      }
    }
    expect(device.isClosed).toBe(false)
    await expectAlive(witness, device)
    await device.disconnect()
    await using raw = await openRaw(gateway, 'tcp')
    expect(await raw.connect({ ...stolen, clean: false })).toBe(0)
  })

  test("T02: somebody else's queue cannot be picked up", async () => {
    const [victim, thief] = [await gateway.hire(), await gateway.hire()]
    const device = await victim.connect()
    await device.disconnect()
    const canary = newCanary()
    await witness.call('msg.send_private', { to_employee_id: victim.id, content: canary })
    for (const clean of [false, true]) {
      await using raw = await openRaw(gateway, 'tcp')
      expect(await raw.connect({ ...(await thief.login()), clientId: device.clientId, clean })).not.toBe(0)
      await raw.closed
      expect(leaksTo(raw, canary)).toEqual([])
    }
    const again = await victim.connect()
    expect(again.sessionPresent).toBe(true)
    await again.inbox.next((message) => message.json.content === canary)
  })

  test('T12: no client_id but the own one is let in, and a gateway is not thrown out', async () => {
    const thief = await gateway.hire()
    const own = await thief.login()
    const ids = ['+', '#', 'a/b', 'a b', '', 'x'.repeat(300), '\u202e', `${own.clientId}\n`, `${own.clientId}\u0000`]
    const others = ['mchat_gateway_1', 'mchat_gateway_2', 'mchat', thief.id, `${thief.id}_web_1`, `${own.clientId}x`]
    for (const clientId of [...ids, ...others]) {
      for (const clean of [true, false]) {
        await using raw = await openRaw(gateway, 'tcp')
        expect(await raw.connect({ ...own, clientId, clean }), clientId).not.toBe(0)
        await raw.closed
      }
    }
    await using guessing = await openRaw(gateway, 'tcp')
    const { username } = cluster.broker.gateway
    expect(await guessing.connect({ clientId: 'mchat_gateway_1', username, password: own.password })).not.toBe(0)
    await using raw = await openRaw(gateway, 'tcp')
    expect(await raw.connect(own)).toBe(0)
    const answers = await Promise.all(Array.from({ length: 30 }, () => witness.request('config.server')))
    expect(answers.filter(({ code }) => code === 0)).toHaveLength(30)
  })

  test('T09: a will for others, or that asks for something, is not heard', async () => {
    const [eve, boss] = [await gateway.hire(), await gateway.hire()]
    const { group_id } = await gateway.foundGroup({ owner: boss })
    const owner = await boss.connect()
    await owner.group(group_id)
    const { topics } = gateway
    await witness.subscribe(topics.statusAll, topics.systemNotify)
    const login = await eve.login()
    const canary = newCanary()
    const private_ = { action: 'msg.send_private', to_employee_id: boss.id, content: canary }
    const wills: readonly (readonly [string, string])[] = [
      [topics.status(boss.id), status(canary)],
      [topics.inbox(boss.id), JSON.stringify({ type: 'private', content: canary })],
      [topics.inbox(eve.id), JSON.stringify({ type: 'private', content: canary })],
      [topics.group(group_id), JSON.stringify({ type: 'group', content: canary })],
      [topics.request(owner.clientId, '1'), JSON.stringify({ action: 'group.dismiss', group_id })],
      [topics.request(owner.clientId, '2'), JSON.stringify(private_)],
      [topics.response(owner.clientId, '1'), JSON.stringify({ code: 0, data: { canary } })],
      [topics.systemNotify, JSON.stringify({ body: canary })],
      ['$SYS/x', canary],
      [`${topics.status(eve.id)}/x`, status(canary)],
    ]
    for (const [topic, payload] of wills) {
      for (const retain of [true, false]) {
        await using raw = await openRaw(gateway, 'tcp')
        // Either is right: refused at once, or never spoken.
        await raw.connect({ ...login, will: { topic, payload, retain, qos: 1 } })
      }
    }
    // The broker does speak wills, and one on the own status comes after all those before it.
    const spoken = newCanary()
    const last = await openRaw(gateway, 'tcp')
    const will = { topic: topics.status(eve.id), payload: status(spoken, 'offline'), retain: true, qos: 1 }
    expect(await last.connect({ ...login, will })).toBe(0)
    await last[Symbol.asyncDispose]()
    await witness.next(({ text }) => text.includes(spoken))
    await expectAlive(witness, owner)
    const fresh = await (await gateway.hire()).connect()
    await fresh.subscribe(topics.statusAll, topics.systemNotify)
    for (const device of [witness, owner, fresh]) {
      await device.expectNothing({ matching: ({ text }) => text.includes(canary) })
    }
    expect(await owner.request('group.get', { group_id })).toMatchObject({ code: 0 })
  })

  test('T09: the will of somebody who is shut out is not heard', async () => {
    const [gone, friend] = [await gateway.hire(), await gateway.hire()]
    const watcher = await friend.connect()
    const topic = gateway.topics.status(gone.id)
    await watcher.subscribe(topic)
    const unspoken = newCanary()
    const device = await gone.connect({ will: { topic, payload: status(unspoken, 'offline'), retain: true } })
    const office = await gateway.office
    await office.confirm('employee.update', { employee_id: gone.id, updates: { status: 'disabled' } })
    await device.closed
    // A gateway says it in its place.
    await watcher.next((message) => message.topic === topic && message.json.status === 'offline')
    await expectAlive(watcher, witness)
    expect(watcher.received.filter(({ text }) => text.includes(unspoken))).toEqual([])
  })

  test('T10: none of the four ways of hearing or speaking outlives a removal', async () => {
    const [boss, eve] = [await gateway.hire(), await gateway.hire()]
    const { group_id } = await gateway.foundGroup({ owner: boss, members: [eve] })
    const owner = await boss.connect()
    const heard = await owner.group(group_id)
    const { topics } = gateway
    const will = { topic: topics.group(group_id), payload: newCanary(), retain: true, qos: 1 }
    const listen = async (device: string, clean: boolean, person: Person = eve) => {
      const raw = await connectRaw(gateway, person, { device, clean })
      await raw.subscribe(topics.group(group_id), topics.groupStream(group_id))
      return raw
    }
    const away = await listen('away', false)
    const live = await openRaw(gateway, 'tcp')
    expect(await live.connect({ ...(await eve.login('live')), will })).toBe(0)
    await live.subscribe(topics.group(group_id))
    const say = async (): Promise<string> => {
      const content = newCanary()
      await owner.call('msg.send_group', { group_id, content })
      await heard.next((message) => message.json.content === content)
      return content
    }
    const before = await say()
    await expect.poll(() => [leaksTo(live, before), leaksTo(away, before)]).toEqual([[before], [before]])
    await away.disconnect()
    const missed = await say()
    await expect.poll(() => leaksTo(live, missed)).toEqual([missed])
    await owner.call('group.member_remove', { group_id, member_ids: [eve.id] })
    const count = live.publishes.length
    const after = await say()
    await using back = await connectRaw(gateway, eve, { device: 'away', clean: false })
    for (const raw of [live, back]) {
      await raw.subscribe(topics.group(group_id))
      await raw.publish({ topic: topics.group(group_id), payload: newCanary(), qos: 1 })
    }
    const later = await say()
    for (const raw of [live, back]) {
      expect(await raw.ping()).toBe(true)
      expect(leaksTo(raw, after, later)).toEqual([])
    }
    expect(leaksTo(back, missed)).toEqual([])
    expect(live.publishes.length).toBe(count)
    await live[Symbol.asyncDispose]()
    await say()
    expect(owner.received.filter(({ text }) => text.includes(will.payload))).toEqual([])
  })
})
