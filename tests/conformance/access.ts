import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import type { Access } from '../../gateway/src/access/access.ts'
import { createTopics, MqttConnection } from '../../schema/src/index.ts'
import type { RawClient } from '../kit/raw-client.ts'

export const topics = createTopics()

/** A broker whose rights are kept by a driver's access, over an organisation that a test changes. */
export interface AccessBench extends AsyncDisposable {
  readonly access: Access
  /** Adds an employee who is active and has a credential. */
  hire(employeeId: string): Promise<void>
  /** Adds a group without members. */
  found(groupId: string): Promise<void>
  /** Each commits a change and makes the gateway forget what it remembered, as the router does before it syncs. */
  join(groupId: string, employeeId: string): Promise<void>
  leave(groupId: string, employeeId: string): Promise<void>
  appoint(employeeId: string, role: 'auditor' | undefined): Promise<void>
  disable(employeeId: string): Promise<void>
  endSession(clientId: string): Promise<void>
  /** @returns undefined when the broker refuses */
  connect(clientId: string, options?: ConnectOptions): Promise<RawClient | undefined>
  publish(topic: string, text: string, retain?: boolean): Promise<void>
  /** From now on the broker confirms nothing, or does again. undefined: it cannot be made to fail. */
  readonly failStore: ((fails: boolean) => void) | undefined
  /** Whether `joinGroup` subscribes for the clients; otherwise it is left to them. */
  readonly subscribesForClients: boolean
  /** Whether one device can lose its employee's topics while the others keep them. */
  readonly mutesOneDevice: boolean
  /** Whether what was queued before a right was lost goes with it; otherwise only what comes later does. */
  readonly dropsQueued: boolean
  /** What the client logs in as. */
  usernameOf(employeeId: string, clientId: string | undefined): string
}

/** What a kind of broker cannot do at all, so that nothing can be promised about it. */
export interface AccessTraits {
  /** false: what is said in groups goes to inboxes, and nobody may subscribe to the topic of a group. */
  readonly groupTopics?: boolean
  /** false: nobody hears what it takes a permission to hear. */
  readonly permissions?: boolean
}

export interface ConnectOptions {
  readonly clean?: boolean
  readonly will?: { readonly topic: string; readonly payload: string; readonly retain: boolean }
}

const ANN = 'ann_web_1'
const PHONE = 'ann_phone_1'
const texts = (raw: RawClient): string[] => raw.publishes.map(({ payload }) => payload.toString())

const omitted = (): void => undefined

