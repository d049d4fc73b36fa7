import { expect, test } from 'vitest'
import { onEveryDatabase } from '../../kit/on-every-database.ts'
import { sharedGateway } from '../../kit/shared-gateway.ts'

onEveryDatabase('whoever has just been added to a group', (kind) => {
  const shared = sharedGateway(kind)

  test('gets what is sent the moment the adding is answered, without having subscribed', async () => {
    const gateway = shared.current
    const member = await gateway.hire()
    await using device = await member.connect()
    await using office = await gateway.admin.connect()
    const { group_id } = await office.call('group.create', { name: 'New', member_ids: [member.id] })
    await office.call('msg.send_group', { group_id, content: 'first' })
    await device.settled()
    const contents = () =>
      device.received.filter(({ topic }) => topic === gateway.topics.group(group_id)).map(({ json }) => json.content)
    expect(contents()).toContain('first')

    await office.call('group.member_remove', { group_id, member_ids: [member.id] })
    await office.call('msg.send_group', { group_id, content: 'while out' })
    await office.call('group.member_add', { group_id, member_ids: [member.id] })
    await office.call('msg.send_group', { group_id, content: 'back' })
    await device.settled()
    expect(contents().filter((content) => typeof content === 'string')).toEqual(['first', 'back'])
  })

  test('gets it also on a device that is away at that time', async () => {
    const gateway = shared.current
    const member = await gateway.hire()
    const before = await member.connect()
    await before.disconnect()
    await using office = await gateway.admin.connect()
    const { group_id } = await office.call('group.create', { name: 'New', member_ids: [member.id] })
    await office.call('msg.send_group', { group_id, content: 'while away' })
    await using device = await member.connect()
    await device.settled()
    const heard = device.received.filter(({ topic }) => topic === gateway.topics.group(group_id))
    expect(heard.map(({ json }) => json.content)).toContain('while away')
  })
})
