import { createTopics } from '@mchat/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveHooks } from '../../../tests/conformance/hook-server.ts'
import { openOrganisation } from '../../../tests/conformance/organisation.ts'
import { connectionRules } from '../../src/access/emqx/acl.ts'
import { createEmqxHooks } from '../../src/access/emqx/hooks.ts'
import { createProbes } from '../../src/access/hooks/probes.ts'
import { createVerifiedLogin } from '../../src/access/login.ts'
import { hashToken } from '../../src/access/tokens.ts'
import { credentials } from '../../src/db/repositories/credentials.ts'

const topics = createTopics()
const KEY = 'the-key-that-emqx-shows-to-the-gateways'
const GATEWAY = { username: 'gateway', password: 'the password of the gateways' }
const AUTHENTICATION = '/broker/emqx/authentication'
const AUTHORIZATION = '/broker/emqx/authorization'

const stack = new AsyncDisposableStack()
let organisation: Awaited<ReturnType<typeof openOrganisation>>
let url = ''
let isBroken = false
const refused: string[] = []
const admitted: string[] = []
const probesOf = (secret: number) => createProbes(Buffer.alloc(32, secret), organisation.clock)

beforeAll(async () => {
  organisation = stack.use(await openOrganisation())
  const { directory } = organisation
  const login = createVerifiedLogin({ ...organisation.login, onSurplus: async () => {} })
  const { hooks } = createEmqxHooks({
    topics,
    directory,
    groupDelivery: 'topic',
    hookKey: KEY,
    gateway: GATEWAY,
    login(given) {
      if (isBroken) throw new Error('the database is away')
      return login(given)
    },
    probes: probesOf(1),
    arrivals: { coming: () => ({ admitted: (clientId) => void admitted.push(clientId) }) },
    onRefused: (clientId) => void refused.push(clientId),
    onError: () => {},
  })
  url = await serveHooks(hooks, stack)
  for (const employeeId of ['ann', 'bob', 'gateway']) await organisation.hire(employeeId)
  await organisation.found('g1')
  await organisation.join('g1', 'ann')
})
afterAll(() => stack.disposeAsync())

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mchat-hook-key': KEY, ...headers },
    body,
  })
const ask = async (path: string, body: object): Promise<unknown> => {
  const response = await post(path, JSON.stringify(body))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('application/json')
  return await response.json()
}
/** As `broker-config/emqx/emqx.conf` makes EMQX write it. */
const who = (clientid: string, username: string, password: string) => ({
  clientid,
  username,
  password,
  peerhost: '127.0.0.1',
  cn: '',
})
const what = (clientid: string, action: 'publish' | 'subscribe', topic: string, retain = false) => ({
  clientid,
  username: clientid.split('_')[0] ?? '',
  action,
  topic,
  qos: '1',
  retain: String(retain),
})
const tokenOf = (employeeId: string): string => organisation.secrets.get(employeeId) ?? ''
const DENY = { result: 'deny' }

