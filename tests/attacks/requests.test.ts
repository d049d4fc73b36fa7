import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { newSeqId } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { connectRaw, expectAlive, newCanary } from './attacker.ts'
import { BAD_SEQ_IDS, strayRequestTopics } from './filters.ts'
import { TRANSPORTS } from './transports.ts'

let gateway: TestGateway
let alice: Device
let bob: Device
beforeAll(async () => {
  gateway = await startGateway()
  alice = await (await gateway.hire()).connect()
  bob = await (await gateway.hire()).connect()
})
afterAll(() => gateway[Symbol.asyncDispose]())

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('T13: request topics that are none are dropped, and the gateway goes on', async () => {
    const eve = await gateway.hire()
    const { topics } = gateway
    const own = (raw: { clientId: string }): string => topics.request(raw.clientId, '')
    const payload = JSON.stringify({ action: 'employee.list' })
    for (const seq of BAD_SEQ_IDS) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.subscribe(topics.responses(raw.clientId))
      const topic = Buffer.concat([Buffer.from(own(raw)), Buffer.from(seq)])
      await raw.publish({ topic, payload, qos: 1 })
      await raw.ping().catch(() => false)
      expect(raw.publishes.map((publish) => publish.topic)).toEqual([])
    }
    for (const topic of strayRequestTopics) {
      await using raw = await connectRaw(gateway, eve, { transport })
      await raw.publish({ topic, payload, qos: 1 })
      await raw.closed
    }
    await expectAlive(alice, bob)
  })
})

test('requests at QoS 2 are carried out and answered once, however often their packets are repeated', async () => {
  const person = await gateway.hire()
  await using raw = await connectRaw(gateway, person, { clean: false })
  await raw.subscribe(gateway.topics.responses(raw.clientId))
  const content = newCanary()
  const payload = JSON.stringify({ action: 'msg.send_private', to_employee_id: bob.employeeId, content })
  const publish = { topic: gateway.topics.request(raw.clientId, newSeqId()), payload, qos: 2, packetId: 5 }
  await raw.publish(publish)
  expect((await raw.next('pubrec'))?.body.readUInt16BE()).toBe(5)
  await raw.write(Buffer.from([0x62, 2, 0, 5]))
  expect((await raw.next('pubcomp'))?.body.readUInt16BE()).toBe(5)
  const got = await bob.inbox.next((message) => message.json.content === content)
  expect(got.json.from_employee_id).toBe(person.id)
  await raw.publish({ ...publish, dup: true })
  await raw.next('pubrec')
  const repeated = bob.received.filter((message) => message.json.content === content)
  expect(new Set(repeated.map(({ json }) => json.msg_id)).size).toBe(1)
})
