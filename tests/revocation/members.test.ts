import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const newCanary = (): string => `CANARY-${randomUUID()}`

interface Scene {
  readonly groupId: string
  readonly owner: Device
  /** The one who goes: two devices that listen, one with and one without a session that is kept, and one that is away. */
  readonly goer: Person
  readonly laptop: Device
  readonly tablet: Device
  readonly stayer: Device
  /** What the device that is away has missed. */
  readonly missed: string
  readonly missedPrivately: string
  say(): Promise<string>
}

const arrange = async (): Promise<Scene> => {
  const [boss, goer, other] = [await gateway.hire(), await gateway.hire(), await gateway.hire()]
  const { group_id: groupId } = await gateway.foundGroup({ owner: boss, members: [goer, other] })
  const owner = await boss.connect()
  const laptop = await goer.connect()
  const tablet = await goer.connect({ device: 'tablet', clean: true })
  const phone = await goer.connect({ device: 'phone' })
  const stayer = await other.connect()
  for (const device of [laptop, tablet, phone, stayer]) await device.group(groupId)
  const say = async (): Promise<string> => {
    const content = newCanary()
    await owner.call('msg.send_group', { group_id: groupId, content })
    await (await stayer.group(groupId)).next((message) => message.json.content === content)
    return content
  }
  const heard = await say()
  for (const device of [laptop, tablet, phone]) {
    await (await device.group(groupId)).next((message) => message.json.content === heard)
  }
  await phone.disconnect()
  const missed = await say()
  const missedPrivately = newCanary()
  await owner.call('msg.send_private', { to_employee_id: goer.id, content: missedPrivately })
  return { groupId, owner, goer, laptop, tablet, stayer, missed, missedPrivately, say }
}

type Way = 'group.member_remove' | 'group.leave' | 'group.leave on another device' | 'group.dismiss'
const WAYS: readonly Way[] = ['group.member_remove', 'group.leave', 'group.leave on another device', 'group.dismiss']

const go = async (way: Way, { groupId, owner, goer, laptop, tablet }: Scene): Promise<void> => {
  if (way === 'group.member_remove') {
    await owner.call('group.member_remove', { group_id: groupId, member_ids: [goer.id] })
  } else if (way === 'group.dismiss') {
    await owner.confirm('group.dismiss', { group_id: groupId })
  } else {
    await (way === 'group.leave' ? laptop : tablet).call('group.leave', { group_id: groupId })
  }
}

describe.each(WAYS)('after %s', (way) => {
  test('nothing of the group reaches those who went, and nothing is accepted from them', async () => {
    const scene = await arrange()
    const { groupId, goer, laptop, tablet, missed, missedPrivately, owner } = scene
    await go(way, scene)
    const later = way === 'group.dismiss' ? [] : [await scene.say(), await scene.say()]
    const forbidden = (text: string): boolean => later.some((canary) => text.includes(canary))
    for (const device of [laptop, tablet]) await device.expectNothing({ matching: ({ text }) => forbidden(text) })
    expect(laptop.isClosed || tablet.isClosed).toBe(false)

    const phone = await goer.connect({ device: 'phone' })
    expect(phone.sessionPresent).toBe(true)
    await phone.inbox.next((message) => message.json.content === missedPrivately)
    await phone.expectNothing({ matching: ({ text }) => forbidden(text) || text.includes(missed) })

    for (const device of [laptop, tablet, phone]) {
      const { topics } = gateway
      expect(await device.subscribe(topics.group(groupId), topics.groupStream(groupId))).toEqual([false, false])
      expect(await device.request('msg.send_group', { group_id: groupId, content: newCanary() })).toMatchObject({
        code: 403,
      })
    }
    if (way !== 'group.dismiss') {
      const last = await scene.say()
      for (const device of [laptop, tablet, phone]) {
        await device.expectNothing({ matching: ({ text }) => text.includes(last) })
      }
    } else {
      const sent = await owner.request('msg.send_group', { group_id: groupId, content: newCanary() })
      expect(sent).toMatchObject({ code: 403 })
    }
  })
})

test('those who were removed and come back get what is said from then on, and nothing from before', async () => {
  const scene = await arrange()
  const { groupId, owner, goer, laptop, missed } = scene
  await go('group.member_remove', scene)
  const between = await scene.say()
  await owner.call('group.member_add', { group_id: groupId, member_ids: [goer.id] })
  expect(await laptop.subscribe(gateway.topics.group(groupId))).toEqual([true])
  const after = await scene.say()
  await laptop.next((message) => message.json.content === after)
  await laptop.expectNothing({ matching: ({ text }) => text.includes(between) })
  const phone = await goer.connect({ device: 'phone' })
  await phone.expectNothing({ matching: ({ text }) => [missed, between].some((each) => text.includes(each)) })
})

test('a removal holds over a restart of the gateway', async () => {
  const scene = await arrange()
  const { groupId, goer, missed, missedPrivately } = scene
  await go('group.member_remove', scene)
  const later = await scene.say()
  await gateway.restart()
  const [phone, laptop] = [await goer.connect({ device: 'phone' }), await goer.connect()]
  await phone.inbox.next((message) => message.json.content === missedPrivately)
  for (const device of [phone, laptop]) {
    await device.expectNothing({ matching: ({ text }) => text.includes(missed) || text.includes(later) })
    expect(await device.subscribe(gateway.topics.group(groupId))).toEqual([false])
  }
})

test('removing several at once removes each', async () => {
  const boss = await gateway.hire()
  const people = await Promise.all([gateway.hire(), gateway.hire(), gateway.hire(), gateway.hire()])
  const { group_id } = await gateway.foundGroup({ owner: boss, members: people })
  const owner = await boss.connect()
  const devices = await Promise.all(people.map((person) => person.connect()))
  for (const device of devices) await device.group(group_id)
  const [stayer, ...goers] = devices
  if (stayer === undefined) throw new Error('Nobody stays.')
  await owner.call('group.member_remove', { group_id, member_ids: goers.map(({ employeeId }) => employeeId) })
  const content = newCanary()
  await owner.call('msg.send_group', { group_id, content })
  await stayer.next((message) => message.json.content === content)
  for (const device of goers) await device.expectNothing({ matching: ({ text }) => text.includes(content) })
})