describe('who may connect', () => {
  test('an employee with a credential, who then has a session', async () => {
    expect(await ask(AUTHENTICATION, who('ann_web_1', 'ann', tokenOf('ann')))).toEqual({
      result: 'allow',
      is_superuser: false,
      acl: connectionRules(topics, 'ann_web_1'),
    })
    expect(await organisation.directory.sessions.get('ann_web_1')).toMatchObject({ employeeId: 'ann', endReason: null })
    expect(admitted).toContain('ann_web_1')
  })

  test('with their own client_id, and nobody else’s', async () => {
    for (const clientId of ['bob_web_1', 'mchat_web_1', 'ann_web_1/x', 'ann_web_#', '']) {
      expect(await ask(AUTHENTICATION, who(clientId, 'ann', tokenOf('ann')))).toEqual(DENY)
    }
    expect(await ask(AUTHENTICATION, who('ann_web_1', 'bob', tokenOf('bob')))).toEqual(DENY)
    expect(await ask(AUTHENTICATION, who('ann_web_1', 'ann', tokenOf('bob')))).toEqual(DENY)
    expect(await ask(AUTHENTICATION, who('ann_web_1', '', ''))).toEqual(DENY)
    expect(refused).toContain('bob_web_1')
  })

  test('until the credential ends, in whole seconds', async () => {
    const { clock, database } = organisation
    const expires_at = new Date(clock.now() + 60_500)
    const credential = { credential_id: 'cred_short', employee_id: 'ann', client_id: 'ann_short_1' }
    const secret_hash = hashToken('a'.repeat(43))
    await credentials.insert(database.kysely, {
      ...credential,
      kind: 'token',
      secret_hash,
      now: clock.date(),
      expires_at,
    })
    const answer = await ask(AUTHENTICATION, who('ann_short_1', 'ann', 'a'.repeat(43)))
    expect(answer).toMatchObject({ result: 'allow', expire_at: Math.floor(expires_at.getTime() / 1000) })
    expect(await ask(AUTHENTICATION, who('ann_other_1', 'ann', 'a'.repeat(43)))).toEqual(DENY)
  })

  test('a gateway, which may do everything; an employee of the same name may not', async () => {
    const { password, username } = GATEWAY
    const superuser = { result: 'allow', is_superuser: true }
    for (const clientId of ['mchat_gateway_host-1', 'mchat_out_host-1', 'mchat_gateway.svc_host-1']) {
      expect(await ask(AUTHENTICATION, who(clientId, username, password))).toEqual(superuser)
    }
    expect(await ask(AUTHENTICATION, who('mchat_out_1', username, `${password}x`))).toEqual(DENY)
    expect(await ask(AUTHENTICATION, who('mchat_out_1', 'gateways', password))).toEqual(DENY)
    // An employee_id like any other: the client_id tells them apart.
    expect(await ask(AUTHENTICATION, who('gateway_web_1', username, password))).toEqual(DENY)
    expect(await ask(AUTHENTICATION, who('mchat_out_1', username, tokenOf('gateway')))).toEqual(DENY)
    const own = await ask(AUTHENTICATION, who('gateway_web_1', username, tokenOf('gateway')))
    expect(own).toMatchObject({ is_superuser: false })
  })

  test('a test of the broker, for a minute, with its own exchange and nothing else', async () => {
    const { clientId, password, username } = probesOf(1).issue()
    const answer = await ask(AUTHENTICATION, who(clientId, username, password))
    expect(answer).toEqual({
      result: 'allow',
      is_superuser: false,
      acl: [
        { permission: 'allow', action: 'publish', topic: `mchat/msg/req/${clientId}/+`, retain: false },
        { permission: 'allow', action: 'subscribe', topic: `eq mchat/msg/resp/${clientId}/+` },
      ],
      expire_at: Math.floor(organisation.clock.now() / 1000) + 60,
    })
    const foreign = { ...what(clientId, 'subscribe', topics.inbox('mchat')), username }
    expect(await ask(AUTHORIZATION, foreign)).toEqual(DENY)
    expect(await ask(AUTHORIZATION, { ...foreign, username: 'mchat' })).toEqual(DENY)
    const later = username.replace(/[0-9]+$/, (seconds) => String(Number(seconds) + 1))
    for (const login of [
      who(
        clientId.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
        username,
        password,
      ),
      who(clientId, later, password),
      who('mchat_out_1', username, password),
      who('ann_web_1', username, password),
      who(clientId, username, ''),
    ]) {
      expect(await ask(AUTHENTICATION, login)).toEqual(DENY)
    }
    const ofAnother = probesOf(2).issue()
    expect(await ask(AUTHENTICATION, who(ofAnother.clientId, ofAnother.username, ofAnother.password))).toEqual(DENY)
    organisation.clock.advance(60_000)
    expect(await ask(AUTHENTICATION, who(clientId, username, password))).toEqual(DENY)
  })

  test('nobody while it cannot be found out', async () => {
    isBroken = true
    expect(await ask(AUTHENTICATION, who('ann_web_1', 'ann', tokenOf('ann')))).toEqual(DENY)
    isBroken = false
  })
})

