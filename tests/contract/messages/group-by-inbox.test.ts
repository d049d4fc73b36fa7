import { expect, test } from 'vitest'
import type { Device } from '../../kit/device.ts'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'

onEveryDatabase('groups delivered by inbox', (kind) => {
  const shared = sharedGateway(kind, { config: { groupDelivery: 'inbox' } })

  const arrange = async () => {
    const gateway = shared.current
    const [boss, ann, bob] = [await gateway.hire(), await gateway.hire(), await gateway.hire()]
    const { group_id: groupId } = await gateway.foundGroup({ owner: boss, members: [ann, bob] })
    return { gateway, groupId, boss, ann, bob }
  }
  const hears = (device: Device, content: string) => device.inbox.next((message) => message.json.content === content)

  test('a message reaches every member, the other devices of the sender and those that are away included', async () => {
    const { ann, bob, boss, gateway, groupId } = await arrange()
    const stranger = await (await gateway.hire()).connect()
    const away = await bob.connect({ device: 'phone' })
    await away.disconnect()
    const [laptop, tablet, other] = [await ann.connect(), await ann.connect({ device: 'tablet' }), await boss.connect()]
    const sent = await laptop.call('msg.send_group', { group_id: groupId, content: 'to all' })
    for (const device of [laptop, tablet, other, await bob.connect({ device: 'phone' })]) {
      const { json } = await hears(device, 'to all')
      expect(json).toMatchObject({ type: 'group', group_id: groupId, from_employee_id: ann.id, msg_id: sent.msg_id })
    }
    await stranger.expectNothing({ matching: (message) => message.json.content === 'to all' })
  })

  test('what belongs to a message follows it: recall, reaction, typing', async () => {
    const { ann, bob, groupId } = await arrange()
    const [from, to] = [await ann.connect(), await bob.connect()]
    const { msg_id } = await from.call('msg.send_group', { group_id: groupId, content: 'x' })
    const conversation = { conversation_type: 'group', group_id: groupId } as const
    await to.call('msg.react', { ...conversation, msg_id, emoji: '👍' })
    await from.inbox.next((message) => message.json.type === 'reaction')
    await from.send('msg.typing', conversation)
    expect((await to.inbox.next((message) => message.json.type === 'typing')).json.group_id).toBe(groupId)
    await from.call('msg.recall', { ...conversation, msg_id })
    expect((await to.inbox.next((message) => message.json.type === 'recall')).json.msg_id).toBe(msg_id)
  })

  test('whoever was removed hears nothing more, and the others hear of it', async () => {
    const { ann, bob, boss, groupId } = await arrange()
    const [owner, goer, stayer] = [await boss.connect(), await ann.connect(), await bob.connect()]
    await owner.call('group.member_remove', { group_id: groupId, member_ids: [ann.id] })
    await owner.call('msg.send_group', { group_id: groupId, content: 'afterwards' })
    await hears(stayer, 'afterwards')
    await goer.expectNothing({ matching: (message) => message.json.content === 'afterwards' })
    for (const device of [goer, stayer]) {
      await device.inbox.next((message) => message.json.action === 'member_removed')
    }
    const refused = await goer.request('msg.send_group', { group_id: groupId, content: 'me too' })
    expect(refused.reason).toBe('not_group_member')
  })

  test('nobody may subscribe to the topic of a group, and config.server says why', async () => {
    const { ann, gateway, groupId } = await arrange()
    const device = await ann.connect()
    expect(await device.subscribe(gateway.topics.group(groupId), gateway.topics.groupStream(groupId))).toEqual([
      false,
      false,
    ])
    expect((await device.call('config.server', {})).group_delivery).toBe('inbox')
  })
})
