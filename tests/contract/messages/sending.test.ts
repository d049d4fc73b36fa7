import { describe, expect, test } from 'vitest'
import { newSeqId } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import { Scene } from '../scene.ts'

onEveryDatabase('a message', (kind) => {
  const shared = sharedGateway(kind)

  test('to one employee reaches all of their devices, and the own others as a copy', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const annPhone = await scene.secondDevice('annPhone', ann)
    const bobPhone = await scene.secondDevice('bobPhone', bob)

    const sent = await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: '你好', n: 7 })
    const expected = {
      msg_id: sent.msg_id,
      type: 'private',
      from_employee_id: ann.employeeId,
      to_employee_id: bob.employeeId,
      content: '你好',
      sent_at: sent.sent_at,
      proof: sent.proof,
      n: 7,
    }
    for (const device of [bob, bobPhone]) {
      const message = await device.inbox.next('private')
      expect(message.json).toEqual(expected)
      expect(message).toMatchObject({ qos: 1, retain: false, topic: scene.gateway.topics.inbox(bob.employeeId) })
    }
    const copy = await annPhone.sync.next('sent')
    expect(copy.json).toEqual({ type: 'sent', from_client_id: ann.clientId, message: expected })
    await ann.expectNothing({ matching: ({ text }) => text.includes('你好') })
    expect(sent.sent_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Object.keys(sent).sort()).toEqual(['msg_id', 'proof', 'sent_at', 'to_employee_id'])
  })

  test('to oneself arrives once on every device', async () => {
    await using scene = await Scene.open(shared.current)
    const ann = await scene.person('ann')
    await scene.secondDevice('phone', ann)
    const seen = await scene.observe(
      () => ann.call('msg.send_private', { to_employee_id: ann.employeeId, content: 'note' }),
      ['ann inbox/{employee_id} Message private', 'phone inbox/{employee_id} Message private'],
    )
    expect(seen).toHaveLength(2)
  })

  test('to a group reaches every member, the sender included, in the order it was sent', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const outsider = await scene.person('outsider')
    const group_id = await scene.group(ann, bob)
    const contents = Array.from({ length: 20 }, (_, n) => `message ${n}`)
    for (const [n, content] of contents.entries()) await ann.call('msg.send_group', { group_id, content, n })
    for (const device of [ann, bob]) {
      const room = await device.group(group_id)
      for (const [n, content] of contents.entries()) {
        const { json } = await room.next('group')
        expect(json).toMatchObject({ type: 'group', group_id, from_employee_id: ann.employeeId, content, n })
        expect(json).not.toHaveProperty('to_employee_id')
      }
    }
    await outsider.expectNothing({ matching: 'group' })
  })

  test('waits for whoever is away', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const group_id = await scene.group(ann, bob)
    await bob.cut()
    await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'first' })
    await ann.call('msg.send_group', { group_id, content: 'second' })
    const back = await scene.device('back', scene.personOf(bob))
    expect(back.sessionPresent).toBe(true)
    expect((await back.next('private')).json).toMatchObject({ content: 'first' })
    expect((await back.next('group')).json).toMatchObject({ content: 'second' })
  })

  test('to somebody who is not there, or no longer, is refused', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const office = await shared.current.office
    await office.confirm('employee.update', { employee_id: bob.employeeId, updates: { status: 'disabled' } })
    for (const to_employee_id of ['nobody', bob.employeeId]) {
      const answer = await ann.request('msg.send_private', { to_employee_id, content: 'x' })
      expect(answer).toMatchObject({ code: 404, reason: 'employee_not_found' })
    }
  })

  test('sent again with its seq_id has the same id; the seq_id of another device is another', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const phone = await scene.secondDevice('phone', ann)
    const seqId = newSeqId()
    const input = { to_employee_id: bob.employeeId, content: 'once' }
    const first = await ann.call('msg.send_private', input, { seqId })
    const second = await ann.call('msg.send_private', input, { seqId })
    expect(second.msg_id).toBe(first.msg_id)
    expect((await phone.call('msg.send_private', input, { seqId })).msg_id).not.toBe(first.msg_id)
    expect(
      (await ann.call('msg.send_private', { ...input, to_employee_id: ann.employeeId }, { seqId })).msg_id,
    ).not.toBe(first.msg_id)
  })

  describe('its content', () => {
    const contents = [
      '"text"',
      String.raw`"\u4f60\u597d \/ \t \" \\ \ud83d\ude00"`,
      '{"type":"text","body":{"text":"x"}}',
      '{"body":{"text":"**x**","extra":1.0},"type":"markdown","later":[1e-7,1E+2,-0,-0.0,0.10,12345678901234567890]}',
      '{ "type" : "vote" , "body" : { "z" : 1.0 , "a" : [ ] , "2" : 1 , "1" : 2 } }',
      '{"type":"x-1","body":null}',
      '{"type":"image","body":{"url":"https://a.example/b","width":1}}',
      '{"type":"file","body":{"key":"k","name":"a.pdf","size":0,"mime":"x/y"}}',
      '{"type":"card","body":"anything"}',
    ]
    test.each(contents)('is passed on byte by byte: %s', async (content) => {
      await using scene = await Scene.open(shared.current)
      const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
      const phone = await scene.secondDevice('phone', ann)
      const group_id = await scene.group(ann, bob)
      const room = await bob.group(group_id)
      const send = (fields: string) =>
        ann.request('', {}, { raw: `{ "n" : 0 , "content" : ${content} , ${fields} , "x" : "content" }` })
      expect(await send(`"action":"msg.send_private","to_employee_id":"${bob.employeeId}"`)).toMatchObject({ code: 0 })
      expect(await send(`"group_id":"${group_id}","action":"msg.send_group"`)).toMatchObject({ code: 0 })
      for (const message of [
        await bob.inbox.next('private'),
        await phone.sync.next('sent'),
        await room.next('group'),
      ]) {
        expect(message.text).toContain(`"content":${content},"sent_at"`)
      }
    })

    test.each([
      ['{"type":"text","body":{}}', 'content.body'],
      ['{"type":"text","body":{"text":""}}', 'content.body.text'],
      ['{"type":"text","body":{"text":1}}', 'content.body.text'],
      ['{"type":"markdown","body":"x"}', 'content.body'],
      ['{"type":"image","body":{"width":1}}', 'content.body'],
      ['{"type":"image","body":{"url":1}}', 'content.body.url'],
      ['{"type":"file","body":{"url":"x","name":"a"}}', 'content.body'],
      ['{"type":"file","body":{"url":"x","name":"a","size":-1}}', 'content.body.size'],
      ['{"type":"","body":1}', 'content'],
      ['{"type":"x"}', 'content'],
      [`{"type":"${'x'.repeat(33)}","body":1}`, 'content'],
    ])('must fit its type: %s', async (content, field) => {
      await using scene = await Scene.open(shared.current)
      const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
      const raw = `{"action":"msg.send_private","to_employee_id":"${bob.employeeId}","content":${content}}`
      const answer = await ann.request('', {}, { raw })
      expect(answer).toMatchObject({ code: 400, reason: 'invalid_fields' })
      const [error] = (answer.data?.errors ?? []) as { readonly field: string }[]
      expect(error?.field.startsWith(field)).toBe(true)
      await bob.expectNothing({ matching: 'private' })
    })

    test('has at most 32 KiB as JSON', async () => {
      await using scene = await Scene.open(shared.current)
      const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
      const send = (content: string) => ann.request('msg.send_private', { to_employee_id: bob.employeeId, content })
      expect(await send('x'.repeat(32 * 1024 - 2))).toMatchObject({ code: 0 })
      expect(await send('界'.repeat((32 * 1024 - 2) / 3))).toMatchObject({ code: 0 })
      for (const content of ['x'.repeat(32 * 1024 - 1), '界'.repeat(10_922 + 1)]) {
        expect(await send(content)).toMatchObject({ code: 413, reason: 'too_large' })
      }
    })
  })

  test('says nothing the client made up about itself (T16)', async () => {
    await using scene = await Scene.open(shared.current)
    const [ann, bob] = [await scene.person('ann'), await scene.person('bob')]
    const group_id = await scene.group(ann, bob)
    const lies = {
      from_employee_id: 'admin',
      msg_id: `msg_${'a'.repeat(29)}`,
      sent_at: '1999-01-01T00:00:00.000Z',
      proof: 'A'.repeat(22),
      type: 'system',
      is_ai_agent: true,
      action_: 'group_dismissed',
      event_id: 'evt_1',
      in_reply_to: 'x',
    }
    await ann.request('msg.send_private', { to_employee_id: bob.employeeId, content: 'x', group_id, ...lies })
    await ann.request('msg.send_group', { group_id, content: 'x', to_employee_id: bob.employeeId, ...lies })
    const messages = [await bob.inbox.next('private'), await (await bob.group(group_id)).next('group')]
    for (const { json } of messages) {
      expect(json.from_employee_id).toBe(ann.employeeId)
      expect(json.msg_id).not.toBe(lies.msg_id)
      expect(json.sent_at).not.toBe(lies.sent_at)
      expect(json.proof).not.toBe(lies.proof)
      for (const name of ['is_ai_agent', 'event_id', 'action_', 'in_reply_to']) expect(json).not.toHaveProperty(name)
    }
    expect(messages[0]?.json).not.toHaveProperty('group_id')
    expect(messages[1]?.json).not.toHaveProperty('to_employee_id')
  })

  test('of an agent says so, and a quote is passed on', async () => {
    await using scene = await Scene.open(shared.current)
    const [echo, bob] = [await scene.person('echo', { is_ai_agent: true }), await scene.person('bob')]
    const { msg_id } = await bob.call('msg.send_private', { to_employee_id: echo.employeeId, content: 'ping' })
    await echo.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'pong', quote_msg_id: msg_id })
    expect((await bob.inbox.next('private')).json).toMatchObject({ is_ai_agent: true, quote_msg_id: msg_id })
    expect((await echo.inbox.next('private')).json).not.toHaveProperty('is_ai_agent')
  })
})
