import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Device } from '../kit/device.ts'
import { newSeqId } from '../kit/device.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { connectRaw, expectAlive, leaksTo, newCanary } from './attacker.ts'
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

const BAD_IDS = [
  'u1/x',
  '../u1',
  '+',
  '#',
  'u1\u0000',
  '$SYS',
  '',
  'x'.repeat(65),
  ' u1',
  'u1 ',
  'u1\u200b',
  'ｕ1',
  'u1\n',
  '.u1',
  '-u1',
  '_u1',
  'u\u0301',
  'u1|x',
  'u1%2fx',
]

test('T11: ids outside the grammar are refused everywhere and leave nothing', { timeout: 60_000 }, async () => {
  const office = await gateway.office
  const before = await gateway.dump()
  const { group_id } = await gateway.foundGroup({ owner: await gateway.hire() })
  for (const id of BAD_IDS) {
    const requests: readonly (readonly [string, object])[] = [
      ['employee.create', { employee_id: id, name: 'x' }],
      ['employee.create', { name: 'x', department_id: id }],
      ['employee.create', { name: 'x', manager_id: id }],
      ['employee.get', { employee_id: id }],
      ['employee.delete', { employee_id: id }],
      ['group.create', { name: 'x', member_ids: [id] }],
      ['group.member_add', { group_id, member_ids: [id] }],
      ['group.member_add', { group_id: id, member_ids: [alice.employeeId] }],
      ['group.get', { group_id: id }],
      ['msg.send_private', { to_employee_id: id, content: 'x' }],
      ['msg.send_group', { group_id: id, content: 'x' }],
      ['msg.typing', { conversation_type: 'group', group_id: id }],
      ['msg.react', { msg_id: id, conversation_type: 'private', peer_employee_id: id, emoji: 'x' }],
      ['department.create', { name: 'x', parent_id: id }],
      ['session.revoke', { client_id: id }],
      ...(/^[.-]/.test(id) ? [] : [['device.add', { device_id: id }] as const]),
    ]
    for (const [action, input] of requests) {
      const answer = await office.request(action, input)
      const isBad = answer.code === 400 || (action === 'session.revoke' && answer.code === 404)
      expect(isBad, `${action} ${JSON.stringify(input)}: ${JSON.stringify(answer)}`).toBe(true)
    }
  }
  const after = await gateway.dump()
  for (const table of ['department', 'group_member', 'credential']) {
    expect(after[table]?.length ?? 0, table).toBeLessThanOrEqual((before[table]?.length ?? 0) + 1)
  }
  expect(JSON.stringify(after.employee)).not.toContain('"name":"x"')
})

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

  test('T16: what the sender says of itself is not believed', async () => {
    const claimed = {
      from_employee_id: 'admin',
      msg_id: `msg_${'a'.repeat(29)}`,
      sent_at: '1999-01-01T00:00:00.000Z',
      type: 'system',
      proof: 'x'.repeat(22),
      is_ai_agent: true,
    }
    const content = newCanary()
    const sent = await alice.request('msg.send_private', { ...claimed, to_employee_id: bob.employeeId, content })
    expect(sent.code).toBe(0)
    const got = await bob.inbox.next((message) => message.json.content === content)
    expect(got.json).toMatchObject({ from_employee_id: alice.employeeId, type: 'private' })
    for (const name of ['msg_id', 'sent_at', 'proof'] as const) expect(got.json[name]).not.toBe(claimed[name])
    expect(got.json.is_ai_agent).not.toBe(true)
    const eve = await gateway.hire()
    await using raw = await connectRaw(gateway, eve, { transport })
    await raw.subscribe(gateway.topics.responses(raw.clientId))
    const seqId = newSeqId()
    // In another's name inside the payload, over one's own topic.
    const body = { action: 'auth.bind', employee_id: alice.employeeId, client_id: alice.clientId }
    await raw.publish({ topic: gateway.topics.request(raw.clientId, seqId), payload: JSON.stringify(body), qos: 1 })
    expect(JSON.parse((await raw.nextPublish())?.payload.toString() ?? '{}')).toMatchObject({ code: 401 })
  })
})

