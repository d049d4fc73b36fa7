import { expect, test } from 'vitest'
import type { Device } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'
import { Scene } from '../scene.ts'

const withPeer = (peer: Device) => ({ conversation_type: 'private' as const, peer_employee_id: peer.employeeId })
const inGroup = (group_id: string) => ({ conversation_type: 'group' as const, group_id })
const ON_GROUP = 'group/{group_id}'

onEveryDatabase('what happens to a message', (kind) => {
  const shared = sharedGateway(kind)

  /** ann (laptop, phone) and bob (laptop, phone), a message of ann to bob, and a group of ann, bob and cid. */
  const arrange = async (scene: Scene) => {
    const [ann, bob, cid] = [await scene.person('ann'), await scene.person('bob'), await scene.person('cid')]
    await scene.secondDevice('annPhone', ann)
    await scene.secondDevice('bobPhone', bob)
    const group_id = await scene.group(ann, bob, cid)
    const inPrivate = await ann.call('msg.send_private', { to_employee_id: bob.employeeId, content: 'hello' })
    const toGroup = await bob.call('msg.send_group', { group_id, content: 'hello' })
    return { ann, bob, cid, group_id, private_id: inPrivate.msg_id, group_msg_id: toGroup.msg_id }
  }

  test('read in private: the writer hears it, and the reader on their other devices', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, private_id } = await arrange(scene)
    const seen = await scene.observe(
      () => bob.call('msg.read_ack', { msg_id: private_id, ...withPeer(ann) }),
      [
        'ann inbox/{employee_id} ReadAck read_ack',
        'annPhone inbox/{employee_id} ReadAck read_ack',
        'bobPhone sync/{employee_id} SyncEvent event',
      ],
    )
    expect(seen).toHaveLength(3)
    expect((await ann.inbox.next('read_ack')).json).toMatchObject({
      msg_id: private_id,
      msg_ids: [private_id],
      conversation_type: 'private',
      from_employee_id: bob.employeeId,
      to_employee_id: ann.employeeId,
    })
  })

  test('read in a group: each writer hears of their own messages, with a hint or without', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, cid, group_id, group_msg_id } = await arrange(scene)
    const { msg_id: anns } = await ann.call('msg.send_group', { group_id, content: 'mine' })
    const { msg_id: cids } = await cid.call('msg.send_group', { group_id, content: 'own' })
    const seen = await scene.observe(
      () => cid.call('msg.read_ack', { msg_ids: [group_msg_id, anns, cids], ...inGroup(group_id) }),
      ['ann', 'annPhone', 'bob', 'bobPhone'].map((label) => `${label} inbox/{employee_id} ReadAck read_ack`),
    )
    expect(seen).toHaveLength(4)
    expect((await ann.inbox.next('read_ack')).json).toMatchObject({ msg_ids: [anns], group_id })
    expect((await bob.inbox.next('read_ack')).json).toMatchObject({ msg_ids: [group_msg_id], group_id })

    const writer_employee_id = bob.employeeId
    await cid.call('msg.read_ack', { msg_id: group_msg_id, ...inGroup(group_id), writer_employee_id })
    expect((await bob.inbox.next('read_ack')).json).toMatchObject({ msg_ids: [group_msg_id] })
    const wrong = await cid.request('msg.read_ack', { msg_id: anns, ...inGroup(group_id), writer_employee_id })
    expect(wrong).toMatchObject({ code: 404, reason: 'message_not_found' })
  })

  test('nothing can be read that was never written there', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, cid, group_id, private_id, group_msg_id } = await arrange(scene)
    const refused = [
      bob.request('msg.read_ack', { msg_id: group_msg_id, ...withPeer(ann) }),
      bob.request('msg.read_ack', { msg_id: private_id, ...inGroup(group_id) }),
      cid.request('msg.read_ack', { msg_id: private_id, ...withPeer(ann) }),
      // One's own message in a private conversation was not written by the peer.
      ann.request('msg.read_ack', { msg_id: private_id, ...withPeer(bob) }),
      bob.request('msg.read_ack', { msg_ids: [private_id, `msg_${'a'.repeat(29)}`], ...withPeer(ann) }),
    ]
    const published = await scene.observe(async () => {
      for (const answer of await Promise.all(refused)) expect(answer).toMatchObject({ code: 404 })
    })
    expect(published).toEqual([])
    const without = await bob.request('msg.read_ack', { ...withPeer(ann) })
    expect(without).toMatchObject({ code: 400, data: { errors: [{ field: 'msg_ids' }] } })
    const nowhere = await bob.request('msg.read_ack', { msg_id: private_id, conversation_type: 'private' })
    expect(nowhere).toMatchObject({ code: 400, data: { errors: [{ field: 'peer_employee_id' }] } })
  })

  test('recalled by its writer, in private and in a group', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, group_id, private_id, group_msg_id } = await arrange(scene)
    const inPrivate = await scene.observe(
      () => ann.call('msg.recall', { msg_id: private_id, ...withPeer(bob) }),
      [
        'bob inbox/{employee_id} Recall recall',
        'bobPhone inbox/{employee_id} Recall recall',
        'annPhone sync/{employee_id} SyncEvent event',
      ],
    )
    expect(inPrivate).toHaveLength(3)
    expect((await bob.inbox.next('recall')).json).toMatchObject({
      msg_id: private_id,
      from_employee_id: ann.employeeId,
    })
    const inRoom = await scene.observe(
      () => bob.call('msg.recall', { msg_id: group_msg_id, ...inGroup(group_id) }),
      // The phones too, which have been made to listen when their owners were added.
      ['ann', 'annPhone', 'bob', 'bobPhone', 'cid'].map((label) => `${label} ${ON_GROUP} Recall recall`),
    )
    expect(inRoom).toHaveLength(5)
  })

  test('recalled by an admin of the group, and by nobody else', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, cid, group_id, private_id, group_msg_id } = await arrange(scene)
    const recall = { msg_id: group_msg_id, ...inGroup(group_id) }
    expect(await cid.request('msg.recall', recall)).toMatchObject({ code: 404, reason: 'message_not_found' })
    const hinted = { ...recall, writer_employee_id: bob.employeeId }
    expect(await cid.request('msg.recall', hinted)).toMatchObject({ code: 403, reason: 'not_writer' })
    const ofPeer = await bob.request('msg.recall', { msg_id: private_id, ...withPeer(ann) })
    expect(ofPeer).toMatchObject({ code: 403, reason: 'not_writer' })
    expect(await cid.request('msg.recall', { msg_id: private_id, ...withPeer(ann) })).toMatchObject({ code: 404 })

    await ann.call('group.set_role', { group_id, employee_id: cid.employeeId, role: 'admin' })
    for (const admin of [ann, cid]) {
      await admin.call('msg.recall', recall)
      const room = await bob.group(group_id)
      expect((await room.next('recall')).json).toMatchObject({
        msg_id: group_msg_id,
        from_employee_id: admin.employeeId,
      })
    }
  })

  test('edited by its writer alone, byte by byte, with a proof', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, group_id, private_id, group_msg_id } = await arrange(scene)
    const content = '{ "type":"vote", "body":[1.0, 1e-7, "\\u4f60"] }'
    const raw = `{"action":"msg.edit","msg_id":"${private_id}","conversation_type":"private","peer_employee_id":"${bob.employeeId}","content":${content}}`
    const answer = await ann.request('', {}, { raw })
    expect(answer).toMatchObject({ code: 0, data: { msg_id: private_id } })
    const { json, text } = await bob.inbox.next('edit')
    expect(json).toMatchObject({ msg_id: private_id, proof: answer.data?.proof, sent_at: answer.data?.edited_at })
    expect(text).toContain(content)

    for (const [device, fields] of [
      [bob, { msg_id: private_id, ...withPeer(ann) }],
      [ann, { msg_id: group_msg_id, ...inGroup(group_id) }],
    ] as const) {
      const refused = await device.request('msg.edit', { ...fields, content: 'forged' })
      expect([403, 404]).toContain(refused.code)
    }
    await bob.call('msg.edit', { msg_id: group_msg_id, ...inGroup(group_id), content: 'better' })
    expect((await (await ann.group(group_id)).next('edit')).json).toMatchObject({ content: 'better', group_id })
    await ann.expectNothing({ matching: ({ text: seen }) => seen.includes('forged') })
  })

  test('reacted to, and taken back', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, cid, group_id, private_id, group_msg_id } = await arrange(scene)
    await bob.call('msg.react', { msg_id: private_id, ...withPeer(ann), emoji: '👍🏽' })
    expect((await ann.inbox.next('reaction')).json).toMatchObject({ msg_id: private_id, emoji: '👍🏽', removed: false })
    await ann.call('msg.react', { msg_id: private_id, ...withPeer(bob), emoji: '🎉', remove: true })
    expect((await bob.inbox.next('reaction')).json).toMatchObject({ emoji: '🎉', removed: true })
    await cid.call('msg.react', { msg_id: group_msg_id, ...inGroup(group_id), emoji: '👀' })
    expect((await (await ann.group(group_id)).next('reaction')).json).toMatchObject({
      from_employee_id: cid.employeeId,
    })
    expect(await cid.request('msg.react', { msg_id: private_id, ...withPeer(ann), emoji: 'x' })).toMatchObject({
      code: 404,
      reason: 'message_not_found',
    })
  })

  test('events have an id that a repetition keeps', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, private_id } = await arrange(scene)
    const recall = { msg_id: private_id, ...withPeer(bob) }
    for (const seqId of ['first', 'first', 'second']) await ann.call('msg.recall', recall, { seqId })
    const ids = [await bob.inbox.next('recall'), await bob.inbox.next('recall'), await bob.inbox.next('recall')].map(
      ({ json }) => json.event_id,
    )
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  test('typing is shown on the stream topics at QoS 0, without an answer', async () => {
    await using scene = await Scene.open(shared.current)
    const { ann, bob, group_id } = await arrange(scene)
    for (const qos of [0, 1] as const) {
      const seen = await scene.observe(async () => {
        await ann.send('msg.typing', withPeer(bob), { qos })
        await ann.send('msg.typing', inGroup(group_id), { qos })
      }, [
        'bob inbox/{employee_id}/stream Typing typing',
        'bobPhone inbox/{employee_id}/stream Typing typing',
        ...['ann', 'bob', 'cid'].map((label) => `${label} group/{group_id}/stream Typing typing`),
      ])
      expect(seen).toHaveLength(5)
    }
    expect((await bob.inbox.next('typing')).qos).toBe(0)
    expect((await (await bob.group(group_id)).next('typing')).qos).toBe(0)
    const responses = ann.received.filter(({ topic }) => topic.includes('/msg/resp/'))
    await ann.call('config.server', {})
    expect(ann.received.filter(({ topic }) => topic.includes('/msg/resp/'))).toHaveLength(responses.length + 1)
  })
})
