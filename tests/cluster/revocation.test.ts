import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import type { Device } from '../kit/device.ts'
import type { Person } from '../kit/person.ts'

const GATEWAYS = 3

describe.skipIf(clusterMissing !== '')(`revocation on three gateways${clusterMissing}`, { timeout: 60_000 }, () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster(GATEWAYS)
  })
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  interface Scene {
    readonly groupId: string
    readonly owner: Device
    readonly goer: Person
    readonly laptop: Device
    readonly stayer: Device
  }
  const arrange = async (): Promise<Scene> => {
    const { gateway } = cluster
    const [boss, goer, other] = [await gateway.hire(), await gateway.hire(), await gateway.hire()]
    const { group_id: groupId } = await gateway.foundGroup({ owner: boss, members: [goer, other] })
    const [owner, laptop, stayer] = [await boss.connect(), await goer.connect(), await other.connect()]
    for (const device of [laptop, stayer]) await device.group(groupId)
    return { groupId, owner, goer, laptop, stayer }
  }

  /** As many as there are gateways, so that each gets one and remembers who may do this, or is asked whether. */
  const onEveryGateway = <T>(work: () => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: GATEWAYS }, work))
  const say = (device: Device, groupId: string, content: string) =>
    device.request('msg.send_group', { group_id: groupId, content })

  test('whoever was removed is refused by every gateway from the answer on, and hears nothing more', async () => {
    const { goer, groupId, laptop, owner, stayer } = await arrange()
    for (let cycle = 0; cycle < 25; cycle++) {
      for (const { code } of await onEveryGateway(() => say(laptop, groupId, 'still here'))) expect(code).toBe(0)
      const removal = await owner.request('group.member_remove', { group_id: groupId, member_ids: [goer.id] })
      expect(removal).toMatchObject({ code: 0 })
      const refused = await onEveryGateway(() => say(laptop, groupId, 'not any more'))
      for (const { reason } of refused) expect(reason).toBe('not_group_member')
      const secret = `after ${cycle}`
      await onEveryGateway(() => owner.call('msg.send_group', { group_id: groupId, content: secret }))
      await (await stayer.group(groupId)).next((message) => message.json.content === secret)
      await laptop.expectNothing({ matching: (message) => message.json.content === secret })
      await owner.call('group.member_add', { group_id: groupId, member_ids: [goer.id] })
      await laptop.subscribe(laptop.topics.group(groupId))
    }
  })

  test('a session that was revoked is thrown out, and the device does not get in again', async () => {
    const { goer, laptop, owner } = await arrange()
    await onEveryGateway(() => laptop.call('config.server', {}))
    const office = await cluster.gateway.office
    await office.call('session.revoke', { client_id: laptop.clientId })
    await laptop.closed
    await owner.call('msg.send_private', { to_employee_id: goer.id, content: 'for nobody' })
    await expect(goer.connect()).rejects.toThrow()
  })

  test('whoever is disabled is thrown out on every device, and shown offline', async () => {
    const { goer, laptop, stayer } = await arrange()
    const tablet = await goer.connect({ device: 'tablet' })
    await onEveryGateway(() => tablet.call('config.server', {}))
    const office = await cluster.gateway.office
    await stayer.subscribe(stayer.topics.status(goer.id))
    const offline = stayer.next((message) => message.topic === stayer.topics.status(goer.id))
    await office.confirm('employee.update', { employee_id: goer.id, updates: { status: 'disabled' } })
    await Promise.all([laptop.closed, tablet.closed])
    expect((await offline).json.status).toBe('offline')
    await expect(goer.connect()).rejects.toThrow()
  })

  test('credentials that were reset open nothing, and the new ones do', async () => {
    const { goer, laptop, stayer } = await arrange()
    const office = await cluster.gateway.office
    await stayer.subscribe(stayer.topics.status(goer.id))
    const offline = stayer.next((message) => message.topic === stayer.topics.status(goer.id))
    const { mqtt_connection } = await office.confirm('employee.reset_credentials', { employee_id: goer.id })
    await laptop.closed
    expect((await offline).json.status).toBe('offline')
    await expect(goer.connect()).rejects.toThrow()
    const { client_id = '', mqtt_password = '' } = mqtt_connection
    const fresh = await cluster.gateway.connect({ employeeId: goer.id, clientId: client_id, secret: mqtt_password })
    await fresh.call('auth.bind', { employee_id: goer.id })
    expect(await fresh.request('config.server')).toMatchObject({ code: 0 })
  })

  test('a change of rights holds on every gateway at once', async () => {
    const { goer, laptop } = await arrange()
    const office = await cluster.gateway.office
    for (const [roles, code] of [
      [[{ role: 'hr' }], 0],
      [[], 403],
      [[{ role: 'admin' }], 0],
      [[], 403],
    ] as const) {
      await office.confirm('employee.update', { employee_id: goer.id, updates: { roles: [...roles] } })
      const answers = await onEveryGateway(() => laptop.request('department.create', { name: 'Research' }))
      expect(answers.map((answer) => answer.code)).toEqual([code, code, code])
    }
  })

  test('it holds when the connections that tell of changes were just cut', async () => {
    const { goer, groupId, laptop, owner } = await arrange()
    for (let cycle = 0; cycle < 5; cycle++) {
      for (const { code } of await onEveryGateway(() => say(laptop, groupId, 'still here'))) expect(code).toBe(0)
      await sql`select pg_terminate_backend(pid) from pg_stat_activity
        where query ~ '^(listen mchat|update gateway|insert into gateway|with confirmed)' and pid <> pg_backend_pid()`.execute(
        cluster.database.kysely,
      )
      const removal = await owner.request('group.member_remove', { group_id: groupId, member_ids: [goer.id] })
      const refused = await onEveryGateway(() => say(laptop, groupId, 'not any more'))
      if (removal.code === 0) {
        for (const { code } of refused) expect([403, 503]).toContain(code)
      }
      await expect
        .poll(
          async () => (await owner.request('group.member_add', { group_id: groupId, member_ids: [goer.id] })).code,
          {
            timeout: 10_000,
          },
        )
        .toBe(0)
      await expect.poll(async () => (await say(laptop, groupId, 'back')).code, { timeout: 10_000 }).toBe(0)
    }
  })
})