describe('T14: a seq_id used again', () => {
  const sendPrivate = (content: string) => ({ to_employee_id: bob.employeeId, content })

  test('a message sent five times is one message', async () => {
    const [seqId, content] = [newSeqId(), newCanary()]
    const answers = []
    for (let i = 0; i < 5; i++) {
      answers.push(await alice.call('msg.send_private', sendPrivate(content), { seqId }))
      if (i === 2) gateway.clock.advance(61_000)
    }
    expect(new Set(answers.map(({ msg_id }) => msg_id)).size).toBe(1)
    const got = []
    for (let i = 0; i < 5; i++) got.push(await bob.inbox.next((message) => message.json.content === content))
    expect(new Set(got.map(({ json }) => json.msg_id)).size).toBe(1)
  })

  test('a change sent five times at once happens once and is answered the same, also after a restart', {
    timeout: 60_000,
  }, async () => {
    await using own = await startGateway()
    const person = await own.hire()
    const device = await person.connect()
    const [seqId, name] = [newSeqId(), newCanary()]
    const input = { name, member_ids: [] }
    const raw = JSON.stringify({ action: 'group.create', ...input })
    const topic = own.topics.response(device.clientId, seqId)
    const answersAt = (at: Device) => at.received.filter((message) => message.topic === topic).map(({ json }) => json)
    await Promise.all([1, 2, 3, 4, 5].map(() => device.send('group.create', input, { seqId, raw })))
    await expect.poll(() => answersAt(device)).toHaveLength(5)
    const [first] = answersAt(device)
    await own.restart()
    const again = await person.connect()
    await again.request('group.create', input, { seqId, raw })
    for (const answer of [...answersAt(device), ...answersAt(again)]) expect(answer).toEqual(first)
    const { groups } = await again.call('group.list', {})
    expect(groups.filter((group) => group.name === name)).toHaveLength(1)
    const other = await again.request('group.create', { ...input, name: newCanary() }, { seqId })
    expect(other).toMatchObject({ code: 409, reason: 'seq_id_reused' })
    expect((await again.call('group.list', {})).groups).toHaveLength(1)
  })

  test('the seq_id of one client means nothing to another', async () => {
    const seqId = newSeqId()
    const [one, other] = [newCanary(), newCanary()]
    const first = await alice.call('group.create', { name: one, member_ids: [] }, { seqId })
    const second = await bob.call('group.create', { name: other, member_ids: [] }, { seqId })
    expect(second.group_id).not.toBe(first.group_id)
    expect(second.name).toBe(other)
  })

  test('a secret is answered once', async () => {
    const office = await gateway.office
    const seqId = newSeqId()
    const input = { name: newCanary() }
    const first = await office.call('employee.create', input, { seqId })
    expect(first.mqtt_connection.mqtt_password).toBeDefined()
    const again = await office.call('employee.create', input, { seqId })
    expect(again.employee_id).toBe(first.employee_id)
    expect(again.mqtt_connection.mqtt_password).toBeUndefined()
    expect(JSON.stringify(await gateway.dump())).not.toContain(first.mqtt_connection.mqtt_password)
  })
})

test('T15: an answer is not given again to somebody who has lost the session since', async () => {
  const person = await gateway.hire()
  const device = await person.connect()
  const office = await gateway.office
  const [seqId, changeSeq] = [newSeqId(), newSeqId()]
  expect(await device.request('org.tree', {}, { seqId })).toMatchObject({ code: 0 })
  const name = newCanary()
  expect(await device.request('group.create', { name, member_ids: [] }, { seqId: changeSeq })).toMatchObject({
    code: 0,
  })
  await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'disabled' } })
  await device.closed
  await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'active' } })
  await expect(person.connect()).rejects.toThrow()
  // With new credentials it is the same client again, and what it did before is still its own.
  const { mqtt_connection } = await office.confirm('employee.reset_credentials', { employee_id: person.id })
  const secret = mqtt_connection.mqtt_password ?? ''
  const back = await person.connect({ secret })
  expect(await back.request('group.create', { name, member_ids: [] }, { seqId: changeSeq })).toMatchObject({ code: 0 })
  await using other = await connectRaw(gateway, await gateway.hire())
  await other.subscribe(gateway.topics.responses(other.clientId))
  const payload = JSON.stringify({ action: 'group.create', name, member_ids: [] })
  await other.publish({ topic: gateway.topics.request(other.clientId, changeSeq), payload, qos: 1 })
  const answer = JSON.parse((await other.nextPublish())?.payload.toString() ?? '{}')
  expect(answer.data.group_id).not.toBeUndefined()
  expect(leaksTo(other, String((await back.call('group.list', {})).groups[0]?.group_id))).toEqual([])
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
