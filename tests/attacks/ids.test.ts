import { expect, test } from 'vitest'
import { onEveryBroker } from '../kit/on-every-broker.ts'

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

onEveryBroker('an id outside the grammar', (bench) => {
  test('T11: is refused everywhere and leaves nothing', async () => {
    const gateway = bench.current
    const office = await gateway.office
    const { employeeId } = await (await gateway.hire()).connect()
    const watcher = await (await gateway.hire()).connect()
    const { topics } = gateway
    await watcher.subscribe(topics.statusAll, topics.profileAll, topics.capabilityAll, topics.systemNotify)
    const { group_id } = await gateway.foundGroup({ owner: await gateway.hire() })
    await watcher.settled()
    const heard = watcher.received.length
    const before = await gateway.dump()
    for (const id of BAD_IDS) {
      const requests: readonly (readonly [string, object])[] = [
        ['employee.create', { employee_id: id, name: 'x' }],
        ['employee.create', { name: 'x', department_id: id }],
        ['employee.create', { name: 'x', manager_id: id }],
        ['employee.get', { employee_id: id }],
        ['employee.delete', { employee_id: id }],
        ['group.create', { name: 'x', member_ids: [id] }],
        ['group.create', { name: 'x', group_id: id, member_ids: [] }],
        ['group.member_add', { group_id, member_ids: [id] }],
        ['group.member_add', { group_id: id, member_ids: [employeeId] }],
        ['group.get', { group_id: id }],
        ['msg.send_private', { to_employee_id: id, content: 'x' }],
        ['msg.send_group', { group_id: id, content: 'x' }],
        ['msg.typing', { conversation_type: 'group', group_id: id }],
        ['msg.react', { msg_id: id, conversation_type: 'private', peer_employee_id: id, emoji: 'x' }],
        ['department.create', { name: 'x', parent_id: id }],
        ['session.revoke', { client_id: id }],
        ...(/^[.-]/.test(id) ? [] : [['device.add', { device_id: id }] as const]),
      ]
      await Promise.all(
        requests.map(async ([action, input]) => {
          const answer = await office.request(action, input)
          const isBad = answer.code === 400 || (action === 'session.revoke' && answer.code === 404)
          expect(isBad, `${action} ${JSON.stringify(input)}: ${JSON.stringify(answer)}`).toBe(true)
        }),
      )
    }
    expect(await gateway.dump()).toEqual(before)
    await watcher.settled()
    // What comes to the inbox by the barrier is all.
    const topicsHeard = watcher.received.slice(heard).map(({ topic }) => topic)
    expect(topicsHeard.filter((topic) => !topic.includes(watcher.employeeId))).toEqual([])
  })
})
