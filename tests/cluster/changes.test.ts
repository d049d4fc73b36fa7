import { describe, expect, test } from 'vitest'
import type { Changes } from '../../schema/src/index.ts'
import { clusterMissing, startCluster } from '../kit/cluster.ts'

describe.skipIf(clusterMissing !== '')(`what has changed, and gateways that die${clusterMissing}`, () => {
  test('what one had committed and not told is told by the next that finishes it', async () => {
    await using cluster = await startCluster(1)
    const { gateway } = cluster
    const { clock } = gateway
    const boss = await gateway.hire({ roles: [{ role: 'admin' }] })
    const device = await boss.connect({ subscribe: false })
    const topic = gateway.topics.inboxChanges(boss.id)
    await device.subscribe(topic)
    const things = [{ noun: 'group', id: 'grp_left_behind' }]
    const at = clock.timestamp()
    const change = { action: 'group.update', operator_id: gateway.admin.id, at, things }
    await cluster.database.kysely
      .insertInto('request_log')
      .values({
        client_id: `${gateway.admin.id}_gone_1`,
        seq_id: 's1',
        employee_id: gateway.admin.id,
        action: 'group.update',
        payload_hash: 'x',
        response: '{}',
        effects: JSON.stringify([{ kind: 'changed', change }]),
        created_at: new Date(clock.now() - 3_600_000),
      })
      .execute()
    await using _next = await gateway.startAnother()
    const isToldOf = (json: object): boolean => JSON.stringify(json).includes('grp_left_behind')
    const { json } = await device.next((message) => message.topic === topic && isToldOf(message.json))
    expect((json as unknown as Changes).changes).toContainEqual({
      noun: 'group',
      action: 'group.update',
      target_id: 'grp_left_behind',
      operator_id: gateway.admin.id,
      at,
    })
  })

  test('somebody who watches through one gateway hears of what another has done', async () => {
    await using cluster = await startCluster(2)
    const { gateway } = cluster
    const auditor = await gateway.hire({ roles: [{ role: 'auditor' }] })
    const device = await auditor.connect({ subscribe: false })
    const topic = gateway.topics.inboxChanges(auditor.id)
    await device.subscribe(topic)
    const instances = (): Set<string> =>
      new Set(
        device.received
          .filter((message) => message.topic === topic)
          .flatMap(({ json }) => (json as unknown as Changes).changes)
          .flatMap((told) => (told.noun === 'audit' ? [told.row.instance] : [])),
      )
    const gateways = await cluster.database.kysely.selectFrom('gateway').select('instance').execute()
    await expect
      .poll(async () => {
        await gateway.foundDepartment()
        return instances()
      })
      .toEqual(new Set(gateways.map(({ instance }) => instance)))
  })
})
