import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'

const SESSIONS = 4
/** Sessions that live for seconds are looked after every other second. */
const LIFE_MS = 20_000

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway({ config: { limits: { sessionsPerEmployee: SESSIONS } } })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const newCanary = (): string => `CANARY-${randomUUID()}`

interface Scene {
  readonly person: Person
  /** Listens, and has a will. */
  readonly laptop: Device
  /** Connected as well. */
  readonly tablet: Device
  /** What the phone, which is away, has missed. */
  readonly missed: string
  readonly will: string
  readonly office: Device
  /** Somebody who sees every status. */
  readonly watcher: Device
  say(): Promise<string>
}

const arrange = async (): Promise<Scene> => {
  const [person, friend] = [await gateway.hire(), await gateway.hire()]
  const office = await gateway.office
  const watcher = await friend.connect()
  const topic = gateway.topics.status(person.id)
  await watcher.subscribe(topic)
  const will = newCanary()
  const payload = JSON.stringify({ status: 'offline', updated_at: '', device: will })
  const phone = await person.connect({ device: 'phone' })
  const laptop = await person.connect({ will: { topic, payload, retain: true } })
  const tablet = await person.connect({ device: 'tablet', clean: true })
  const say = async (): Promise<string> => {
    const content = newCanary()
    await watcher.call('msg.send_private', { to_employee_id: person.id, content })
    return content
  }
  const heard = await say()
  for (const device of [phone, laptop, tablet]) await device.inbox.next((message) => message.json.content === heard)
  await phone.disconnect()
  const missed = await say()
  await laptop.inbox.next((message) => message.json.content === missed)
  return { person, laptop, tablet, missed, will, office, watcher, say }
}

const seen = (device: Device, text: string): boolean => device.received.some((message) => message.text.includes(text))

/** The will would have come before the answer to this, or with the retained status. */
const expectNoWill = async ({ watcher, will, person }: Scene): Promise<void> => {
  const fresh = await (await gateway.hire()).connect()
  await fresh.subscribe(gateway.topics.status(person.id))
  for (const device of [watcher, fresh]) await device.expectNothing({ matching: ({ text }) => text.includes(will) })
}

interface Way {
  readonly name: string
  /** @returns a credential that works afterwards, if there is one */
  revoke(scene: Scene): Promise<string | undefined>
  /** What the old credential is good for afterwards. */
  readonly oldSecret: 'refused' | 'opens another session'
  /** The devices that are thrown out; the others stay. */
  readonly ends: readonly ('laptop' | 'tablet' | 'phone')[]
}

const everything = ['laptop', 'tablet', 'phone'] as const

const WAYS: readonly Way[] = [
  {
    name: 'employee.update to disabled',
    async revoke({ office, person }) {
      await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'disabled' } })
      return undefined
    },
    oldSecret: 'refused',
    ends: everything,
  },
  {
    name: 'employee.delete',
    async revoke({ office, person }) {
      await office.confirm('employee.delete', { employee_id: person.id })
      return undefined
    },
    oldSecret: 'refused',
    ends: everything,
  },
  {
    name: 'employee.reset_credentials by an administrator',
    revoke: async ({ office, person }) =>
      (await office.confirm('employee.reset_credentials', { employee_id: person.id })).mqtt_connection.mqtt_password,
    oldSecret: 'refused',
    ends: everything,
  },
  {
    name: 'employee.reset_credentials of one’s own',
    revoke: async ({ laptop }) =>
      (await laptop.confirm('employee.reset_credentials', {})).mqtt_connection.mqtt_password,
    oldSecret: 'refused',
    ends: everything,
  },
  {
    name: 'session.revoke by an administrator',
    async revoke({ office, laptop }) {
      await office.call('session.revoke', { client_id: laptop.clientId })
      return undefined
    },
    oldSecret: 'refused',
    ends: ['laptop'],
  },
  {
    name: 'session.revoke from another device',
    async revoke({ tablet, laptop, person }) {
      await tablet.call('session.revoke', { client_id: laptop.clientId })
      await tablet.call('session.revoke', { client_id: person.clientId('phone') })
      return undefined
    },
    oldSecret: 'refused',
    ends: ['laptop', 'phone'],
  },
  {
    name: 'session.revoke of one’s own session',
    async revoke({ laptop }) {
      await laptop.call('session.revoke', { client_id: laptop.clientId })
      return undefined
    },
    oldSecret: 'refused',
    ends: ['laptop'],
  },
  {
    name: 'auth.logout',
    async revoke({ laptop }) {
      await laptop.call('auth.logout', {})
      return undefined
    },
    oldSecret: 'opens another session',
    ends: ['laptop'],
  },
]

