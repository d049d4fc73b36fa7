import { expect, test } from 'vitest'
import type { ConfigOverrides } from '../../gateway/src/config.ts'
import { loadAuthorizer } from '../kit/aws-authorizer.ts'
import { type AwsIotServer, startAwsIot } from '../kit/aws-iot.ts'
import { freePort } from '../kit/free-port.ts'
import { startGateway } from '../kit/gateway.ts'
import { RawClient } from '../kit/raw-client.ts'

const HOOK_KEY = 'the-key-that-the-authorizer-shows-to-gateways'

/** An AWS IoT whose authorizer asks whoever listens on this port, with the quotas of AWS. */
const awsFor = async (httpPort: number, key = HOOK_KEY): Promise<AwsIotServer> =>
  startAwsIot(await loadAuthorizer({ url: `http://127.0.0.1:${httpPort}`, key }))

const configFor = (
  aws: AwsIotServer,
  httpPort: number,
  broker: NonNullable<ConfigOverrides['broker']> = {},
): ConfigOverrides => ({
  broker: {
    kind: 'aws-iot',
    url: aws.url,
    password: 'the password of the gateways',
    hookKey: HOOK_KEY,
    connections: 2,
    ...aws.api,
    ...broker,
  },
  groupDelivery: 'inbox',
  limits: { groupMembers: 1000 },
  httpPort,
})

test('people chat over AWS IoT Core, in groups that they are added to and removed from', async () => {
  const httpPort = await freePort()
  await using aws = await awsFor(httpPort)
  await using gateway = await startGateway({ config: configFor(aws, httpPort) })
  const [ann, bob] = [await gateway.hire(), await gateway.hire()]
  const [from, to] = [await ann.connect(), await bob.connect()]
  await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
  expect((await to.inbox.next((m) => m.json.content === 'hello')).json.from_employee_id).toBe(ann.id)

  const away = await bob.connect({ device: 'phone' })
  await away.disconnect()
  const { group_id } = await from.call('group.create', { name: 'Release', member_ids: [bob.id] })
  await from.call('msg.send_group', { group_id, content: 'welcome' })
  await to.inbox.next((m) => m.json.content === 'welcome')
  await from.call('group.member_remove', { group_id, member_ids: [bob.id] })
  await from.call('msg.send_group', { group_id, content: 'among ourselves' })
  await from.call('msg.send_private', { to_employee_id: bob.id, content: 'bye' })
  await to.inbox.next((m) => m.json.content === 'bye')
  expect(to.received.map(({ json }) => json.content)).not.toContain('among ourselves')

  // The answer comes before the connection is closed.
  await to.call('auth.logout', {})
  await to.closed
  expect(aws.broker.discarded).toBe(0)
})

test('a session that is revoked is over at once, and its device does not come back', async () => {
  const httpPort = await freePort()
  await using aws = await awsFor(httpPort)
  await using gateway = await startGateway({ config: configFor(aws, httpPort) })
  const ann = await gateway.hire()
  const device = await ann.connect()
  const office = await gateway.office
  await office.call('session.revoke', { client_id: device.clientId })
  await device.closed
  await expect(ann.connect()).rejects.toThrow()
})

test('whoever loses their session while AWS is still letting them in is thrown out a moment later', async () => {
  const httpPort = await freePort()
  await using aws = await awsFor(httpPort)
  await using gateway = await startGateway({ config: configFor(aws, httpPort) })
  const ann = await gateway.hire()
  const office = await gateway.office
  const [asked, revoked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  aws.broker.admission = async () => {
    asked.resolve()
    await revoked.promise
  }
  await using raw = await RawClient.open(aws.port)
  const connected = raw.connect({ clientId: ann.clientId(), username: ann.id, password: ann.secret })
  await asked.promise
  await office.call('session.revoke', { client_id: ann.clientId() })
  aws.broker.admission = undefined
  revoked.resolve()
  expect(await connected).toBe(0)
  await raw.closed
})

test('what is wrong with an AWS IoT Core is told at the start, in a sentence', async () => {
  const httpPort = await freePort()
  await using aws = await awsFor(httpPort)
  const sentence = async (config: ConfigOverrides): Promise<string> => {
    try {
      await using _gateway = await startGateway({ config })
      return 'it started'
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  expect(await sentence({ ...configFor(aws, httpPort), limits: { groupMembers: 5000 } })).toContain(
    'MCHAT_BROKER_CONNECTIONS must be at least 8.',
  )
  expect(await sentence(configFor(aws, httpPort, { apiSecret: 'another' }))).toMatch(
    /^The data plane of AWS IoT Core at \S+ does not let this gateway use iot:DeleteConnection \(\w+\)\.$/,
  )
  expect(await sentence(configFor(aws, httpPort, { apiUrl: 'http://127.0.0.1:1' }))).toContain(
    'check MCHAT_BROKER_API_URL.',
  )
  expect(await sentence(configFor(aws, httpPort, { hookKey: 'x'.repeat(40) }))).toContain(
    'It asked this gateway with another key than MCHAT_BROKER_HOOK_KEY',
  )
  expect(await sentence(configFor(aws, await freePort()))).toContain('It has not asked this gateway who may connect')
  await using open = await startAwsIot(async ({ protocolData: { mqtt } }) => ({
    isAuthenticated: true,
    principalId: 'everybody',
    disconnectAfterInSeconds: 86_400,
    refreshAfterInSeconds: 86_400,
    policyDocuments: [
      {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: ['iot:Publish', 'iot:Subscribe', 'iot:Receive'], Resource: '*' },
          {
            Effect: 'Allow',
            Action: 'iot:Connect',
            Resource: `arn:aws:iot:eu-central-1:123456789012:client/${mqtt.clientId}`,
          },
        ],
      },
    ],
  }))
  expect(await sentence(configFor(open, httpPort))).toMatch(
    /^The broker allows an unknown user with any password to connect, so MChat does not start: .*broker-config\/aws-iot/,
  )
})
