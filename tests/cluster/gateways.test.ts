import { describe, expect, test } from 'vitest'
import { type Cluster, clusterMissing, startCluster } from '../kit/cluster.ts'
import { databases } from '../kit/databases.ts'
import type { Device } from '../kit/device.ts'
import { startGateway } from '../kit/gateway.ts'
import { startMosquitto } from '../kit/mosquitto.ts'

const slotsInUse = async ({ database }: Cluster): Promise<number> => {
  const slots = await database.kysely.selectFrom('gateway_slot').select('holder').execute()
  return slots.filter(({ holder }) => holder !== null).length
}

describe.skipIf(clusterMissing !== '')(`gateways that share a broker${clusterMissing}`, () => {
  /** Sends until it is told to stop; every request must be answered with 0. */
  const chat = (device: Device, to: string) => {
    let goesOn = true
    let sent = 0
    const waiting: { readonly count: number; readonly resolve: () => void }[] = []
    const done = (async () => {
      while (goesOn) {
        await device.call('msg.send_private', { to_employee_id: to, content: `message ${sent}` }, { timeoutMs: 20_000 })
        sent++
        for (const { count, resolve } of waiting) if (sent >= count) resolve()
      }
      return sent
    })()
    return {
      /** Resolves when so many more are answered; rejects when one is not. */
      more(count: number): Promise<unknown> {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.push({ count: sent + count, resolve })
        return Promise.race([promise, done])
      },
      stop(): Promise<number> {
        goesOn = false
        return done
      },
    }
  }

  test('share the requests, and each is in the table of gateways with a slot of its own', async () => {
    await using cluster = await startCluster(3)
    const { kysely } = cluster.database
    const slots = await kysely.selectFrom('gateway_slot').selectAll().orderBy('slot').execute()
    const gateways = await kysely.selectFrom('gateway').select('instance').execute()
    expect(slots.map(({ slot }) => slot)).toEqual([1, 2, 3])
    expect(new Set(slots.map(({ holder }) => holder))).toEqual(new Set(gateways.map(({ instance }) => instance)))
    const ann = await cluster.gateway.hire()
    const device = await ann.connect()
    for (let i = 0; i < 30; i++) await device.call('config.server', {})
    expect(cluster.others.flatMap((other) => other.problems())).toEqual([])
  })

  test('leave one after the other without a request unanswered, and their slots are free', async () => {
    await using cluster = await startCluster(3)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    const chats = [chat(from, bob.id), chat(to, ann.id)]
    for (const other of cluster.others) {
      await Promise.all(chats.map((each) => each.more(20)))
      await other.close()
    }
    await Promise.all(chats.map((each) => each.more(20)))
    await Promise.all(chats.map((each) => each.stop()))
    expect(await slotsInUse(cluster)).toBe(1)
  })

  test('what was sent while none of them ran is answered by the next', async () => {
    await using cluster = await startCluster(1)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    await cluster.gateway.leave()
    const answer = from.request(
      'msg.send_private',
      { to_employee_id: bob.id, content: 'waiting' },
      { timeoutMs: 30_000 },
    )
    await using _next = await cluster.gateway.startAnother()
    expect(await answer).toMatchObject({ code: 0 })
    expect((await to.inbox.next((message) => message.json.content === 'waiting')).json.from_employee_id).toBe(ann.id)
  })

  test('what was sent after all of them left at the same moment is answered by the next', async () => {
    await using cluster = await startCluster(3)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    await Promise.all([cluster.gateway.leave(), ...cluster.others.map((other) => other.close())])
    const send = (content: string) =>
      from.request('msg.send_private', { to_employee_id: bob.id, content }, { timeoutMs: 30_000 })
    const contents = ['one', 'two', 'three', 'four']
    const answers = contents.map(send)
    await using _next = await cluster.gateway.startAnother()
    for (const answer of await Promise.all(answers)) expect(answer.code).toBe(0)
    for (const content of contents) await to.inbox.next((message) => message.json.content === content)
  })

  test('take over what one that died had not answered', async () => {
    await using cluster = await startCluster(1)
    await using doomed = await cluster.startProcess()
    const people = await Promise.all(Array.from({ length: 6 }, () => cluster.gateway.hire()))
    const devices: Device[] = []
    for (const person of people) devices.push(await person.connect())
    const chats = devices.map((device, i) => chat(device, people[(i + 1) % people.length]?.id ?? ''))
    await Promise.all(chats.map((each) => each.more(20)))
    doomed.kill('SIGKILL')
    await doomed.finished
    // Every other request goes to the dead one's session, until somebody has taken it over.
    await expect.poll(() => slotsInUse(cluster)).toBe(1)
    await Promise.all(chats.map((each) => each.more(20)))
    await Promise.all(chats.map((each) => each.stop()))
  })

  test('one that was stopped for a while finds its slot taken, and goes on with another', async () => {
    await using cluster = await startCluster(1)
    await using sleeper = await cluster.startProcess()
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const [from, to] = [await ann.connect(), await bob.connect()]
    const chats = [chat(from, bob.id), chat(to, ann.id)]
    await Promise.all(chats.map((each) => each.more(20)))
    sleeper.kill('SIGSTOP')
    await expect.poll(() => slotsInUse(cluster)).toBe(1)
    sleeper.kill('SIGCONT')
    await expect.poll(() => slotsInUse(cluster)).toBe(2)
    await Promise.all(chats.map((each) => each.more(20)))
    await Promise.all(chats.map((each) => each.stop()))
  })

  test('T73: do not start with another secret, nor on a broker that lets everybody in', async () => {
    await using cluster = await startCluster(1)
    const secret = Buffer.from('another secret, of somebody else').toString('base64')
    await expect(cluster.gateway.startAnother({ secret })).rejects.toThrow('gateways with another secret')
    await using open = await startMosquitto({ strict: false })
    await using database = await (databases[1] as (typeof databases)[number]).open()
    await expect(startGateway({ broker: open, database })).rejects.toThrow(/dynamic security plugin|The broker allows/)
  })

  test('must all deliver to groups the same way', async () => {
    await using cluster = await startCluster(1)
    await expect(cluster.gateway.startAnother({ groupDelivery: 'inbox' })).rejects.toThrow(
      'The gateways that run have MCHAT_GROUP_DELIVERY=topic',
    )
    await cluster.gateway.leave()
    await using _changed = await cluster.gateway.startAnother({ groupDelivery: 'inbox' })
  })

  test('deliver to groups by inbox, and removal holds at once', async () => {
    await using cluster = await startCluster(3, { config: { groupDelivery: 'inbox' } })
    const [boss, goer, other] = [
      await cluster.gateway.hire(),
      await cluster.gateway.hire(),
      await cluster.gateway.hire(),
    ]
    const { group_id } = await cluster.gateway.foundGroup({ owner: boss, members: [goer, other] })
    const [owner, laptop, stayer] = [await boss.connect(), await goer.connect(), await other.connect()]
    for (let cycle = 0; cycle < 20; cycle++) {
      for (let i = 0; i < 3; i++) await owner.call('msg.send_group', { group_id, content: `before ${cycle}.${i}` })
      await laptop.inbox.next((message) => message.json.content === `before ${cycle}.2`)
      await owner.call('group.member_remove', { group_id, member_ids: [goer.id] })
      const secrets = [0, 1, 2].map((i) => `after ${cycle}.${i}`)
      await Promise.all(secrets.map((content) => owner.call('msg.send_group', { group_id, content })))
      for (const secret of secrets) await stayer.inbox.next((message) => message.json.content === secret)
      await laptop.expectNothing({ matching: (message) => secrets.includes(String(message.json.content)) })
      await owner.call('group.member_add', { group_id, member_ids: [goer.id] })
    }
  })

  test('bring a broker that has lost its list of users up to date', async () => {
    await using cluster = await startCluster(1)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const from = await ann.connect()
    await from.disconnect()
    await cluster.gateway.leave()
    await cluster.broker.stop()
    await cluster.broker.forgetUsers()
    await cluster.broker.start()
    await expect(ann.connect()).rejects.toThrow()
    await using _next = await cluster.gateway.startAnother()
    await expect
      .poll(async () => {
        const back = await ann.connect().catch(() => undefined)
        return (await back?.request('msg.send_private', { to_employee_id: bob.id, content: 'again' }))?.code
      })
      .toBe(0)
  })

  test('answer 413 for what the broker does not carry, and nothing else suffers', async () => {
    await using cluster = await startCluster(1, {}, { lines: ['max_packet_size 8192'] })
    const office = await cluster.gateway.office
    const ann = await (await cluster.gateway.hire()).connect()
    for (let i = 0; i < 30; i++) await office.call('employee.create', { name: `${i} ${'x'.repeat(50)}` })
    const [large, small] = await Promise.all([ann.request('employee.list', { limit: 100 }), ann.request('org.tree')])
    expect([large.code, large.reason]).toEqual([413, 'answer_too_large'])
    expect(small.code === 0 || small.reason === 'answer_too_large').toBe(true)
    expect((await ann.request('session.list')).code).toBe(0)
  })

  test('open no session on a credential that was taken away while the request waited', async () => {
    await using cluster = await startCluster(1)
    const ann = await cluster.gateway.hire()
    const device = await ann.connect()
    await cluster.gateway.leave()
    const bound = device.request('auth.bind', { employee_id: ann.id }, { timeoutMs: 30_000 }).then(
      ({ code }) => code,
      () => 'thrown out',
    )
    const now = cluster.gateway.clock.date()
    const { kysely } = cluster.database
    await kysely
      .updateTable('client_session')
      .set({ ended_at: now, end_reason: 'logout', credential_id: null })
      .execute()
    await kysely.updateTable('credential').set({ revoked_at: now }).where('employee_id', '=', ann.id).execute()
    await using _next = await cluster.gateway.startAnother()
    expect([401, 'thrown out']).toContain(await bound)
    const live = await kysely
      .selectFrom('client_session')
      .selectAll()
      .where('client_id', '=', device.clientId)
      .execute()
    expect(live.map(({ ended_at }) => ended_at === null)).toEqual([false])
  })

  test('say in one sentence why the broker cannot be used', async () => {
    await using cluster = await startCluster(1)
    const { broker } = cluster
    const wrong = { kind: 'mosquitto', url: broker.url, username: 'gateway', password: 'wrong' } as const
    await expect(cluster.gateway.startAnother({ broker: wrong })).rejects.toThrow(
      /^The broker at 127.0.0.1:\d+ cannot be used: it does not accept MCHAT_BROKER_USERNAME with MCHAT_BROKER_PASSWORD.$/,
    )
    const nowhere = { ...wrong, url: 'mqtt://127.0.0.1:1' }
    await expect(cluster.gateway.startAnother({ broker: nowhere })).rejects.toThrow('nothing listens there')
  })

  test('go on when the broker comes back', async () => {
    await using cluster = await startCluster(2)
    const [ann, bob] = [await cluster.gateway.hire(), await cluster.gateway.hire()]
    const to = await bob.connect()
    await to.disconnect()
    await cluster.broker.stop()
    await expect.poll(() => cluster.others.flatMap((other) => other.problems()).length).toBeGreaterThan(0)
    await cluster.broker.start()
    await expect.poll(() => cluster.others.flatMap((other) => other.problems())).toEqual([])
    const from = await ann.connect()
    await from.call('msg.send_private', { to_employee_id: bob.id, content: 'back' }, { timeoutMs: 20_000 })
    const again = await bob.connect()
    expect((await again.inbox.next((message) => message.json.content === 'back')).json.content).toBe('back')
  })
})
