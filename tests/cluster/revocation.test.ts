import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import type { Device } from '../kit/device.ts'
import type { Person } from '../kit/person.ts'
import { Stream } from '../revocation/stream.ts'

const GATEWAYS = 3
/** More of them where there is time: docs/reliability.md. */
const CYCLES = Number(process.env.MCHAT_TEST_REMOVALS ?? 20)

describe.skipIf(clusterMissing !== '')(`revocation on three gateways${clusterMissing}`, () => {
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

  test('T31: whoever was removed is refused by every gateway from the answer on, and hears nothing more', async () => {
    const { goer, groupId, laptop, owner, stayer } = await arrange()
    for (let cycle = 0; cycle < 12; cycle++) {
      for (const { code } of await onEveryGateway(() => say(laptop, groupId, 'still here'))) expect(code).toBe(0)
      const removal = await owner.request('group.member_remove', { group_id: groupId, member_ids: [goer.id] })
      expect(removal).toMatchObject({ code: 0 })
      const attempts = Array.from({ length: 30 }, () => say(laptop, groupId, 'not any more'))
      for (const { reason } of await Promise.all(attempts)) expect(reason).toBe('not_group_member')
      const secret = `after ${cycle}`
      await onEveryGateway(() => owner.call('msg.send_group', { group_id: groupId, content: secret }))
      await (await stayer.group(groupId)).next((message) => message.json.content === secret)
      await laptop.expectNothing({ matching: (message) => message.json.content === secret })
      await owner.call('group.member_add', { group_id: groupId, member_ids: [goer.id] })
      await laptop.subscribe(laptop.topics.group(groupId))
    }
  })

  test('T30: removed and added again and again while messages flow', { timeout: 600_000 + CYCLES * 5000 }, async () => {
    const { goer, groupId, laptop, owner, stayer } = await arrange()
    const member = { group_id: groupId, member_ids: [goer.id] }
    const stream = new Stream(stayer, groupId)
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      stream.phase = 'in'
      const heard = stream.sentInside.length
      await expect.poll(() => stream.sentInside.length).toBeGreaterThan(heard)
      stream.phase = 'changing'
      await owner.call('group.member_remove', member)
      stream.phase = 'out'
      const unheard = stream.sentOutside
      await expect.poll(() => stream.sentOutside).toBeGreaterThan(unheard)
      stream.phase = 'changing'
      // What is still under way when the member comes back may be delivered after that.
      await stream.settled()
      await owner.call('group.member_add', member)
      expect(await laptop.subscribe(laptop.topics.group(groupId))).toEqual([true])
    }
    stream.phase = 'in'
    const last = stream.sentInside.length
    await expect.poll(() => stream.sentInside.length).toBeGreaterThan(last + 3)
    await stream.stop()
    await owner.call('msg.send_group', { group_id: groupId, content: 'the end' })
    await laptop.next((message) => message.json.content === 'the end')
    const received = laptop.received.map(({ json }) => String(json.content))
    expect(stream.sentOutside).toBeGreaterThanOrEqual(CYCLES)
    expect(received.filter((content) => content.startsWith('out-'))).toEqual([])
    expect(stream.sentInside.slice(last).filter((content) => !received.includes(content))).toEqual([])
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

  test('T32: whoever is disabled is thrown out on every device at once, and shown offline', async () => {
    const { goer, laptop, owner, stayer } = await arrange()
    const tablet = await goer.connect({ device: 'tablet' })
    const away = await goer.connect({ device: 'away' })
    await away.disconnect()
    await owner.call('msg.send_private', { to_employee_id: goer.id, content: 'for the one that is away' })
    await onEveryGateway(() => tablet.call('config.server', {}))
    const office = await cluster.gateway.office
    await stayer.subscribe(stayer.topics.status(goer.id))
    const offline = stayer.next((message) => message.topic === stayer.topics.status(goer.id))
    await office.confirm('employee.update', { employee_id: goer.id, updates: { status: 'disabled' } })
    await expect.poll(() => laptop.isClosed && tablet.isClosed).toBe(true)
    expect((await offline).json.status).toBe('offline')
    for (const device of ['laptop', 'tablet', 'away']) await expect(goer.connect({ device })).rejects.toThrow()
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
        where query ~ '^(listen mchat|update gateway|insert into gateway|with confirmed)' and pid <> pg_backend_pid()
          and datname = current_database()`.execute(cluster.database.kysely)
      const removal = await owner.request('group.member_remove', { group_id: groupId, member_ids: [goer.id] })
      const refused = await onEveryGateway(() => say(laptop, groupId, 'not any more'))
      if (removal.code === 0) {
        for (const { code } of refused) expect([403, 503]).toContain(code)
      }
      await expect
        .poll(async () => (await owner.request('group.member_add', { group_id: groupId, member_ids: [goer.id] })).code)
        .toBe(0)
      await expect.poll(async () => (await say(laptop, groupId, 'back')).code).toBe(0)
    }
  })
})
