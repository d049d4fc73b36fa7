import { expect, test } from 'vitest'
import { createOpenaiConnector } from '../../gateway/src/agents/connectors/openai.ts'
import { createCache } from '../../gateway/src/db/cache.ts'
import type { AgentEntry, EmployeeEntry } from '../../gateway/src/db/directory.ts'
import { systemClock } from '../../gateway/src/platform/clock.ts'
import { createOutgoingHttp } from '../../gateway/src/platform/outgoing-http.ts'
import { EVENT_EXAMPLES } from '../../schema/test/examples.ts'
import { type ChatApi, completion, startChatApi, streamed } from '../agents/chat-api.ts'

type Call = Parameters<ReturnType<typeof createOpenaiConnector>['call']>

const ask = async (endpoint: string, keys: readonly string[] = ['sk-canary']) => {
  const http = createOutgoingHttp({ allow: ['127.0.0.0/8'], httpsOnly: false })
  const driver = createOpenaiConnector({
    http,
    secrets: { inUse: () => keys },
    directory: { employees: createCache<EmployeeEntry>(1, async () => undefined) },
    clock: systemClock(),
    version: '0',
  })
  const deadline = new Date(Date.now() + 5000).toISOString()
  const agent = { employeeId: 'emp_2', profile: { webhook_endpoint: endpoint } } as AgentEntry
  const call = { ...EVENT_EXAMPLES.AgentRun, deadline } as unknown as Call[1]
  try {
    return await driver.call(agent, call, () => undefined, new AbortController().signal)
  } finally {
    await http.close()
  }
}

const failing = async (respond: Parameters<ChatApi['answer']>[0]) => {
  await using api = await startChatApi()
  api.answer(respond)
  return await ask(api.base).catch((error: unknown) => error)
}

test('without a key nobody is asked but this machine', async () => {
  await using api = await startChatApi()
  expect(await ask(api.base, [])).toMatchObject({ kind: 'reply' })
  expect(api.server.requests[0]?.headers).not.toHaveProperty('authorization')
  await expect(ask('https://models.example.org/v1', [])).rejects.toMatchObject({ failure: 'no_secret' })
})

test('the path of the API is put below the base, before its query', async () => {
  await using api = await startChatApi()
  await ask(`${api.base}//?api-version=1`)
  expect(api.server.requests[0]?.path).toBe('/v1/chat/completions?api-version=1')
})

test('what the API knows of an error is told in its own word, and no more', async () => {
  const error = { message: 'sk-canary', code: 'sk-canary', type: 'insufficient_quota' }
  const failure = await failing((_asked, response) => void response.writeHead(402).end(JSON.stringify({ error })))
  expect(failure).toMatchObject({ failure: 'http_error', message: 'The endpoint answered 402 (insufficient_quota).' })
})

test('an error in the middle of a stream is one, though the stream comes to its end', async () => {
  const failure = await failing((_asked, response) => {
    const stream = streamed(response).say('half of ')
    stream.chunk({ error: { message: 'sk-canary' } })
    stream.end()
  })
  expect(failure).toMatchObject({ failure: 'http_error', message: expect.not.stringContaining('sk-canary') })
})

test('only text is a completion', async () => {
  const failure = await failing((_asked, response) => completion(response, { type: 'image', body: {} }))
  expect(failure).toMatchObject({ failure: 'bad_answer' })
})
