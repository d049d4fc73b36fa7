import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import type { Person } from '../kit/person.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from './attacker.ts'
import { openRaw, TRANSPORTS } from './transports.ts'

let gateway: TestGateway
let witness: Device
beforeAll(async () => {
  gateway = await startGateway()
  witness = await (await gateway.hire()).connect()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const REFUSED = [2, 4, 5, undefined]

describe.each(TRANSPORTS)('over %s', (transport) => {
  test.each([true, false])(
    "T01: somebody else's client_id is refused, clean %s, and its owner notices nothing",
    async (clean) => {
      const [victim, thief] = [await gateway.hire(), await gateway.hire()]
      const device = await victim.connect()
      await expectAlive(witness, device)
      for (const level of [3, 4, 5]) {
        for (const [username, password] of [
          [thief.id, thief.secret],
          [victim.id, thief.secret],
          [thief.id, victim.secret],
          [victim.id, ''],
          [undefined, undefined],
        ]) {
          await using raw = await openRaw(gateway, transport)
          const given = {
            ...(username === undefined ? {} : { username }),
            ...(password === undefined ? {} : { password }),
          }
          const protocol = level === 3 ? 'MQIsdp' : 'MQTT'
          const code = await raw.connect({ clientId: device.clientId, clean, level, protocol, ...given })
          expect(level === 5 ? [...REFUSED, 1] : REFUSED).toContain(code)
          await raw.closed
        }
      }
      expect(device.isClosed).toBe(false)
      await expectAlive(witness, device)
    },
  )

  test("T02: somebody else's queue cannot be picked up", async () => {
    const [victim, thief] = [await gateway.hire(), await gateway.hire()]
    const device = await victim.connect()
    await device.disconnect()
    const canary = newCanary()
    await witness.call('msg.send_private', { to_employee_id: victim.id, content: canary })
    for (const clean of [false, true]) {
      await using raw = await openRaw(gateway, transport)
      const { id: username, secret: password } = thief
      expect(REFUSED).toContain(await raw.connect({ clientId: device.clientId, clean, username, password }))
      await raw.closed
      expect(leaksTo(raw, canary)).toEqual([])
    }
    const again = await victim.connect()
    expect(again.sessionPresent).toBe(true)
    await again.inbox.next((message) => message.json.content === canary)
  })

  test('T12: a client_id outside the grammar, or of nobody, is refused', async () => {
    const thief = await gateway.hire()
    const ids = [
      '+',
      '#',
      'a/b',
      'a b',
      '',
      `${thief.id}_${'x'.repeat(200)}_1`,
      `\u202e${thief.id}`,
      `${thief.id}_web_1\n`,
    ]
    const own = [
      `${thief.id}_+_1`,
      `${thief.id}_#_1`,
      `${thief.id}/_web_1`,
      `${thief.id}_web_\u0000`,
      `${thief.id}_web_é`,
    ]
    const notOwn = [
      'mchat_gateway_1',
      'mchat',
      `${thief.id}x_web_1`,
      `x_${thief.id}_web_1`,
      `${thief.id}_web`,
      '__',
      '_a_b',
    ]
    for (const clientId of [...ids, ...own, ...notOwn]) {
      for (const clean of [true, false]) {
        await using raw = await openRaw(gateway, transport)
        const code = await raw.connect({ clientId, clean, username: thief.id, password: thief.secret })
        expect(REFUSED, clientId).toContain(code)
        await raw.closed
      }
    }
    for (const clientId of [thief.id, `${thief.id}_web_1`, `${thief.id}_a.b-c_D-9.`, `${thief.id}__`]) {
      await using raw = await openRaw(gateway, transport)
      expect(await raw.connect({ clientId, username: thief.id, password: thief.secret }), clientId).toBe(0)
    }
    await expectAlive(witness, await thief.connect())
  })

  test('T23: MQTT 5 with all its properties, and what is no MQTT at all, are refused in the way of 3.1.1', async () => {
    const person = await gateway.hire()
    const { id: username, secret: password } = person
    for (const level of [5, 6, 0, 2]) {
      await using raw = await openRaw(gateway, transport)
      const code = await raw.connect({ clientId: person.clientId(), username, password, level })
      expect([1, undefined], `level ${level}`).toContain(code)
      if (level === 5) expect(code).toBe(1)
      await raw.closed
    }
    for (const bytes of [
      'GET / HTTP/1.1\r\n\r\n',
      '\u0000\u0000\u0000\u0000',
      '\u0010\u0002MQ',
      '\u0016\u0003\u0001\u0002',
    ]) {
      await using raw = await openRaw(gateway, transport)
      await raw.write(Buffer.from(bytes, 'latin1'))
      expect((await raw.next('connack', 8000))?.body[1]).toBeUndefined()
    }
    await expectAlive(witness, await person.connect())
  })

  test('nothing is taken before CONNECT, and CONNECT only once', async () => {
    const person = await gateway.hire()
    const device = await person.connect()
    await using early = await openRaw(gateway, transport)
    const canary = newCanary()
    await early.publish({
      topic: gateway.topics.request(device.clientId, 's1'),
      payload: JSON.stringify({ action: 'msg.send_private', to_employee_id: person.id, content: canary }),
      qos: 1,
    })
    await early.closed
    await using twice = await connectRaw(gateway, person, { transport })
    await twice.connect({ clientId: twice.clientId, username: person.id, password: person.secret })
    await twice.closed
    await expectAlive(witness, device)
    expect(device.inbox.all.filter((message) => message.text.includes(canary))).toEqual([])
  })
})

test('the gateway’s own name cannot be taken by an employee', async () => {
  const office = await gateway.office
  for (const employee_id of ['mchat', 'MChat']) {
    const answer = await office.request('employee.create', { employee_id, name: 'x' })
    expect(answer).toMatchObject(employee_id === 'mchat' ? { code: 409, reason: 'id_taken' } : { code: 0 })
  }
})

test('wrong and missing credentials look the same for those who are there and those who are not', async () => {
  const person: Person = await gateway.hire()
  const answers = await Promise.all(
    [person.id, 'nobody_like_this'].flatMap((id) =>
      ['', 'x', 'x'.repeat(43), 'x'.repeat(10_000)].map(async (password) => {
        await using raw = await openRaw(gateway, 'tcp')
        const code = await raw.connect({ clientId: `${id}_web_1`, username: id, password })
        await raw.closed
        return code
      }),
    ),
  )
  expect(new Set(answers)).toEqual(new Set([5]))
})
