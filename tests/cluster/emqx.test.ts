import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import type { ConfigOverrides } from '../../gateway/src/config.ts'
import { databases } from '../kit/databases.ts'
import { type EmqxServer, startEmqx } from '../kit/emqx.ts'
import { freePort } from '../kit/free-port.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { RawClient } from '../kit/raw-client.ts'

const HOOK_KEY = 'the-key-that-emqx-shows-to-the-gateways'

/** An EMQX that asks whoever listens on this port. */
const emqxFor = (httpPort: number): Promise<EmqxServer> =>
  startEmqx({ url: `http://127.0.0.1:${httpPort}`, key: HOOK_KEY })

const configFor = (
  emqx: EmqxServer,
  httpPort: number,
  broker: NonNullable<ConfigOverrides['broker']> = {},
): ConfigOverrides => ({
  broker: {
    kind: 'emqx',
    url: emqx.url,
    password: 'the password of the gateways',
    hookKey: HOOK_KEY,
    ...emqx.api,
    ...broker,
  },
  httpPort,
  secret: Buffer.from('the secret of all gateways of a test').toString('base64'),
})

test('people chat over an EMQX, in groups that they are added to and removed from', async () => {
  const httpPort = await freePort()
  await using emqx = await emqxFor(httpPort)
  await using gateway = await startGateway({ config: configFor(emqx, httpPort) })
  const [ann, bob] = [await gateway.hire(), await gateway.hire()]
  const [from, to] = [await ann.connect(), await bob.connect()]
  await from.call('msg.send_private', { to_employee_id: bob.id, content: 'hello' })
  expect((await to.inbox.next((m) => m.json.content === 'hello')).json.from_employee_id).toBe(ann.id)

  const away = await bob.connect({ device: 'phone' })
  await away.disconnect()
  const { group_id } = await from.call('group.create', { name: 'Release', member_ids: [bob.id] })
  await from.call('msg.send_group', { group_id, content: 'welcome' })
  const filter = gateway.topics.group(group_id)
  await expect.poll(() => heard(to, filter)).toContain('welcome')
  const back = await bob.connect({ device: 'phone' })
  await expect.poll(() => heard(back, filter)).toContain('welcome')

  await from.call('group.member_remove', { group_id, member_ids: [bob.id] })
  await from.call('msg.send_group', { group_id, content: 'among ourselves' })
  await from.call('msg.send_private', { to_employee_id: bob.id, content: 'bye' })
  for (const device of [to, back]) {
    await device.inbox.next((m) => m.json.content === 'bye')
    expect(heard(device, filter)).not.toContain('among ourselves')
    expect(await device.subscribe(filter)).toEqual([false])
  }

  // The answer comes before the connection is closed.
  await to.call('auth.logout', {})
  await to.closed
  expect(back.isClosed).toBe(false)
})

type Hearing = {
  readonly received: readonly { readonly topic: string; readonly json: Readonly<Record<string, unknown>> }[]
}

const heard = ({ received }: Hearing, topic: string): unknown[] =>
  received.filter((message) => message.topic === topic).map((message) => message.json.content)

test('any gateway answers for any client, and a revocation by one holds at the other', async () => {
  const kind = databases.find(({ name }) => name === 'postgres')
  if (kind === undefined) throw new Error('There is no PostgreSQL.')
  const [onePort, otherPort] = [await freePort(), await freePort()]
  await using emqx = await emqxFor(onePort)
  await using database = await kind.open()
  await using one = await startGateway({ config: configFor(emqx, onePort), database })
  await using _other: TestGateway = await startGateway({
    config: configFor(emqx, otherPort),
    database,
    dataDir: one.dataDir,
  })
  const [ann, bob] = [await one.hire(), await one.hire()]
  // Requests of either go to either gateway, while EMQX asks the first one only.
  const devices = await Promise.all([ann.connect(), bob.connect(), bob.connect({ device: 'phone' })])
  const [from, to, phone] = devices
  const { group_id } = await from.call('group.create', { name: 'Release', member_ids: [bob.id] })
  const filter = one.topics.group(group_id)
  for (let round = 0; round < 8; round++) {
    await from.call('group.member_remove', { group_id, member_ids: [bob.id] })
    expect(await to.subscribe(filter)).toEqual([false])
    await from.call('group.member_add', { group_id, member_ids: [bob.id] })
    expect(await phone.subscribe(filter)).toEqual([true])
  }
})

test('whoever loses their session while EMQX is still letting them in is thrown out a moment later', async () => {
  const httpPort = await freePort()
  await using emqx = await emqxFor(httpPort)
  await using gateway = await startGateway({ config: configFor(emqx, httpPort) })
  const ann = await gateway.hire()
  const office = await gateway.office
  const [asked, revoked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  emqx.broker.admission = async () => {
    asked.resolve()
    await revoked.promise
  }
  await using raw = await RawClient.open(emqx.port)
  const connected = raw.connect({ clientId: ann.clientId(), username: ann.id, password: ann.secret })
  await asked.promise
  await office.call('session.revoke', { client_id: ann.clientId() })
  emqx.broker.admission = undefined
  revoked.resolve()
  expect(await connected).toBe(0)
  await raw.closed
})

test('what is wrong with an EMQX is told at the start, in a sentence', async () => {
  const httpPort = await freePort()
  await using emqx = await emqxFor(httpPort)
  const sentence = async (config: ConfigOverrides): Promise<string> => {
    try {
      await using _gateway = await startGateway({ config })
      return 'it started'
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  expect(await sentence(configFor(emqx, httpPort, { apiSecret: 'another' }))).toMatch(
    /^The REST API of EMQX at \S+ does not accept MCHAT_BROKER_API_KEY with MCHAT_BROKER_API_SECRET\.$/,
  )
  expect(await sentence(configFor(emqx, httpPort, { apiUrl: 'http://127.0.0.1:1' }))).toContain(
    'does not answer as EMQX 5 does; check MCHAT_BROKER_API_URL.',
  )
  expect(await sentence(configFor(emqx, httpPort, { hookKey: 'x'.repeat(40) }))).toContain(
    'It asked this gateway with another key than MCHAT_BROKER_HOOK_KEY; look at the HTTP authentication of EMQX (docs/brokers-emqx.md).',
  )
  expect(await sentence(configFor(emqx, await freePort()))).toContain('It has not asked this gateway who may connect')
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"result":"allow","is_superuser":false}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await using open = await emqxFor(typeof address === 'object' && address !== null ? address.port : 0)
  expect(await sentence(configFor(open, httpPort))).toMatch(
    /^The broker allows an unknown user with any password to connect, so MChat does not start: .*broker-config\/emqx/,
  )
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
