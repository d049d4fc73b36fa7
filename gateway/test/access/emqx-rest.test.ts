import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { EmqxRest } from '../../src/access/emqx/rest.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

let stack = new AsyncDisposableStack()
afterEach(async () => {
  await stack.disposeAsync()
  stack = new AsyncDisposableStack()
})

const open = async (answer: Answer, timeoutMs = 30_000): Promise<EmqxRest> => {
  const server = createServer(answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return new EmqxRest({ url: `http://127.0.0.1:${port}`, apiKey: 'key', apiSecret: 'p:w', timeoutMs })
}

const json =
  (status: number, body: unknown): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
const text =
  (status: number, body?: string): Answer =>
  (_request, response) => {
    response.writeHead(status).end(body)
  }
const CALLS: readonly ((rest: EmqxRest) => Promise<unknown>)[] = [
  (rest) => rest.clientsOf('ann'),
  (rest) => rest.subscriptionsOf('ann_web_1'),
  (rest) => rest.forgetAuthorisations('ann_web_1'),
  (rest) => rest.subscribe('ann_web_1', 'mchat/group/g1'),
  (rest) => rest.unsubscribe('ann_web_1', ['mchat/group/g1']),
  (rest) => rest.kick('ann_web_1'),
]

test('every call is what EMQX 5 documents', async () => {
  const seen: unknown[] = []
  const rest = await open(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const { authorization, 'content-type': type } = request.headers
    expect(authorization).toBe(`Basic ${Buffer.from('key:p:w').toString('base64')}`)
    seen.push([request.method, request.url, type, body === '' ? undefined : JSON.parse(body)])
    const { method, url = '' } = request
    if (url.startsWith('/api/v5/clients?')) json(200, { data: [], meta: { hasnext: false } })(request, response)
    else if (method === 'GET') json(200, [{ topic: 'mchat/inbox/ann', qos: 1 }])(request, response)
    else if (url.endsWith('/subscribe')) json(200, {})(request, response)
    else text(204)(request, response)
  })
  for (const call of CALLS) await call(rest)
  const client = '/api/v5/clients/ann_web_1'
  expect(seen).toEqual([
    ['GET', '/api/v5/clients?username=ann&limit=100&page=1', undefined, undefined],
    ['GET', `${client}/subscriptions`, undefined, undefined],
    ['DELETE', `${client}/authorization/cache`, undefined, undefined],
    ['POST', `${client}/subscribe`, 'application/json', { topic: 'mchat/group/g1', qos: 1, nl: 0, rap: 0, rh: 0 }],
    ['POST', `${client}/unsubscribe/bulk`, 'application/json', [{ topic: 'mchat/group/g1' }]],
    ['DELETE', client, undefined, undefined],
  ])
  expect(rest.problem).toBeUndefined()
})

test('the list of clients is read to its last page', async () => {
  const rest = await open((request, response) => {
    const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'))
    const data = [{ clientid: `ann_${page}_x`, connected: page === 1, username: 'ann' }]
    json(200, { data, meta: { hasnext: page < 3 } })(request, response)
  })
  expect(await rest.clientsOf('ann')).toEqual([
    { clientId: 'ann_1_x', connected: true },
    { clientId: 'ann_2_x', connected: false },
    { clientId: 'ann_3_x', connected: false },
  ])
})

test('a client that EMQX does not know is an answer', async () => {
  const rest = await open(json(404, { code: 'CLIENTID_NOT_FOUND', message: 'Client ID not found' }))
  expect(await rest.subscriptionsOf('x')).toBeUndefined()
  for (const call of CALLS.slice(2)) expect(await call(rest)).toBe(false)
  await expect(rest.clientsOf('ann')).rejects.toMatchObject({ status: 404 })
})

test.each([
  ['no such path', json(404, { code: 'API_NOT_EXIST' })],
  ['a page of something else', text(404, '<html>')],
  ['a fault', json(500, { code: 'UNKNOWN_ERROR' })],
  ['too many requests', text(429)],
  ['success of another kind', text(202)],
  ['a redirection', (_request, response) => void response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
] satisfies [string, Answer][])(
  '%s is an error of every call, and a problem until one succeeds',
  async (_name, answer) => {
    const rest = await open(answer)
    for (const call of CALLS) await expect(call(rest)).rejects.toThrow(/^(GET|POST|DELETE) \/clients.*: .*answer/)
    expect(rest.problem).toMatch(/^The REST API of EMQX cannot be used: .*\.$/)
    expect(rest.problem).not.toContain('ann_web_1')
  },
)

test.each([
  ['no JSON', text(200, 'ok')],
  ['another shape', json(200, { clients: [] })],
  ['rows without what is needed', json(200, { data: [{ clientid: 1 }], meta: {} })],
  ['a list that never ends', json(200, { data: [], meta: { hasnext: true } })],
])('%s is not taken for a list of clients', async (_name, answer) => {
  const rest = await open(answer)
  await expect(rest.clientsOf('ann')).rejects.toThrow('GET /clients')
})

test.each([
  ['no JSON', text(200, 'ok')],
  ['an object', json(200, { data: [] })],
  ['rows without a topic', json(200, [{ qos: 1 }])],
])('%s is not taken for a list of subscriptions', async (_name, answer) => {
  const rest = await open(answer)
  await expect(rest.subscriptionsOf('ann_web_1')).rejects.toThrow('something else')
})

test('who does not answer is waited for only so long', async () => {
  const rest = await open(() => {}, 50)
  for (const call of CALLS) await expect(call(rest)).rejects.toThrow('no answer in time')
  const halfway = await open((_request, response) => void response.writeHead(200).write('['), 50)
  await expect(halfway.subscriptionsOf('x')).rejects.toThrow('no answer in time')
})

test('an answer without end is not read to its end', async () => {
  const rest = await open((_request, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(1024 * 1024, 0x20))) {}
      if (!response.destroyed) response.once('drain', more)
    }
    response.writeHead(200)
    more()
  })
  const tooLong = { message: expect.stringMatching(/no answer$/), cause: new Error('the answer is too long') }
  await expect(rest.subscriptionsOf('x')).rejects.toMatchObject(tooLong)
})

test('what is wrong at the start is told in one sentence, without the secret', async () => {
  const sentence = async (answer: Answer, timeoutMs?: number): Promise<string> => {
    const rest = await open(answer, timeoutMs)
    return await rest.answers().then(
      () => '',
      (error: Error) => error.message,
    )
  }
  expect(await sentence(json(401, { code: 'BAD_API_KEY_OR_SECRET' }))).toMatch(
    /^The REST API of EMQX at 127\.0\.0\.1:\d+ does not accept MCHAT_BROKER_API_KEY with MCHAT_BROKER_API_SECRET\.$/,
  )
  expect(await sentence(text(503))).toMatch(/cannot be used: it answers 503; check MCHAT_BROKER_API_URL\.$/)
  expect(await sentence(text(200, '<html>'))).toMatch(/does not answer as EMQX 5 does; check MCHAT_BROKER_API_URL\.$/)
  expect(await sentence(() => {}, 200)).toMatch(/does not answer as EMQX 5 does/)
  const nobody = new EmqxRest({ url: 'http://127.0.0.1:1', apiKey: 'key', apiSecret: 'p:w' })
  await expect(nobody.answers()).rejects.toThrow('does not answer as EMQX 5 does')
  await expect(nobody.answers()).rejects.not.toThrow('p:w')
})
