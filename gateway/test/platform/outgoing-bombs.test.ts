import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  bombs,
  breaksOff,
  chunkExtensionForever,
  chunksForever,
  continuesForever,
  decodesToNothing,
  drips,
  dripsHeaders,
  garbage,
  hangs,
  liesAboutLength,
  manyHeaders,
  streamsForever,
} from '../../../tests/kit/hostile-answers.ts'
import {
  type HostileHttpServer,
  type Responder,
  startHostileHttpServer,
} from '../../../tests/kit/hostile-http-server.ts'
import { createOutgoingHttp, type OutgoingHttp } from '../../src/platform/outgoing-http.ts'

const DEADLINE_MS = 1500
const MAX_BYTES = 64 * 1024
const MIB = 1024 ** 2

let stack = new AsyncDisposableStack()
let server: HostileHttpServer
let http: OutgoingHttp
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  server = stack.use(await startHostileHttpServer())
  http = stack.adopt(createOutgoingHttp({ allow: ['127.0.0.1/32'], httpsOnly: false }), (each) => each.close())
})
afterEach(() => stack.disposeAsync())

/** What becomes of one call, how long it takes, and what it costs, the server's own share included. */
const suffer = async (responder: Responder, maxBytes = MAX_BYTES) => {
  server.respond(responder)
  const connection = server.nextConnection()
  const from = performance.now()
  const before = process.memoryUsage.rss()
  let grown = 0
  const timer = setInterval(() => {
    grown = Math.max(grown, process.memoryUsage.rss() - before)
  }, 20)
  try {
    const response = await http.request({ method: 'POST', url: server.url, body: '{}', deadlineMs: DEADLINE_MS })
    return { outcome: await response.text(maxBytes) }
  } catch (error) {
    const ms = performance.now() - from
    await (await connection).closed
    return { outcome: error, ms, grown: Math.max(grown, process.memoryUsage.rss() - before) }
  } finally {
    clearInterval(timer)
  }
}

describe('T43: whatever a server does, a call ends in time, with its connection, and in little memory', () => {
  test.each<[string, Responder, string]>([
    ['never answers', hangs, 'timeout'],
    ['sends its headers a byte at a time', dripsHeaders(50), 'timeout'],
    ['sends its body a byte at a time', drips(50), 'timeout'],
    ['says there is more than there is', liesAboutLength(1000, 'half'), 'timeout'],
    ['says there are more bytes than anybody has', liesAboutLength(Number.MAX_SAFE_INTEGER, 'half'), 'timeout'],
    ['streams without end', streamsForever, 'too_large'],
    ['sends chunks of a byte without end', chunksForever, 'too_large'],
    ['compresses a lot with gzip', bombs('gzip'), 'too_large'],
    ['compresses a lot with brotli', bombs('br'), 'too_large'],
    ['compresses nothing without end', decodesToNothing, 'too_large'],
    ['sends a thousand headers', manyHeaders(1000, 8192), 'too_large'],
    ['sends thousands of small headers', manyHeaders(100_000, 1), 'too_large'],
    ['sends one header without end', manyHeaders(1, 1e6), 'too_large'],
    ['says 100 for ever', continuesForever(100), 'bad_response'],
    ['says 103 for ever', continuesForever(103), 'bad_response'],
    ['closes in its body', breaksOff, 'bad_response'],
    ['does not speak HTTP', garbage, 'bad_response'],
  ])('%s', async (_what, responder, kinds) => {
    const { grown, ms, outcome } = await suffer(responder)
    expect(outcome).toMatchObject({
      name: 'OutgoingError',
      kind: expect.stringMatching(`^(${kinds})$`),
      retryable: false,
    })
    expect(ms).toBeLessThan(DEADLINE_MS + 1000)
    expect(grown).toBeLessThan(50 * MIB)
    // The next call is none the worse for it.
    server.respond((_request, response) => response.end('fine'))
    const next = await http.request({ method: 'GET', url: server.url, deadlineMs: 5000 })
    expect(await next.text(10)).toBe('fine')
  })

  test('a chunk whose extension does not end comes to nothing, until the deadline', async () => {
    const { grown, ms, outcome } = await suffer(chunkExtensionForever)
    expect(outcome).toMatchObject({ kind: 'timeout' })
    expect(ms).toBeLessThan(DEADLINE_MS + 1000)
    // Of a gigabyte or two that was read and thrown away; the collector comes late to it.
    expect(grown).toBeLessThan(200 * MIB)
  })

  test('bombs that may be large end at the deadline', async () => {
    for (const encoding of ['gzip', 'br'] as const) {
      server.respond(bombs(encoding))
      const response = await http.request({ method: 'GET', url: server.url, deadlineMs: DEADLINE_MS })
      const before = process.memoryUsage.rss()
      const from = performance.now()
      let size = 0
      const reading = async (): Promise<void> => {
        for await (const chunk of response.chunks(1e15)) size += chunk.length
      }
      await expect(reading()).rejects.toMatchObject({ kind: 'timeout' })
      expect(performance.now() - from).toBeLessThan(DEADLINE_MS + 1000)
      expect(size).toBeGreaterThan(MIB)
      expect(process.memoryUsage.rss() - before).toBeLessThan(50 * MIB)
    }
  })

  test('a response that is longer than it has said is as long as it has said, and nothing of it is the next one', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'
    const { outcome } = await suffer(liesAboutLength(4, `half${smuggled}`))
    expect(outcome).toBe('half')
    await server.connections[0]?.closed
    server.respond((_request, response) => response.end('fine'))
    const next = await http.request({ method: 'GET', url: server.url, deadlineMs: 5000 })
    expect(await next.text(10)).toBe('fine')
  })

  test('a reader who does not read keeps nothing past the deadline', async () => {
    server.respond(streamsForever)
    const connection = server.nextConnection()
    const response = await http.request({ method: 'GET', url: server.url, deadlineMs: 200 })
    await (await connection).closed
    await expect(response.text(10)).rejects.toMatchObject({ kind: 'timeout' })
    const slow = await http.request({ method: 'GET', url: server.url, deadlineMs: 200 })
    const chunks = slow.chunks(1e9)[Symbol.asyncIterator]()
    await chunks.next()
    await server.connections.at(-1)?.closed
    await expect(chunks.next()).rejects.toMatchObject({ kind: 'timeout' })
  })

  test('a hundred of them at once hold up no other call', async () => {
    const other = stack.use(await startHostileHttpServer())
    server.respond(drips(50))
    const call = (url: string) => http.request({ method: 'POST', url, body: '{}', deadlineMs: DEADLINE_MS })
    const slow = Array.from(
      { length: 100 },
      async () => await (await call(server.url)).text(MAX_BYTES).catch(() => undefined),
    )
    const from = performance.now()
    await (await call(other.url)).text(0)
    expect(performance.now() - from).toBeLessThan(DEADLINE_MS / 2)
    await Promise.allSettled(slow)
  })
})
