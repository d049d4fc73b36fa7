import { createTopics } from '@mchat/schema'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveHooks } from '../../../tests/conformance/hook-server.ts'
import { openOrganisation } from '../../../tests/conformance/organisation.ts'
import { createAuthorizer } from '../../src/access/aws-iot/authorizer.ts'
import { clientPolicy, gatewayPolicy, type PolicyDocument } from '../../src/access/aws-iot/policy.ts'
import { createProbes } from '../../src/access/hooks/probes.ts'
import { createVerifiedLogin } from '../../src/access/login.ts'
import { hashToken } from '../../src/access/tokens.ts'
import { credentials } from '../../src/db/repositories/credentials.ts'

const topics = createTopics()
const KEY = 'the-key-that-the-authorizer-shows'
const GATEWAY = { username: 'gateway', password: 'the password of the gateways' }
const SCOPE = 'arn:aws:iot:eu-central-1:123456789012'

const stack = new AsyncDisposableStack()
let organisation: Awaited<ReturnType<typeof openOrganisation>>
let url = ''
let isBroken = false
const refused: string[] = []

beforeAll(async () => {
  organisation = stack.use(await openOrganisation())
  const login = createVerifiedLogin({ ...organisation.login, onSurplus: async () => {} })
  const { hook } = createAuthorizer({
    topics,
    hookKey: KEY,
    clock: organisation.clock,
    gateway: GATEWAY,
    login(given) {
      if (isBroken) throw new Error('the database is away')
      return login(given)
    },
    probes: createProbes(Buffer.alloc(32, 1), organisation.clock),
    arrivals: { coming: () => ({ admitted() {} }) },
    onRefused: (clientId) => void refused.push(clientId),
    onError: () => {},
  })
  url = `${await serveHooks([hook], stack)}${hook.path}`
  for (const employeeId of ['ann', 'bob']) await organisation.hire(employeeId)
})
afterAll(() => stack.disposeAsync())

interface Answer {
  readonly isAuthenticated: boolean
  readonly principalId: string
  readonly disconnectAfterInSeconds: number
  readonly refreshAfterInSeconds: number
  readonly policyDocuments: readonly PolicyDocument[]
}

const post = (body: unknown, key = KEY) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-mchat-hook-key': key },
    body: JSON.stringify(body),
  })
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const ask = async (client_id: string, username: string, password: string): Promise<Answer> => {
  const response = await post({ client_id, username, password: base64(password), scope: SCOPE })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}
const tokenOf = (employeeId: string): string => organisation.secrets.get(employeeId) ?? ''
const resourcesOf = (documents: readonly PolicyDocument[], action: string): string[] =>
  documents
    .flatMap(({ Statement }) => Statement)
    .filter(({ Action }) => Action === action)
    .flatMap(({ Resource }) => Resource)
    .map((resource) => resource.replace(`${SCOPE}:`, ''))

