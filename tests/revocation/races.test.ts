import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectRaw } from '../attacks/attacker.ts'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'
import { Stream } from './stream.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Each of them with an addition. */
const REMOVALS = Number(process.env.MCHAT_TEST_REMOVALS ?? 50)

const newCanary = (): string => `CANARY-${randomUUID()}`

interface Group {
  readonly groupId: string
  readonly owner: Device
  readonly member: Person
  remove(): Promise<unknown>
  add(): Promise<unknown>
}

const found = async (): Promise<Group> => {
  const [boss, member] = [await gateway.hire(), await gateway.hire()]
  const { group_id: groupId } = await gateway.foundGroup({ owner: boss, members: [member] })
  const owner = await boss.connect()
  const input = { group_id: groupId, member_ids: [member.id] }
  return {
    groupId,
    owner,
    member,
    remove: () => owner.call('group.member_remove', input),
    add: () => owner.call('group.member_add', input),
  }
}

const contents = (device: Device): string[] => device.received.map(({ json }) => String(json.content))

describe.each([true, false])('T30, clean %s', (clean) => {
  test(`T30: removed and added ${REMOVALS} times while messages flow`, async () => {
    const { groupId, owner, member, remove, add } = await found()
    const sender = await (await gateway.hire()).connect()
    await owner.call('group.member_add', { group_id: groupId, member_ids: [sender.employeeId] })
    const device = await member.connect({ device: 'racer', clean })
    await device.group(groupId)
    const stream = new Stream(sender, groupId)
    for (let cycle = 0; cycle < REMOVALS; cycle++) {
      stream.phase = 'in'
      const heard = contents(device).filter((content) => content.startsWith('in-')).length
      if (cycle % 10 === 0) await expect.poll(() => stream.sentInside.length).toBeGreaterThan(heard)
      stream.phase = 'changing'
      await remove()
      stream.phase = 'out'
      if (cycle % 3 === 0) await expect.poll(() => stream.sentOutside, { interval: 5 }).toBeGreaterThan(cycle / 3)
      stream.phase = 'changing'
      // What is still under way when the member comes back may be delivered after that.
      await stream.settled()
      await add()
      expect(await device.subscribe(gateway.topics.group(groupId))).toEqual([true])
    }
    stream.phase = 'in'
    const last = stream.sentInside.length
    await expect.poll(() => stream.sentInside.length).toBeGreaterThan(last + 3)
    const sent = await stream.stop()
    expect(sent).toBeGreaterThan(REMOVALS)
    const mark = newCanary()
    await owner.call('msg.send_group', { group_id: groupId, content: mark })
    await device.next((message) => message.json.content === mark)
    const received = contents(device)
    expect(received.filter((content) => content.startsWith('out-'))).toEqual([])
    // What was still under way when the removal began may have come after it.
    const late = stream.sentInside.slice(last)
    expect(late.filter((content) => !received.includes(content))).toEqual([])
  })
})

test('T31: of what is sent after the removal nothing is accepted', async () => {
  const { groupId, member, remove, add } = await found()
  const devices = await Promise.all(['a', 'b', 'c'].map((device) => member.connect({ device })))
  for (let round = 0; round < 20; round++) {
    const warm = await Promise.all(
      devices.map((device) => device.request('msg.send_group', { group_id: groupId, content: 'x' })),
    )
    expect(warm.map(({ code }) => code)).toEqual([0, 0, 0])
    await remove()
    const answers = await Promise.all(
      devices.flatMap((device) =>
        Array.from({ length: 10 }, () => device.request('msg.send_group', { group_id: groupId, content: 'x' })),
      ),
    )
    expect(new Set(answers.map(({ code, reason }) => `${code} ${reason}`))).toEqual(new Set(['403 not_group_member']))
    await add()
  }
})