/** What the router relies on in every access (gateway/src/access/access.ts; contract 3.1, 5). */
export const accessConformance = (
  open: () => Promise<AccessBench>,
  { groupTopics = true, permissions = true }: AccessTraits = {},
): void => {
  const testOfGroups = groupTopics ? test : omitted
  const testOfPermissions = permissions ? test : omitted
  const arrange = async (): Promise<AccessBench> => {
    const bench = await open()
    for (const employeeId of ['ann', 'bob']) await bench.hire(employeeId)
    for (const groupId of ['g1', 'g2']) await bench.found(groupId)
    await bench.join('g1', 'ann')
    await bench.access.syncEmployees(['ann', 'bob'])
    return bench
  }
  const connect = async (bench: AccessBench, clientId: string, options?: ConnectOptions): Promise<RawClient> => {
    const raw = await bench.connect(clientId, options)
    if (raw === undefined) throw new Error(`${clientId} was refused.`)
    return raw
  }

  test('the same state again changes nothing', async () => {
    await using bench = await arrange()
    const topic = groupTopics ? topics.group('g1') : topics.inbox('ann')
    const away = await connect(bench, PHONE, { clean: false })
    await away.subscribe(topic, topics.sync('ann'))
    await away.disconnect()
    await using raw = await connect(bench, ANN)
    await raw.subscribe(topic)
    await bench.publish(topic, 'kept')
    for (let i = 0; i < 3; i++) await bench.access.syncEmployees(['ann', 'bob', 'ann'])
    await bench.publish(topic, 'live')
    await expect.poll(() => texts(raw)).toEqual(['kept', 'live'])
    await using back = await connect(bench, PHONE, { clean: false })
    await expect.poll(() => texts(back)).toEqual(['kept', 'live'])
    expect(raw.isClosed).toBe(false)
  })

  test('employees and clients that are not there are no mistake', async () => {
    await using bench = await arrange()
    await bench.access.syncEmployees([])
    await bench.access.syncEmployees(['nobody', 'bob'])
    await bench.access.syncEmployees(['ann'], 'nobody_web_1')
  })

  testOfGroups('a right that was given holds when sync has resolved', async () => {
    await using bench = await arrange()
    await using raw = await connect(bench, ANN)
    expect(await raw.subscribe(topics.group('g2'))).toEqual([128])
    await bench.join('g2', 'ann')
    await bench.access.syncEmployees(['ann'])
    expect(await raw.subscribe(topics.group('g2'))).toEqual([1])
    await bench.publish(topics.group('g2'), 'x')
    expect((await raw.nextPublish())?.payload.toString()).toBe('x')
  })

  testOfGroups(
    'new members hear their group when joinGroup has resolved: connected, away, and none that chose otherwise',
    async () => {
      await using bench = await arrange()
      await using raw = await connect(bench, ANN)
      await raw.subscribe(topics.inbox('ann'))
      const away = await connect(bench, PHONE, { clean: false })
      await away.subscribe(topics.inbox('ann'))
      await away.disconnect()
      await using quiet = await connect(bench, 'ann_kiosk_1')
      await quiet.subscribe(topics.responses('ann_kiosk_1'))
      await using stranger = await connect(bench, 'bob_web_1')
      await stranger.subscribe(topics.inbox('bob'))
      await bench.join('g2', 'ann')
      await bench.access.syncEmployees(['ann'])
      await bench.access.joinGroup('g2', ['ann', 'bob', 'nobody'])
      await bench.access.joinGroup('g2', ['ann'])
      if (!bench.subscribesForClients) return
      await bench.publish(topics.group('g2'), 'welcome')
      await expect.poll(() => texts(raw)).toEqual(['welcome'])
      await using back = await connect(bench, PHONE, { clean: false })
      await expect.poll(() => texts(back)).toEqual(['welcome'])
      for (const other of [quiet, stranger]) {
        expect(await other.ping()).toBe(true)
        expect(texts(other)).toEqual([])
      }
    },
  )

  testOfGroups('a right that was taken holds no more: live, queued, and on subscribing again', async () => {
    await using bench = await arrange()
    const away = await connect(bench, PHONE, { clean: false })
    await away.subscribe(topics.group('g1'), topics.inbox('ann'))
    await away.disconnect()
    await using raw = await connect(bench, ANN)
    await raw.subscribe(topics.group('g1'), topics.inbox('ann'))
    await bench.publish(topics.group('g1'), 'before')
    await bench.publish(topics.inbox('ann'), 'inbox')
    await bench.leave('g1', 'ann')
    await bench.access.syncEmployees(['ann'])
    await bench.publish(topics.group('g1'), 'after')
    expect(await raw.subscribe(topics.group('g1'), topics.groupStream('g1'))).toEqual([128, 128])
    await bench.publish(topics.group('g1'), 'later')
    await bench.publish(topics.inbox('ann'), 'end')
    await expect.poll(() => texts(raw)).toEqual(['before', 'inbox', 'end'])
    await using back = await connect(bench, PHONE, { clean: false })
    const queued = bench.dropsQueued ? [] : ['before']
    await expect.poll(() => texts(back)).toEqual([...queued, 'inbox', 'end'])
    expect(await back.ping()).toBe(true)
    expect(texts(back)).toEqual([...queued, 'inbox', 'end'])
  })

  testOfPermissions('what is retained is not given to somebody whose permission is gone', async () => {
    await using bench = await arrange()
    await bench.publish(topics.auditHead, 'head', true)
    await bench.appoint('ann', 'auditor')
    await bench.access.syncEmployees(['ann'])
    await using raw = await connect(bench, ANN)
    expect(await raw.subscribe(topics.auditHead)).toEqual([1])
    expect((await raw.nextPublish())?.payload.toString()).toBe('head')
    await bench.appoint('ann', undefined)
    await bench.access.syncEmployees(['ann'])
    expect(await raw.subscribe(topics.auditHead)).toEqual([128])
    await bench.publish(topics.auditHead, 'next', true)
    expect(await raw.ping()).toBe(true)
    expect(texts(raw)).toEqual(['head'])
  })

  test('what somebody is told of changes is heard by their own devices, and by nobody else', async () => {
    await using bench = await arrange()
    await using raw = await connect(bench, ANN)
    await using stranger = await connect(bench, 'bob_web_1')
    expect(await raw.subscribe(topics.inboxChanges('ann'))).toEqual([1])
    expect(await stranger.subscribe(topics.inboxChanges('ann'))).toEqual([128])
    expect(await stranger.subscribe('mchat/inbox/+/changes')).toEqual([128])
    expect(await stranger.subscribe(topics.inbox('bob'))).toEqual([1])
    await bench.publish(topics.inboxChanges('ann'), 'for ann')
    await bench.publish(topics.inbox('bob'), 'for bob')
    await expect.poll(() => texts(raw)).toEqual(['for ann'])
    await expect.poll(() => texts(stranger)).toEqual(['for bob'])
  })

  test('whoever is disabled is thrown out without a will, with everything queued, and does not get in again', async () => {
    await using bench = await arrange()
    await using watcher = await connect(bench, 'bob_web_1')
    await watcher.subscribe(topics.status('ann'))
    const away = await connect(bench, PHONE, { clean: false })
    await away.subscribe(topics.inbox('ann'))
    await away.disconnect()
    const payload = JSON.stringify({ status: 'offline', updated_at: '', device: 'the will' })
    await using raw = await connect(bench, ANN, { will: { topic: topics.status('ann'), payload, retain: true } })
    await raw.subscribe(topics.inbox('ann'))
    await bench.publish(topics.inbox('ann'), 'before')
    await bench.disable('ann')
    await bench.access.syncEmployees(['ann'])
    await bench.publish(topics.inbox('ann'), 'after')
    await raw.closed
    expect(texts(raw)).toEqual(['before'])
    for (const clientId of [ANN, PHONE, 'ann_new_1']) expect(await bench.connect(clientId)).toBeUndefined()
    expect(await watcher.ping()).toBe(true)
    expect(texts(watcher).join()).not.toContain('the will')
  })

  test('a session that has ended is thrown out; the others of the employee stay', async () => {
    await using bench = await arrange()
    await using one = await connect(bench, ANN, { clean: false })
    await using other = await connect(bench, PHONE, { clean: false })
    for (const raw of [one, other]) await raw.subscribe(topics.inbox('ann'))
    await bench.endSession(ANN)
    await bench.access.syncEmployees(['ann'])
    await bench.publish(topics.inbox('ann'), 'after')
    await one.closed
    expect((await other.nextPublish())?.payload.toString()).toBe('after')
    expect(texts(one)).toEqual([])
  })

  test('the connection that asked stays until it was answered, and hears nothing but answers', async () => {
    await using bench = await arrange()
    await using raw = await connect(bench, ANN)
    await raw.subscribe(topics.responses(ANN), topics.inbox('ann'), topics.group('g1'))
    await bench.endSession(ANN)
    await bench.access.syncEmployees(['ann'], ANN)
    if (bench.mutesOneDevice) {
      await bench.publish(topics.inbox('ann'), 'inbox')
      await bench.publish(topics.group('g1'), 'group')
    }
    await bench.publish(topics.response(ANN, 's1'), 'answer')
    expect((await raw.nextPublish())?.payload.toString()).toBe('answer')
    expect(await raw.ping()).toBe(true)
    expect(texts(raw)).toEqual(['answer'])
    if (bench.mutesOneDevice) expect(await raw.subscribe(topics.inbox('ann'))).toEqual([128])
    await bench.access.syncEmployees(['ann'])
    await raw.closed
  })

  testOfGroups('the connection that asked loses what it lost like all the others', async () => {
    await using bench = await arrange()
    await using raw = await connect(bench, ANN)
    await raw.subscribe(topics.inbox('ann'), topics.group('g1'))
    await bench.leave('g1', 'ann')
    await bench.access.syncEmployees(['ann'], ANN)
    await bench.publish(topics.group('g1'), 'group')
    await bench.publish(topics.inbox('ann'), 'inbox')
    expect((await raw.nextPublish())?.payload.toString()).toBe('inbox')
    expect(raw.isClosed).toBe(false)
  })

  testOfGroups('changes and syncs side by side end with what was committed last', async () => {
    await using bench = await arrange()
    await using raw = await connect(bench, ANN)
    for (let round = 0; round < 20; round++) {
      await bench.join('g2', 'ann')
      const joined = bench.access.syncEmployees(['ann'])
      const subscribed = raw.subscribe(topics.group('g2'))
      await bench.leave('g2', 'ann')
      await Promise.all([
        joined,
        subscribed,
        bench.access.syncEmployees(['ann']),
        bench.access.syncEmployees(['ann', 'bob']),
      ])
      await bench.publish(topics.group('g2'), `round ${round}`)
      expect(await raw.ping()).toBe(true)
      expect(texts(raw)).toEqual([])
    }
  })

  testOfGroups('where the broker does not confirm, the caller is told so, and a later sync makes it good', async () => {
    await using bench = await arrange()
    const { failStore } = bench
    if (failStore === undefined) return
    const away = await connect(bench, PHONE, { clean: false })
    await away.subscribe(topics.group('g1'))
    await away.disconnect()
    await bench.publish(topics.group('g1'), 'before')
    await bench.leave('g1', 'ann')
    failStore(true)
    await expect(bench.access.syncEmployees(['ann'])).rejects.toMatchObject({ key: 'revocation_pending' })
    failStore(false)
    await bench.access.syncEmployees(['ann'])
    await bench.publish(topics.group('g1'), 'after')
    await using back = await connect(bench, PHONE, { clean: false })
    expect(await back.ping()).toBe(true)
    expect(texts(back)).toEqual(bench.dropsQueued ? [] : ['before'])
  })

  test('tells a client everything it needs but the secret', async () => {
    await using bench = await arrange()
    for (const clientId of [undefined, ANN]) {
      const connection = bench.access.connection('ann', clientId)
      expect(Value.Check(MqttConnection, connection)).toBe(true)
      expect(connection).toMatchObject({
        mqtt_username: bench.usernameOf('ann', clientId),
        client_id_scheme: '{employee_id}_{device_id}_{uuid}',
      })
      expect(connection.client_id).toBe(clientId)
      expect('mqtt_password' in connection).toBe(false)
    }
  })
}
