import { expect, test } from 'vitest'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'
import { Scene } from './scene.ts'

/** Contract 3.1, 5: after the answer nothing of the group reaches whoever is out of it, on any of their devices. */
onEveryDatabase('whoever is out of a group', (kind) => {
  const shared = sharedGateway(kind)

  const cases = [
    ['left', 'member', 'group.leave'],
    ['was removed', 'owner', 'group.member_remove'],
    ['removed themselves', 'member', 'group.member_remove'],
  ] as const
  test.each(cases)('%s hears nothing more of it', async (_how, asker, action) => {
    await using scene = await Scene.open(shared.current)
    const owner = await scene.person('owner')
    const member = await scene.person('member')
    const group_id = await scene.group(owner, member)
    const phone = await scene.secondDevice('phone', member)
    await phone.group(group_id)
    await owner.call('group.set_role', { group_id, employee_id: member.employeeId, role: 'admin' })

    const by = asker === 'owner' ? owner : member
    expect(await by.request(action, { group_id, member_ids: [member.employeeId] })).toMatchObject({ code: 0 })
    const published = await scene.observe(async () => {
      await owner.call('msg.send_group', { group_id, content: 'among us' })
      await owner.send('msg.typing', { conversation_type: 'group', group_id })
    }, ['owner group/{group_id} Message group', 'owner group/{group_id}/stream Typing typing'])
    expect(published.filter((line) => !line.startsWith('owner'))).toEqual([])
    for (const device of [member, phone]) {
      await expect(device.subscribe(scene.gateway.topics.group(group_id))).resolves.toEqual([false])
      const refused = await device.request('msg.send_group', { group_id, content: 'still here' })
      expect(refused).toMatchObject({ code: 403, reason: 'not_group_member' })
    }
  })
})