describe.each(WAYS)('after $name', ({ revoke, oldSecret, ends }) => {
  test('nothing is delivered, nothing accepted, and no will speaks', async () => {
    const scene = await arrange()
    const { laptop, tablet, person, missed } = scene
    const newSecret = await revoke(scene)
    const isDisabled = ends.length === 3 && newSecret === undefined
    const later = isDisabled ? [] : [await scene.say(), await scene.say()]
    if (isDisabled) {
      const sent = await scene.watcher.request('msg.send_private', { to_employee_id: person.id, content: newCanary() })
      expect(sent.code).not.toBe(0)
    }
    await Promise.all([laptop.closed, ends.includes('tablet') ? tablet.closed : undefined])
    for (const canary of later) expect(seen(laptop, canary)).toBe(false)
    if (ends.includes('tablet')) for (const canary of later) expect(seen(tablet, canary)).toBe(false)
    else for (const canary of later) await tablet.inbox.next((message) => message.json.content === canary)
    await expectNoWill(scene)

    for (const device of ends) {
      if (oldSecret === 'refused') await expect(person.connect({ device })).rejects.toThrow()
      if (isDisabled) continue
      const back = await person
        .connect({ device, ...(newSecret === undefined ? {} : { secret: newSecret }) })
        .catch(() => undefined)
      if (back === undefined) continue
      expect(back.sessionPresent).toBe(false)
      const old = [missed, ...later]
      await back.expectNothing({ matching: ({ text }) => old.some((canary) => text.includes(canary)) })
    }
    if (newSecret !== undefined) await (await person.connect({ secret: newSecret })).call('config.server', {})
    if (!ends.includes('phone')) {
      const phone = await person.connect({ device: 'phone' })
      expect(phone.sessionPresent).toBe(true)
      for (const canary of [missed, ...later]) await phone.inbox.next((message) => message.json.content === canary)
    }
  })
})

test('surplus sessions: the one idle for longest is thrown out with its queue', async () => {
  const person = await gateway.hire()
  const friend = await (await gateway.hire()).connect()
  const devices: Device[] = []
  for (let i = 0; i < SESSIONS; i++) {
    devices.push(await person.connect({ device: `d${i}` }))
    gateway.clock.advance(1000)
  }
  const [oldest, ...others] = devices
  const one = await person.connect({ device: 'extra' })
  await oldest?.closed
  expect(others.some(({ isClosed }) => isClosed)).toBe(false)
  const content = newCanary()
  await friend.call('msg.send_private', { to_employee_id: person.id, content })
  for (const device of [...others, one]) await device.inbox.next((message) => message.json.content === content)
  const sessions = await one.call('session.list', {})
  expect(sessions.sessions.map(({ client_id }) => client_id).sort()).toEqual(
    [...others, one].map(({ clientId }) => clientId).sort(),
  )
  // It may come back, as anybody with a credential may, but not to what it had.
  const back = await person.connect({ device: 'd0' })
  expect(back.sessionPresent).toBe(false)
  await back.expectNothing({ matching: ({ text }) => text.includes(content) })
})

test('T33: an expired session answers 401, gets nothing, and its connection is ended', async () => {
  await using own = await startGateway({ config: { limits: { sessionDays: LIFE_MS / 86_400_000 } } })
  const [person, friend] = [await own.hire(), await own.hire()]
  const idle = await person.connect()
  const away = await person.connect({ device: 'away' })
  await away.disconnect()
  own.clock.advance(LIFE_MS)
  expect(await idle.request('config.server')).toMatchObject({ code: 401, reason: 'session_expired' })
  // Found by the next round, which comes within a tenth of a session's life and at least once a minute.
  await idle.closed
  const sender = await friend.connect({ device: 'other' })
  const content = newCanary()
  await sender.call('msg.send_private', { to_employee_id: person.id, content })
  const back = await person.connect({ device: 'away' })
  await back.expectNothing({ matching: ({ text }) => text.includes(content) })
  expect(seen(idle, content)).toBe(false)
})

test('T32: three devices of somebody who is disabled are gone at once, and stay gone', async () => {
  const person = await gateway.hire()
  const devices = await Promise.all(['a', 'b', 'c'].map((device) => person.connect({ device })))
  const office = await gateway.office
  await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'disabled' } })
  await expect.poll(() => devices.every(({ isClosed }) => isClosed)).toBe(true)
  for (const device of ['a', 'b', 'c', 'd']) await expect(person.connect({ device })).rejects.toThrow()
  await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'active' } })
  for (const device of ['a', 'd']) await expect(person.connect({ device })).rejects.toThrow()
})
