import { DeleteConnectionCommand, IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Authorizer, type AuthorizerEvent, type AwsIotServer, type Quotas, startAwsIot } from './aws-iot.ts'
import { RawClient } from './raw-client.ts'
import type { ConnectFields } from './raw-packets.ts'

/** As policies write it. */
const CLIENT_ID = `\${iot:ClientId}`
const ARN = 'arn:aws:iot:eu-central-1:123456789012:'

const statement = (effect: 'Allow' | 'Deny', action: string | string[], ...resources: string[]) => ({
  Effect: effect,
  Action: action,
  Resource: resources.map((resource) => ARN + resource),
})
const allow = (action: string | string[], ...resources: string[]) => statement('Allow', action, ...resources)

const CONNECT_AS_ANYTHING = {
  ...allow('iot:Connect', 'client/*'),
  Condition: { 'ForAllValues:StringEquals': { 'iot:ConnectAttributes': ['PersistentConnect', 'LastWill'] } },
}
const EVERYTHING = [
  CONNECT_AS_ANYTHING,
  allow(['iot:Publish', 'iot:RetainPublish', 'iot:Receive'], 'topic/*'),
  allow('iot:Subscribe', 'topicfilter/*'),
]

const answer = (...statements: object[]) => ({
  isAuthenticated: true,
  principalId: 'ann1',
  disconnectAfterInSeconds: 86_400,
  refreshAfterInSeconds: 300,
  policyDocuments: [{ Version: '2012-10-17', Statement: statements }],
})