describe.each([true, false])('a SUBSCRIBE racing with the removal, clean %s', (clean) => {
  test('does not survive it', async () => {
    const { groupId, owner, member, remove, add } = await found()
    const { topics } = gateway
    for (let round = 0; round < 60; round++) {
      await using raw = await connectRaw(gateway, member, { clean, device: 'racer' })
      await raw.subscribe(topics.responses(raw.clientId))
      const removed = remove()
      // As many as fit into the time the removal takes, so that some fall onto every moment of it.
      let isOver = false
      const over = removed.finally(() => {
        isOver = true
      })
      do await raw.subscribe(topics.group(groupId), topics.groupStream(groupId))
      while (!isOver)
      await over
      const canary = newCanary()
      await owner.call('msg.send_group', { group_id: groupId, content: canary })
      expect(await raw.ping()).toBe(true)
      expect(raw.packets.filter(({ body }) => body.includes(canary))).toEqual([])
      await add()
    }
  })

  test('does not leave a subscription behind when its connection ends at once', async () => {
    const { groupId, owner, member, remove, add } = await found()
    const { topics } = gateway
    for (let round = 0; round < 40; round++) {
      const raw = await connectRaw(gateway, member, { clean, device: 'racer' })
      const removed = remove()
      void raw.subscribe(topics.group(groupId)).catch(() => undefined)
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve))
      await raw[Symbol.asyncDispose]()
      await removed
      const canary = newCanary()
      await owner.call('msg.send_group', { group_id: groupId, content: canary })
      await using back = await connectRaw(gateway, member, { clean, device: 'racer' })
      const later = newCanary()
      await owner.call('msg.send_group', { group_id: groupId, content: later })
      expect(await back.ping()).toBe(true)
      expect(back.packets.filter(({ body }) => body.includes(canary) || body.includes(later))).toEqual([])
      await add()
    }
  })
})

/** Every way to be shut out that leaves nothing of the old credential. */
const SHUT_OUT = {
  'employee.update to disabled': (office: Device, { id }: Person) =>
    office.confirm('employee.update', { employee_id: id, updates: { status: 'disabled' } }),
  'employee.reset_credentials': (office: Device, { id }: Person) =>
    office.confirm('employee.reset_credentials', { employee_id: id }),
} as const

describe.each(Object.entries(SHUT_OUT))('logins racing with %s', (_name, shutOut) => {
  test.each([true, false])('leave nobody connected, clean %s', async (clean) => {
    const office = await gateway.office
    for (let round = 0; round < 15; round++) {
      const person = await gateway.hire()
      const { topics } = gateway
      let isOver = false
      const connected: Awaited<ReturnType<typeof connectRaw>>[] = []
      const storm = async (device: string): Promise<void> => {
        while (!isOver) {
          const raw = await connectRaw(gateway, person, { clean, device }).catch(() => undefined)
          if (raw === undefined) continue
          connected.push(raw)
          await raw.subscribe(topics.inbox(person.id)).catch(() => undefined)
        }
      }
      const storms = ['a', 'b', 'c'].map(storm)
      await expect.poll(() => connected.length).toBeGreaterThan(3)
      await shutOut(office, person).finally(() => {
        isOver = true
      })
      const after = connected.length
      await Promise.all(storms)
      await Promise.all(connected.map((raw) => raw.closed))
      expect(connected.length - after).toBeLessThanOrEqual(3)
      await expect(connectRaw(gateway, person, { clean, device: 'a' })).rejects.toThrow()
    }
  })
})

test('auth.bind racing with session.revoke does not bring the session back', async () => {
  const office = await gateway.office
  for (let round = 0; round < 15; round++) {
    const person = await gateway.hire()
    const device = await person.connect()
    let isOver = false
    const bind = async (): Promise<void> => {
      while (!isOver && !device.isClosed) {
        await device.request('auth.bind', { employee_id: person.id }).catch(() => undefined)
      }
    }
    const binding = [bind(), bind(), bind()]
    await device.call('config.server', {})
    await office.call('session.revoke', { client_id: device.clientId })
    isOver = true
    await Promise.all([...binding, device.closed])
    await expect(person.connect()).rejects.toThrow()
    const { sessions } = await office.call('session.list', { employee_id: person.id })
    expect(sessions).toEqual([])
  }
})