describe('what a client may do', () => {
  test.each([
    ['subscribe', topics.inbox('ann'), 'allow'],
    ['subscribe', topics.group('g1'), 'allow'],
    ['subscribe', topics.groupStream('g1'), 'allow'],
    ['subscribe', topics.status('bob'), 'allow'],
    ['subscribe', topics.inbox('bob'), 'deny'],
    ['subscribe', topics.group('g2'), 'deny'],
    ['subscribe', `${topics.group('g1')}/#`, 'deny'],
    ['subscribe', 'mchat/status/#', 'deny'],
    ['subscribe', '#', 'deny'],
    ['subscribe', topics.requests, 'deny'],
    ['subscribe', topics.auditHead, 'deny'],
    ['subscribe', '', 'deny'],
    ['publish', topics.status('ann'), 'allow'],
    ['publish', topics.status('bob'), 'deny'],
    ['publish', topics.request('bob_web_1', 's1'), 'deny'],
    ['publish', topics.inbox('ann'), 'deny'],
    ['publish', topics.group('g1'), 'deny'],
  ] as const)('%s %s: %s', async (action, topic, result) => {
    expect(await ask(AUTHORIZATION, what('ann_web_1', action, topic))).toEqual({ result })
  })

  test('retained where that is for them, and with whatever EMQX makes of numbers', async () => {
    expect(await ask(AUTHORIZATION, what('ann_web_1', 'publish', topics.status('ann'), true))).toEqual({
      result: 'allow',
    })
    const request = topics.request('ann_web_1', 's1')
    expect(await ask(AUTHORIZATION, what('ann_web_1', 'publish', request, true))).toEqual(DENY)
    const asJson = { ...what('ann_web_1', 'publish', request), qos: 1, retain: true }
    expect(await ask(AUTHORIZATION, asJson)).toEqual(DENY)
    expect(await ask(AUTHORIZATION, { ...asJson, retain: false })).toEqual({ result: 'allow' })
  })

  test('as nobody but the owner of the client_id, and with a session', async () => {
    const inbox = what('ann_web_1', 'subscribe', topics.inbox('ann'))
    expect(await ask(AUTHORIZATION, { ...inbox, username: 'bob' })).toEqual(DENY)
    expect(await ask(AUTHORIZATION, { ...inbox, clientid: 'ann_never_1' })).toEqual(DENY)
  })

  test('no more when the session has ended: the will is judged then', async () => {
    expect(await ask(AUTHENTICATION, who('bob_web_1', 'bob', tokenOf('bob')))).toMatchObject({ result: 'allow' })
    const will = what('bob_web_1', 'publish', topics.status('bob'), true)
    expect(await ask(AUTHORIZATION, will)).toEqual({ result: 'allow' })
    await organisation.disable('bob')
    expect(await ask(AUTHORIZATION, will)).toEqual(DENY)
    expect(await ask(AUTHENTICATION, who('bob_web_1', 'bob', tokenOf('bob')))).toEqual(DENY)
  })
})

describe('what is asked without need', () => {
  test('nothing that belongs to an employee or a group is in what EMQX holds on to', () => {
    const listed = connectionRules(topics, 'ann_web_1').map(({ action, topic }) => `${action} ${topic}`)
    expect(listed).toContain('publish mchat/msg/req/ann_web_1/+')
    expect(listed).toContain('subscribe eq mchat/status/+')
    for (const line of listed) expect(line).not.toMatch(/inbox|group|sync|audit|publish mchat\/status|\{|\$/)
  })
})

describe('bad questions', () => {
  test.each([AUTHENTICATION, AUTHORIZATION])('%s without the key: 401 and nothing else', async (path) => {
    const body = JSON.stringify(who('ann_web_1', 'ann', tokenOf('ann')))
    for (const key of ['', 'x', `${KEY}x`, KEY.slice(1)]) {
      const response = await post(path, body, { 'x-mchat-hook-key': key })
      expect({ status: response.status, text: await response.text() }).toEqual({ status: 401, text: '' })
    }
    const without = await fetch(url + path, { method: 'POST', body: '{' })
    expect({ status: without.status, text: await without.text() }).toEqual({ status: 401, text: '' })
  })

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a text', '"ann"'],
    ['a list', '[]'],
    ['null', 'null'],
    ['a field too few', JSON.stringify({ clientid: 'a', username: 'a', password: 'a', peerhost: '' })],
    ['a field too many', JSON.stringify({ ...who('a', 'a', 'a'), is_superuser: true })],
    ['a number', JSON.stringify({ ...who('a', 'a', 'a'), username: 1 })],
    ['a list for a text', JSON.stringify({ ...who('a', 'a', 'a'), username: ['a'] })],
    ['a long password', JSON.stringify(who('a', 'a', 'a'.repeat(5000)))],
    ['broken UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
  ])('authentication with %s: 400', async (_name, body) => {
    expect((await post(AUTHENTICATION, body)).status).toBe(400)
  })

  test.each([
    ['another action', { action: 'all' }],
    ['another qos', { qos: '3' }],
    ['another retain', { retain: 'yes' }],
    ['a field too many', { more: '' }],
    ['no topic', { topic: undefined }],
  ])('authorisation with %s: 400', async (_name, change) => {
    const body = JSON.stringify({ ...what('ann_web_1', 'subscribe', topics.inbox('ann')), ...change })
    expect((await post(AUTHORIZATION, body)).status).toBe(400)
  })

  test('a body without end is not read, and other ways of asking are not there', async () => {
    const large = await post(AUTHENTICATION, `"${'a'.repeat(64 * 1024)}"`)
    expect(large.status).toBe(413)
    expect((await fetch(url + AUTHENTICATION, { headers: { 'x-mchat-hook-key': KEY } })).status).toBe(404)
    const text = await post(AUTHENTICATION, 'clientid=ann', { 'content-type': 'application/x-www-form-urlencoded' })
    expect(text.status).toBe(400)
  })
})