describe('the stand-in for AWS IoT Core', () => {
  let opened: AsyncDisposableStack
  let aws: AwsIotServer

  beforeEach(() => {
    opened = new AsyncDisposableStack()
  })
  afterEach(() => opened.disposeAsync())

  /** @param authorizer what it answers, or the function itself */
  const start = async (authorizer: Authorizer | object, quotas: Partial<Quotas> = {}): Promise<void> => {
    const asked = typeof authorizer === 'function' ? (authorizer as Authorizer) : async () => authorizer
    aws = opened.use(await startAwsIot(asked, { quotas: { connectsPerSecond: Number.POSITIVE_INFINITY, ...quotas } }))
  }

  const open = async (options?: { readonly acknowledges: boolean }): Promise<RawClient> =>
    opened.use(await RawClient.open(aws.port, options))

  /** With MQTT 3.1.1. */
  const connect = async (clientId: string, fields: Partial<ConnectFields> = {}): Promise<RawClient> => {
    const client = await open()
    expect(await client.connect({ clientId, ...fields })).toBe(0)
    return client
  }

  const connect5 = async (clientId: string, options: IClientOptions = {}): Promise<MqttClient> => {
    const client = await connectAsync(aws.url, { protocolVersion: 5, clientId, reconnectPeriod: 0, ...options })
    opened.defer(() => client.endAsync(true))
    return client
  }

  /** Resolves when the broker has handed the message out. */
  const publish = async (client: RawClient, topic: string, payload = 'x', retain = false): Promise<void> => {
    await client.publish({ topic, payload, qos: 1, retain })
    expect(await client.next('puback')).toBeDefined()
  }

  /** What it has been sent until now. */
  const received = async (client: RawClient): Promise<string[]> => {
    expect(await client.ping()).toBe(true)
    return client.publishes.map(({ payload }) => payload.toString())
  }

  test('asks the authorizer as AWS does, and says what it can', async () => {
    const events: AuthorizerEvent[] = []
    const arns: string[] = []
    await start(async (event: AuthorizerEvent, context: { invokedFunctionArn: string }) => {
      events.push(event)
      arns.push(context.invokedFunctionArn)
      return answer(...EVERYTHING)
    })
    const client = await connect5('ann', { username: 'e1', password: 'secret' })
    expect(events).toMatchObject([
      {
        signatureVerified: false,
        protocols: ['tls', 'mqtt'],
        protocolData: { mqtt: { username: 'e1', password: 'c2VjcmV0', clientId: 'ann' } },
        connectionMetadata: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    ])
    expect(arns).toEqual(['arn:aws:lambda:eu-central-1:123456789012:function:mchat-authorizer'])
    expect(client.connected).toBe(true)
    const raw = await open()
    expect(await raw.connect({ clientId: 'bob', level: 5 })).toBe(0)
    const connack = raw.packets[0]?.body.toString('hex')
    expect(connack).toContain('210064')
    expect(connack).toContain('2401')
    expect(connack).toContain('2700024800')
    expect([...aws.broker.connections.keys()]).toEqual(['ann', 'bob'])
  })

  const good = answer(...EVERYTHING)
  const withPolicy = (document: unknown) => ({ ...good, policyDocuments: [document] })
  const withStatement = (changes: object) => answer({ ...allow('iot:Publish', 'topic/a'), ...changes })
  test.each<[reason: string, answer: unknown]>([
    ['isAuthenticated is false', { isAuthenticated: false }],
    ['isAuthenticated is no boolean', { ...good, isAuthenticated: 'true' }],
    ['answered no object', [good]],
    ['answered no object', undefined],
    ['answered context, which is unknown', { ...good, context: {} }],
    ['principalId', { ...good, principalId: 'e1_d1' }],
    ['disconnectAfterInSeconds', { ...good, disconnectAfterInSeconds: 299 }],
    ['refreshAfterInSeconds', { ...good, refreshAfterInSeconds: 86_401 }],
    ['policyDocuments is no array', { ...good, policyDocuments: good.policyDocuments[0] }],
    ['more than 10 policy documents', { ...good, policyDocuments: Array(11).fill(good.policyDocuments[0]) }],
    ['is no JSON object', withPolicy('{')],
    [
      'has 2[0-9]+ characters',
      withPolicy({ Version: '2012-10-17', Statement: [allow('iot:Publish', `topic/${'a'.repeat(2000)}`)] }),
    ],
    ['Version', withPolicy({ Version: '2008-10-17', Statement: EVERYTHING })],
    ['Statement is no array', withPolicy({ Version: '2012-10-17', Statement: EVERYTHING[0] })],
    ['unknown element Sid', withStatement({ Sid: 'one' })],
    ['Effect', withStatement({ Effect: 'allow' })],
    ['unknown action', withStatement({ Action: 'iot:*' })],
    ['not of this account', withStatement({ Resource: 'arn:aws:iot:us-east-1:123456789012:topic/a' })],
    ['not of this account', withStatement({ Resource: `${ARN}topic/\${iot:Connection.Thing.ThingName}` })],
    ['unknown condition', withStatement({ Condition: CONNECT_AS_ANYTHING.Condition })],
    ['unknown condition', withStatement({ Action: 'iot:Connect', Condition: { StringEquals: {} } })],
    ['no statement allows iot:Connect', answer(allow('iot:Publish', 'topic/*'))],
  ])('lets nobody in when the answer is bad: %s', async (reason, bad) => {
    await start(async () => bad)
    const client = await open()
    expect(await client.connect({ clientId: 'ann' })).toBe(5)
    await client.closed
    expect(aws.broker.refusals).toEqual([expect.stringMatching(`^ann: .*${reason}`)])
    await expect(connect5('ann')).rejects.toMatchObject({ code: 135 })
  })

  test('lets nobody in when the authorizer fails or takes too long', async () => {
    const authorizer: Authorizer = async (event) => {
      if (event.protocolData.mqtt.clientId === 'ann') throw new Error('no database')
      return new Promise(() => undefined)
    }
    await start(authorizer, { authorizerSeconds: 0.05 })
    expect(await (await open()).connect({ clientId: 'ann' })).toBe(5)
    expect(await (await open()).connect({ clientId: 'bob' })).toBe(5)
    expect(aws.broker.refusals).toEqual([
      'ann: the authorizer failed: no database',
      'bob: the authorizer failed: no answer within 0.05 s',
    ])
  })

  test('allows no persistent session and no will unless a condition does', async () => {
    const will = { topic: 'w', payload: 'gone' }
    await start(answer(allow('iot:Connect', 'client/e1_*')))
    expect(await (await open()).connect({ clientId: 'e2_d1' })).toBe(5)
    expect(await (await open()).connect({ clientId: 'e1_d1' })).toBe(0)
    expect(await (await open()).connect({ clientId: 'e1_d2', clean: false })).toBe(5)
    expect(await (await open()).connect({ clientId: 'e1_d3', will })).toBe(5)
    await expect(connect5('e1_d4', { properties: { sessionExpiryInterval: 60 } })).rejects.toMatchObject({ code: 135 })
    await start(answer(CONNECT_AS_ANYTHING))
    expect(await (await open()).connect({ clientId: 'e1_d2', clean: false, will })).toBe(0)
  })

  test('lets publish what the policy allows, where a Deny wins and + is a character like others', async () => {
    await start(
      answer(
        CONNECT_AS_ANYTHING,
        allow('iot:Publish', `topic/own/${CLIENT_ID}/*`, 'topic/kept', 'topic/any/+/x'),
        statement('Deny', 'iot:Publish', 'topic/own/*/secret'),
      ),
    )
    const client = await connect5('ann')
    await client.publishAsync('own/ann/a/b', 'x', { qos: 1 })
    for (const topic of ['own/bob/a', 'own/ann/secret', 'any/1/x']) {
      await expect(client.publishAsync(topic, 'x', { qos: 1 })).rejects.toMatchObject({ code: 135 })
    }
    await client.publishAsync('kept', 'x', { qos: 1 })
    await expect(client.publishAsync('kept', 'x', { qos: 1, retain: true })).rejects.toMatchObject({ code: 135 })
    const old = await connect('bob')
    await old.publish({ topic: 'own/ann/a', qos: 1 })
    await old.closed
    expect(old.packets.map(({ type }) => type)).toEqual(['connack'])
  })

  test('grants what the policy allows, of a shared subscription both names, and no more than its quotas', async () => {
    const shared = ['topicfilter/$share/g/a/+', 'topicfilter/b', 'topicfilter/$share/g/b']
    await start(answer(CONNECT_AS_ANYTHING, allow('iot:Subscribe', ...shared)), { subscriptionsPerConnection: 2 })
    const client = await connect('ann')
    expect(await client.subscribe('$share/g/a/+', 'a/+', '$share/g/b')).toEqual([128, 128, 1])
    expect(await client.subscribe({ filter: 'b', qos: 0 }, 'b', '$share/g/b')).toEqual([0, 1, 1])
    const newer = await connect5('bob')
    await expect(newer.subscribeAsync('$share/g/a/+', { qos: 1 })).rejects.toThrow()
    await start(answer(...EVERYTHING), { subscriptionsPerConnection: 9 })
    const busy = await connect('carl')
    expect(await busy.subscribe(...'12345678')).toEqual(Array(8).fill(1))
    expect(await busy.subscribe('9', '10')).toEqual([1, 128])
    expect(await busy.subscribe(...'123456789')).toBeUndefined()
  })

  test('looks at the policy again at each delivery, and asks for it when told to', async () => {
    let statements: object[] = EVERYTHING
    await start(async () => answer(...statements))
    const [ann, bob] = [await connect('ann', { clean: false }), await connect('bob')]
    await ann.subscribe('g/#')
    await publish(bob, 'g/1', 'before')
    statements = [...EVERYTHING, statement('Deny', 'iot:Receive', 'topic/g/*')]
    await aws.broker.refreshPolicies()
    await publish(bob, 'g/1', 'after')
    expect(await received(ann)).toEqual(['before'])
    statements = [allow('iot:Connect', 'client/bob')]
    await aws.broker.refreshPolicies()
    await ann.closed
    expect([...aws.broker.connections.keys()]).toEqual(['bob'])
  })

  test('publishes the will of whoever is gone or replaced, unless it was not allowed', async () => {
    const forbidden = statement('Deny', 'iot:Publish', 'topic/will/bob')
    await start(answer(...EVERYTHING, forbidden))
    const watcher = await connect('watcher')
    await watcher.subscribe('will/+')
    for (const clientId of ['ann', 'bob', 'carl']) {
      await connect(clientId, { will: { topic: `will/${clientId}`, payload: clientId, qos: 1 } })
    }
    await connect('bob')
    const again = await connect('ann')
    expect((await watcher.nextPublish())?.topic).toBe('will/ann')
    await (await connect('carl', { will: { topic: 'will/carl', payload: 'twice' } })).disconnect()
    expect((await watcher.nextPublish())?.topic).toBe('will/carl')
    await again.disconnect()
    expect(await received(watcher)).toEqual(['ann', 'carl'])
  })

  test('keeps for a persistent session what was missed or not acknowledged, for one version of MQTT', async () => {
    await start(answer(...EVERYTHING), { storedPerSecond: 1 })
    const bob = await connect('bob')
    const ann = await open({ acknowledges: false })
    await ann.connect({ clientId: 'ann', clean: false })
    await ann.subscribe('a')
    await publish(bob, 'a', 'not acknowledged')
    await ann.nextPublish()
    await ann.disconnect()
    await publish(bob, 'a', 'missed')
    const back = await connect('ann', { clean: false })
    expect(back.packets[0]?.body[0]).toBe(1)
    const first = await back.nextPublish()
    expect([first?.payload.toString(), first?.dup]).toEqual(['not acknowledged', false])
    expect(await received(back)).toEqual(['not acknowledged'])
    expect((await back.nextPublish())?.payload.toString()).toBe('missed')
    await back.disconnect()
    const newer = await open()
    await newer.connect({ clientId: 'ann', clean: false, level: 5 })
    expect(newer.packets[0]?.body[0]).toBe(0)
  })

  test('passes on what MQTT 5 says of a message, with the time that is left', async () => {
    await start(answer(...EVERYTHING))
    const [ann, bob] = [await connect5('ann'), await connect5('bob')]
    await ann.subscribeAsync('a', { qos: 1 })
    const told = new Promise((resolve) => ann.once('message', (_topic, _payload, packet) => resolve(packet.properties)))
    const properties = { messageExpiryInterval: 60, responseTopic: 'b', userProperties: { k: 'v' } }
    await bob.publishAsync('a', 'x', { qos: 1, properties })
    expect(await told).toEqual({ ...properties, messageExpiryInterval: expect.toBeOneOf([59, 60]) })
  })

  test('gives what is retained to the topic itself, and `a/#` nothing of `a`', async () => {
    await start(answer(...EVERYTHING))
    const [ann, bob] = [await connect('ann'), await connect('bob')]
    await publish(bob, 'a', 'retained', true)
    await ann.subscribe('a/#', '$share/g/a')
    await publish(bob, 'a', 'for the group')
    await publish(bob, 'a/', 'below')
    expect(await received(ann)).toEqual(['for the group', 'below'])
    await ann.subscribe('+')
    expect(await received(ann)).toHaveLength(2)
    await ann.subscribe('a')
    expect(await received(ann)).toEqual(['for the group', 'below', 'retained'])
    expect(ann.publishes.at(-1)?.retain).toBe(true)
  })

  test('hands out to members that are online, and again to nobody', async () => {
    await start(answer(...EVERYTHING))
    const bob = await connect('bob')
    const one = await open({ acknowledges: false })
    await one.connect({ clientId: 'one' })
    const two = await connect('two', { clean: false })
    for (const member of [one, two]) await member.subscribe('$share/g/r/+')
    for (const payload of ['1', '2', '3', '4']) await publish(bob, 'r/1', payload)
    expect(await received(one)).toEqual(['1', '3'])
    await one.disconnect()
    await publish(bob, 'r/1', '5')
    expect(await received(two)).toEqual(['2', '4', '5'])
    await two.disconnect()
    await publish(bob, 'r/1', '6')
    const three = await connect('three')
    await three.subscribe('$share/g/r/+')
    expect((await three.nextPublish())?.payload.toString()).toBe('6')
  })

  test('discards what is published too fast, and sends the rest later', async () => {
    await start(answer(...EVERYTHING), { publishesPerSecond: 2 })
    const [ann, bob, carl] = [await connect('ann'), await connect('bob'), await connect('carl')]
    await ann.subscribe('a')
    const from = performance.now()
    for (const packetId of [1, 2, 3]) await bob.publish({ topic: 'a', payload: String(packetId), qos: 1, packetId })
    await bob.ping()
    expect(bob.packets.filter(({ type }) => type === 'puback')).toHaveLength(2)
    expect(aws.broker.discarded).toBe(1)
    await publish(carl, 'a', 'later')
    expect(await received(ann)).toEqual(['1', '2'])
    for (const payload of ['1', '2', 'later']) expect((await ann.nextPublish())?.payload.toString()).toBe(payload)
    expect(performance.now() - from).toBeGreaterThan(900)
    expect(aws.broker.discarded).toBe(1)
  })

  test('has no more under way than a client acknowledges, and lets it come back once a second', async () => {
    await start(answer(...EVERYTHING), { unacknowledged: 2, connectsPerSecond: 1 })
    const bob = await connect('bob')
    const ann = await open({ acknowledges: false })
    await ann.connect({ clientId: 'ann' })
    await ann.subscribe('a')
    for (const payload of ['1', '2', '3']) await publish(bob, 'a', payload)
    expect(await received(ann)).toEqual(['1', '2'])
    expect(await (await open()).connect({ clientId: 'ann' })).toBe(3)
    expect(await ann.ping()).toBe(true)
  })

  test.each([
    ['of QoS 2', { topic: 'a', qos: 2 }],
    ['to a topic with eight slashes', { topic: 'a/b/c/d/e/f/g/h/i' }],
    ['to a topic of more than 256 bytes', { topic: 'ü'.repeat(129) }],
    ['to a topic with a wildcard', { topic: 'a/+' }],
    ['to a topic of AWS', { topic: '$aws/a' }],
    ['of more than 128 KiB', { topic: 'a', payload: 'x'.repeat(131_073) }],
  ])('ends the connection at a message %s', async (_name, fields) => {
    await start(answer(...EVERYTHING))
    const client = await connect('ann')
    await client.publish(fields)
    await client.closed
  })

  test('takes a message that is as large as it may be', async () => {
    await start(answer(...EVERYTHING))
    await publish(await connect('ann'), 'a/b/c/d/e/f/g/h', 'x'.repeat(131_072))
  })

  test('ends the connection of a client that does not wait for the CONNACK', async () => {
    await start(() => new Promise(() => undefined))
    const client = await open()
    const connected = client.connect({ clientId: 'ann' })
    await client.publish({ topic: 'a' })
    expect(await connected).toBeUndefined()
  })

  describe('DeleteConnection', () => {
    const clientOf = (secret = aws.api.apiSecret): IoTDataPlaneClient => {
      const { apiKey: accessKeyId, apiUrl: endpoint, region } = aws.api
      const client = new IoTDataPlaneClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey: secret } })
      opened.defer(() => client.destroy())
      return client
    }

    beforeEach(() => start(answer(...EVERYTHING)))

    test('ends the connection with or without will and session', async () => {
      const [watcher, sdk] = [await connect('watcher'), clientOf()]
      await watcher.subscribe('will')
      const fields = { clean: false, will: { topic: 'will', payload: 'gone' } }
      const ann = await connect('ann', fields)
      const { $metadata } = await sdk.send(new DeleteConnectionCommand({ clientId: 'ann' }))
      expect($metadata.httpStatusCode).toBe(200)
      await ann.closed
      expect((await watcher.nextPublish())?.payload.toString()).toBe('gone')
      const back = await connect('ann', fields)
      expect(back.packets[0]?.body[0]).toBe(1)
      await sdk.send(new DeleteConnectionCommand({ clientId: 'ann', cleanSession: true, preventWillMessage: true }))
      await back.closed
      expect((await connect('ann', { clean: false })).packets[0]?.body[0]).toBe(0)
      expect(await received(watcher)).toEqual(['gone'])
      expect(aws.dataPlane.calls).toEqual([
        'DELETE /connections/ann',
        'DELETE /connections/ann?cleanSession=true&preventWillMessage=true',
      ])
    })

    test('tells a client of MQTT 5 why, whatever its name', async () => {
      const clientId = "ann's ü/d 1*(2)"
      const client = await connect5(clientId)
      const told = new Promise((resolve) => client.once('disconnect', resolve))
      await clientOf().send(new DeleteConnectionCommand({ clientId }))
      expect(await told).toMatchObject({ reasonCode: 152 })
      expect(aws.dataPlane.calls).toEqual(['DELETE /connections/ann%27s%20%C3%BC%2Fd%201%2A%282%29'])
    })

    test('does not find a client that is away, and leaves its session', async () => {
      await (await connect('ann', { clean: false })).disconnect()
      const deleted = clientOf().send(new DeleteConnectionCommand({ clientId: 'ann', cleanSession: true }))
      await expect(deleted).rejects.toMatchObject({ name: 'ResourceNotFoundException', $metadata: { attempts: 1 } })
      expect((await connect('ann', { clean: false })).packets[0]?.body[0]).toBe(1)
    })

    test('believes nobody without the secret, and fails when told to', async () => {
      const ann = await connect('ann')
      const command = new DeleteConnectionCommand({ clientId: 'ann' })
      await expect(clientOf('another').send(command)).rejects.toMatchObject({
        name: 'ForbiddenException',
        $metadata: { httpStatusCode: 403 },
      })
      expect((await fetch(`${aws.api.apiUrl}/connections/ann`, { method: 'DELETE' })).status).toBe(403)
      aws.dataPlane.fails = { status: 503, body: { message: 'later' } }
      await expect(clientOf().send(command)).rejects.toMatchObject({ $metadata: { httpStatusCode: 503, attempts: 3 } })
      expect(aws.dataPlane.calls).toHaveLength(5)
      expect(await ann.ping()).toBe(true)
    })
  })
})