describe('who may connect', () => {
  test('an employee with a credential, to what is theirs and cannot be taken away without the session', async () => {
    const answer = await ask('ann_web_1', 'ann', tokenOf('ann'))
    expect(answer).toMatchObject({
      isAuthenticated: true,
      principalId: expect.stringMatching(/^[a-zA-Z0-9]{1,128}$/),
      disconnectAfterInSeconds: 86_400,
      refreshAfterInSeconds: 900,
    })
    const { policyDocuments } = answer
    expect(resourcesOf(policyDocuments, 'iot:Connect')).toEqual(['client/ann_web_1'])
    expect(resourcesOf(policyDocuments, 'iot:Publish')).toEqual([
      'topic/mchat/msg/req/ann_web_1/*',
      'topic/mchat/status/ann',
    ])
    expect(resourcesOf(policyDocuments, 'iot:RetainPublish')).toEqual(['topic/mchat/status/ann'])
    const heard = resourcesOf(policyDocuments, 'iot:Receive').map((resource) => resource.replace('topic/', ''))
    expect(heard).toContain('mchat/msg/resp/ann_web_1/*')
    expect(heard).toContain('mchat/inbox/ann')
    expect(heard.join()).not.toMatch(/group|audit|\+/)
    expect(resourcesOf(policyDocuments, 'iot:Subscribe')).toEqual(heard.map((topic) => `topicfilter/${topic}`))
  })

  test('for no longer than the credential is good', async () => {
    const expires_at = new Date(organisation.clock.now() + 3_600_500)
    const secret = 'b'.repeat(43)
    await credentials.insert(organisation.database.kysely, {
      credential_id: 'cred_short',
      employee_id: 'bob',
      client_id: null,
      kind: 'token',
      secret_hash: hashToken(secret),
      now: organisation.clock.date(),
      expires_at,
    })
    expect(await ask('bob_web_1', 'bob', secret)).toMatchObject({ disconnectAfterInSeconds: 3600 })
  })

  test('a gateway, to everything of the deployment', async () => {
    const { policyDocuments, ...answer } = await ask('mchat_gateway_1', 'gateway', GATEWAY.password)
    expect(answer).toMatchObject({ isAuthenticated: true, disconnectAfterInSeconds: answer.refreshAfterInSeconds })
    expect(answer.refreshAfterInSeconds).toBeGreaterThanOrEqual(43_200)
    expect(answer.refreshAfterInSeconds).toBeLessThanOrEqual(86_400)
    expect(policyDocuments).toEqual(gatewayPolicy({ topics, scope: SCOPE, clientId: 'mchat_gateway_1' }))
    expect(resourcesOf(policyDocuments, 'iot:Subscribe')).toEqual([
      'topicfilter/mchat/*',
      'topicfilter/$share/*/mchat/*',
    ])
  })

  test.each([
    ['a wrong password', 'ann_web_1', 'ann', 'wrong'],
    ['the client_id of another', 'bob_web_1', 'ann', ''],
    ['an employee who says to be a gateway', 'mchat_gateway_1', 'ann', ''],
    ['a gateway with a wrong password', 'mchat_gateway_1', 'gateway', 'wrong'],
    ['nobody', '', '', ''],
  ])('not %s', async (_what, clientId, username, password) => {
    refused.length = 0
    const answer = await ask(clientId, username, password === '' ? tokenOf('ann') : password)
    expect(answer).toMatchObject({ isAuthenticated: false, policyDocuments: [] })
    expect(refused).toEqual([clientId])
  })

  test('nobody while the gateway cannot decide', async () => {
    isBroken = true
    const answer = await ask('ann_web_1', 'ann', tokenOf('ann'))
    isBroken = false
    expect(answer.isAuthenticated).toBe(false)
  })
})

test('only whoever has the key is answered, and only what was agreed on', async () => {
  const question = { client_id: 'ann_web_1', username: 'ann', password: base64(tokenOf('ann')), scope: SCOPE }
  expect((await post(question, 'another key')).status).toBe(401)
  for (const body of [
    [],
    { ...question, more: 1 },
    { ...question, client_id: 1 },
    { ...question, scope: 'arn:aws:iot:eu-central-1:*' },
    { ...question, password: undefined },
    { ...question, username: 'x'.repeat(513) },
  ]) {
    expect((await post(body)).status).toBe(400)
  }
})

test('the longest ids fit into what AWS takes', () => {
  const employeeId = 'e'.repeat(64)
  const clientId = `${employeeId}_${'d'.repeat(63)}`
  const long = {
    topics: createTopics('s'.repeat(32)),
    scope: 'arn:aws-us-gov:iot:us-gov-west-1:123456789012',
    clientId,
  }
  for (const documents of [clientPolicy(long, employeeId), gatewayPolicy(long)]) {
    expect(documents.length).toBeLessThanOrEqual(10)
    for (const document of documents) expect(JSON.stringify(document).length).toBeLessThanOrEqual(2048)
  }
})
