import { describe, expect, test } from 'vitest'
import type { InputOf } from '../../schema/src/index.ts'
import { type Device, newSeqId } from '../kit/device.ts'
import { onEveryBroker } from '../kit/on-every-broker.ts'
import { newCanary } from './attacker.ts'

/** With several gateways, repetitions come to each of them. */
onEveryBroker('T14: a seq_id used again', (bench) => {
  const two = async (): Promise<readonly [Device, Device]> => {
    const [one, other] = [await bench.current.hire(), await bench.current.hire()]
    return [await one.connect(), await other.connect()]
  }

  test('a message sent five times is one message', async () => {
    const [alice, bob] = await two()
    const [seqId, content] = [newSeqId(), newCanary()]
    const answers = []
    for (let i = 0; i < 5; i++) {
      const input = { to_employee_id: bob.employeeId, content }
      answers.push(await alice.call('msg.send_private', input, { seqId }))
      if (i !== 2) continue
      bench.current.clock.advance(61_000)
      // To gateways that share a database this is a minute in which they were stopped: they renew their leases first.
      const answered = () =>
        Promise.all(Array.from({ length: bench.gateways * 2 }, () => alice.request('config.server')))
      await expect.poll(async () => new Set((await answered()).map(({ code }) => code))).toEqual(new Set([0]))
    }
    expect(new Set(answers.map(({ msg_id }) => msg_id)).size).toBe(1)
    const got = []
    for (let i = 0; i < 5; i++) got.push(await bob.inbox.next((message) => message.json.content === content))
    expect(new Set(got.map(({ json }) => json.msg_id)).size).toBe(1)
  })

  test('the seq_id of one client means nothing to another', async () => {
    const [alice, bob] = await two()
    const seqId = newSeqId()
    const [one, other] = [newCanary(), newCanary()]
    const first = await alice.call('group.create', { name: one, member_ids: [] }, { seqId })
    const second = await bob.call('group.create', { name: other, member_ids: [] }, { seqId })
    expect(second.group_id).not.toBe(first.group_id)
    expect(second.name).toBe(other)
  })

  test('a secret is answered once', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const seqId = newSeqId()
    const input = { name: newCanary() }
    const first = await office.call('employee.create', input, { seqId })
    expect(first.mqtt_connection.mqtt_password).toBeDefined()
    for (let i = 0; i < bench.gateways; i++) {
      const again = await office.call('employee.create', input, { seqId })
      expect(again.employee_id).toBe(first.employee_id)
      expect(again.mqtt_connection.mqtt_password).toBeUndefined()
    }
    expect(JSON.stringify(await gateway.dump())).not.toContain(first.mqtt_connection.mqtt_password)
  })

  test('a change sent five times at once happens once and is answered the same, also after a restart', async () => {
    const gateway = bench.current
    const person = await gateway.hire()
    const device = await person.connect()
    const [seqId, name] = [newSeqId(), newCanary()]
    const input: InputOf<'group.create'> = { name, member_ids: [] }
    const raw = JSON.stringify({ action: 'group.create', ...input })
    const topic = gateway.topics.response(device.clientId, seqId)
    const answersAt = (at: Device) => at.received.filter((message) => message.topic === topic).map(({ json }) => json)
    await Promise.all([1, 2, 3, 4, 5].map(() => device.send('group.create', input, { seqId, raw })))
    await expect.poll(() => answersAt(device)).toHaveLength(5)
    const [first] = answersAt(device)
    expect(first).toMatchObject({ code: 0 })
    await gateway.restart()
    const again = await person.connect()
    for (let i = 0; i < bench.gateways; i++) await again.request('group.create', input, { seqId, raw })
    for (const answer of [...answersAt(device), ...answersAt(again)]) expect(answer).toEqual(first)
    const { groups } = await again.call('group.list', {})
    expect(groups.filter((group) => group.name === name)).toHaveLength(1)
    const other = await again.request('group.create', { ...input, name: newCanary() }, { seqId })
    expect(other).toMatchObject({ code: 409, reason: 'seq_id_reused' })
    expect((await again.call('group.list', {})).groups).toHaveLength(1)
  })

  describe('by somebody else than before', () => {
    test('T15: an answer is not given again to somebody who has lost the session since', async () => {
      const gateway = bench.current
      const person = await gateway.hire()
      const device = await person.connect()
      const office = await gateway.office
      const [seqId, changeSeq] = [newSeqId(), newSeqId()]
      const name = newCanary()
      const create = (by: Device) => by.request('group.create', { name, member_ids: [] }, { seqId: changeSeq })
      expect(await device.request('org.tree', {}, { seqId })).toMatchObject({ code: 0 })
      const first = await create(device)
      expect(first).toMatchObject({ code: 0 })
      await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'disabled' } })
      await device.closed
      await office.confirm('employee.update', { employee_id: person.id, updates: { status: 'active' } })
      await expect(person.connect()).rejects.toThrow()
      const { mqtt_connection } = await office.confirm('employee.reset_credentials', { employee_id: person.id })
      const { client_id: clientId = device.clientId, mqtt_password: secret = '' } = mqtt_connection
      const back = await gateway.connect({ employeeId: person.id, clientId, secret })
      if (gateway.bindsCredentials) {
        // Without a session nothing is answered, be it a repetition or not.
        expect(await create(back)).toMatchObject({ code: 401 })
        expect(await back.request('org.tree', {}, { seqId })).toMatchObject({ code: 401 })
        await back.call('auth.bind', { employee_id: person.id })
      }
      // Where it is the same client again, what it did before is still its own.
      if (clientId === device.clientId) expect(await create(back)).toEqual(first)
      const other = await (await gateway.hire()).connect()
      const another = await create(other)
      expect(another).toMatchObject({ code: 0 })
      expect(another.data?.group_id).not.toBe(first.data?.group_id)
    })
  })

  test('T16: what the sender says of itself is not believed', async () => {
    const [alice, bob] = await two()
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
    for (const field of ['msg_id', 'sent_at', 'proof'] as const) expect(got.json[field]).not.toBe(claimed[field])
    expect(got.json.is_ai_agent).not.toBe(true)
    // In another's name inside the payload, over one's own topic.
    const bound = await alice.request('auth.bind', { employee_id: bob.employeeId, client_id: bob.clientId })
    expect(bound).toMatchObject({ code: 401 })
    expect(await alice.request('config.server')).toMatchObject({ code: 0 })
  })
})
