import { describe, expect, test } from 'vitest'
import { clientSessions } from '../../gateway/src/db/repositories/client-sessions.ts'
import { accessConformance, topics } from './access.ts'
import { openAwsIotAccessBench, openAwsIotLinkBench } from './aws-iot-bench.ts'
import { linkConformance } from './link.ts'

describe('the link to AWS IoT Core', () => {
  linkConformance(() => openAwsIotLinkBench())

  test('is over several connections each way, and what has one topic keeps its order', async () => {
    await using bench = await openAwsIotLinkBench({ connections: 3 })
    const taken = new Set<string>()
    await bench.link.start(async ({ topic }) => void taken.add(topic))
    await using raw = await bench.connect('ann_web_1')
    await raw.subscribe(topics.inbox('ann'), topics.inbox('bob'))
    const asked = Array.from({ length: 30 }, (_, i) => topics.request('ann_web_1', `s${i}`))
    for (const [i, topic] of asked.entries()) await raw.publish({ topic, payload: '{}', qos: 1, packetId: i + 1 })
    await expect.poll(() => taken.size).toBe(30)
    const sent = Array.from({ length: 50 }, (_, i) => `m${i}`)
    const inboxes = [topics.inbox('ann'), topics.inbox('bob')]
    await Promise.all(
      inboxes.flatMap((topic) => sent.map((text) => bench.link.publish(topic, Buffer.from(text), { qos: 1 }))),
    )
    await expect.poll(() => raw.publishes.length).toBe(100)
    for (const topic of inboxes) {
      const heard = raw.publishes.filter((publish) => publish.topic === topic)
      expect(heard.map(({ payload }) => payload.toString())).toEqual(sent)
    }
    const ofGateway = [...bench.aws.broker.connections.keys()].filter((clientId) => clientId.startsWith('mchat_'))
    expect(ofGateway).toHaveLength(9)
  })

  test('does not publish more in a second than AWS takes of one connection', async () => {
    // Half of what the stand-in takes: here both share a processor, which may be away for most of a second.
    const quota = { publishesPerSecond: 50, unacknowledged: 100 }
    await using bench = await openAwsIotLinkBench({ publishesPerSecond: 100, quota })
    await bench.link.start(async () => {})
    const sent = Array.from({ length: 150 }, (_, i) =>
      bench.link.publish(topics.inbox('ann'), Buffer.from(`${i}`), { qos: 1 }),
    )
    await Promise.all(sent)
    expect(bench.aws.broker.discarded).toBe(0)
  })

  test('does not publish what may not be published any more when its turn comes', async () => {
    const quota = { publishesPerSecond: 100, unacknowledged: 100 }
    await using bench = await openAwsIotLinkBench({ quota })
    await bench.link.start(async () => {})
    await using raw = await bench.connect('ann_web_1')
    await raw.subscribe(topics.inbox('ann'))
    let isMember = true
    const publish = (text: string, stillHolds: () => boolean | Promise<boolean>) =>
      bench.link.publish(topics.inbox('ann'), Buffer.from(text), { qos: 1, stillHolds })
    const sent = Array.from({ length: 10 }, (_, i) => publish(`at once ${i}`, () => isMember))
    const waiting = [
      publish('lost', () => isMember),
      publish('asked again', () => (isMember ? Promise.resolve(true) : false)),
      publish('kept', () => true),
    ]
    const failing = publish('failing', () => Promise.reject(new Error('the database is away')))
    isMember = false
    await expect(failing).rejects.toThrow('the database is away')
    await Promise.all([...sent, ...waiting])
    await expect.poll(() => raw.publishes.length).toBe(11)
    expect(raw.publishes.at(-1)?.payload.toString()).toBe('kept')
  })
})

describe('access on AWS IoT Core', () => {
  accessConformance(openAwsIotAccessBench, { groupTopics: false, permissions: false })

  test('topics of groups, and what takes a permission, are nobody’s to hear', async () => {
    await using bench = await openAwsIotAccessBench()
    await bench.hire('ann')
    await bench.found('g1')
    await bench.join('g1', 'ann')
    await bench.appoint('ann', 'auditor')
    await bench.access.syncEmployees(['ann'])
    await using raw = await bench.connect('ann_web_1')
    expect(await raw?.subscribe(topics.group('g1'), topics.auditHead, topics.inbox('ann'))).toEqual([128, 128, 1])
  })

  test('where AWS does not confirm, the caller is told so, and a later sync makes it good', async () => {
    await using bench = await openAwsIotAccessBench()
    await bench.hire('ann')
    await using raw = await bench.connect('ann_web_1')
    await raw?.subscribe(topics.inbox('ann'))
    await bench.endSession('ann_web_1')
    bench.failStore?.(true)
    await expect(bench.access.syncEmployees(['ann'])).rejects.toMatchObject({ key: 'revocation_pending' })
    bench.failStore?.(false)
    await bench.access.syncEmployees(['ann'])
    await raw?.closed
  })

  test('an employee is said to be offline even when that failed at first', async () => {
    await using bench = await openAwsIotAccessBench()
    for (const employeeId of ['ann', 'bob']) await bench.hire(employeeId)
    await using watcher = await bench.connect('bob_web_1')
    await watcher?.subscribe(topics.status('ann'))
    await using raw = await bench.connect('ann_web_1')
    await bench.endSession('ann_web_1')
    bench.failGone(true)
    await expect(bench.access.syncEmployees(['ann'])).rejects.toMatchObject({ key: 'revocation_pending' })
    await raw?.closed
    bench.failGone(false)
    await bench.access.syncEmployees(['ann'])
    expect(JSON.parse((await watcher?.nextPublish())?.payload.toString() ?? '')).toMatchObject({ status: 'offline' })
  })

  test('an end that was confirmed is not asked for again, and another one of the same device is', async () => {
    await using bench = await openAwsIotAccessBench()
    await bench.hire('ann')
    await using raw = await bench.connect('ann_web_1')
    await bench.endSession('ann_web_1')
    const calls = (): number => bench.aws.dataPlane.calls.length
    await bench.access.syncEmployees(['ann'])
    await raw?.closed
    bench.clock.advance(16_000)
    for (let i = 0; i < 3; i++) await bench.access.syncEmployees(['ann'])
    expect(calls()).toBe(2)
    await clientSessions.open(bench.database.kysely, {
      client_id: 'ann_web_1',
      employee_id: 'ann',
      device_info: null,
      credential_id: null,
      now: bench.clock.date(),
      expires_at: new Date(bench.clock.now() + 3_600_000),
    })
    await bench.access.syncEmployees(['ann'])
    expect(calls()).toBe(2)
    await bench.endSession('ann_web_1')
    await bench.access.syncEmployees(['ann'])
    expect(calls()).toBe(3)
  })

  test('a connection whose end was never asked for is refused when AWS asks again', async () => {
    await using bench = await openAwsIotAccessBench()
    await bench.hire('ann')
    await using raw = await bench.connect('ann_web_1')
    await bench.endSession('ann_web_1')
    await bench.aws.broker.refreshPolicies()
    await raw?.closed
  })

  test('what waits for a device whose session has ended is given to nobody', async () => {
    await using bench = await openAwsIotAccessBench()
    await bench.hire('ann')
    const raw = await bench.connect('ann_phone_1', { clean: false })
    await raw?.subscribe(topics.inbox('ann'))
    await raw?.disconnect()
    await bench.publish(topics.inbox('ann'), 'waiting')
    await bench.endSession('ann_phone_1')
    await bench.access.syncEmployees(['ann'])
    expect(await bench.connect('ann_phone_1', { clean: false })).toBeUndefined()
  })
})
