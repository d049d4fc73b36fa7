import { expect, test } from 'vitest'
import { hashToken } from '../../gateway/src/access/tokens.ts'
import { credentials } from '../../gateway/src/db/repositories/credentials.ts'
import { onEveryDatabase } from '../kit/on-every-database.ts'
import { sharedGateway } from '../kit/shared-gateway.ts'

onEveryDatabase('what waits while a right is taken away', (kind) => {
  const shared = sharedGateway(kind)

  test('a change of a session that is being ended is not made after the end was answered', async () => {
    const gateway = shared.current
    const eve = await gateway.hire()
    await using device = await eve.connect()
    await using office = await gateway.admin.connect()
    // Many changes are on their way when the credentials are reset; those that come after it must not make new ones.
    const seqIds = await Promise.all(
      Array.from({ length: 20 }, (_, i) => device.send('device.add', { device_id: `d${i}` })),
    )
    const reset = await office.confirm('employee.reset_credentials', { employee_id: eve.id })
    const fresh = hashToken(reset.mqtt_connection.mqtt_password ?? '')
    const valid = await gateway.database.kysely
      .selectFrom('credential')
      .select(['secret_hash'])
      .where('employee_id', '=', eve.id)
      .where('revoked_at', 'is', null)
      .execute()
    expect(seqIds).toHaveLength(20)
    expect(valid.map((row) => row.secret_hash)).toEqual([fresh])
    expect(await credentials.findByTokenHash(gateway.database.kysely, fresh)).toMatchObject({ employee_id: eve.id })
  })

  test('the retained version of the organisation is the current one after changes at the same time', async () => {
    const gateway = shared.current
    await using office = await gateway.admin.connect()
    const leaver = await gateway.hire()
    await using _device = await leaver.connect()
    await Promise.all([
      office.confirm('employee.update', { employee_id: leaver.id, updates: { status: 'disabled' } }),
      office.call('department.create', { name: 'One' }),
      office.call('department.create', { name: 'Two' }),
    ])
    const { version } = await office.call('org.tree', {})
    const watcher = await gateway.hire()
    await using watching = await watcher.connect()
    await watching.subscribe(gateway.topics.orgTree)
    await watching.settled()
    const retained = watching.received.filter((message) => message.topic === gateway.topics.orgTree)
    expect(retained.map((message) => (message.json as unknown as { version: number }).version)).toEqual([
      // Hiring the watcher was one more change.
      version + 1,
    ])
  })

  test('whoever manages people in part cannot end the sessions of somebody who may do more', async () => {
    const gateway = shared.current
    const hr = await gateway.hire({ roles: [{ role: 'hr' }] })
    await using desk = await hr.connect()
    await using office = await gateway.admin.connect()
    expect(await desk.request('session.revoke', { client_id: office.clientId })).toMatchObject({
      code: 404,
      reason: 'session_not_found',
    })
    expect(await office.request('config.server')).toMatchObject({ code: 0 })
  })
})

onEveryDatabase('the budget of a group', (kind) => {
  const shared = sharedGateway(kind, {
    config: {
      rateLimit: true,
      limits: { messagesPerSecondPerGroup: 3, requestsPerSecondPerClient: 1000, requestBurstPerClient: 1000 },
    },
  })

  test('is not spent by outsiders who name the group in a private conversation', async () => {
    const gateway = shared.current
    const group = await gateway.foundGroup()
    const outsider = await gateway.hire()
    const peer = await gateway.hire()
    await using device = await outsider.connect()
    const about = { conversation_type: 'private', peer_employee_id: peer.id, group_id: group.group_id }
    for (let i = 0; i < 6; i++) {
      const answer = await device.request('msg.recall', { ...about, msg_id: `msg_${'a'.repeat(29)}` })
      expect(answer).toMatchObject({ code: 404, reason: 'message_not_found' })
    }
    await using owner = await group.owner.connect()
    const say = () => owner.request('msg.send_group', { group_id: group.group_id, content: 'heard' })
    expect(await say()).toMatchObject({ code: 0 })
    // The budget is there all the same.
    const answers = await Promise.all(Array.from({ length: 10 }, say))
    expect(answers.map((answer) => answer.code)).toContain(429)
  })
})
