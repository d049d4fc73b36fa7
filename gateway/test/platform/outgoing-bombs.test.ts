import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
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
/** Longer than a test may take, so that what ends has not ended by its deadline. */
const PATIENT_MS = 600_000
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

/** What becomes of one call, and what it costs, the server's own share included. */
const suffer = async (responder: Responder, deadlineMs: number) => {
  server.respond(responder)
  const connection = server.nextConnection()
  const before = process.memoryUsage.rss()
  let grown = 0
  const timer = setInterval(() => {
    grown = Math.max(grown, process.memoryUsage.rss() - before)
  }, 20)
  try {
    const response = await http.request({ method: 'POST', url: server.url, body: '{}', deadlineMs })
    return { outcome: await response.text(MAX_BYTES) }
  } catch (error) {
    await (await connection).closed
    return { outcome: error, grown: Math.max(grown, process.memoryUsage.rss() - before) }
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
  ])('%s', async (_what, responder, kind) => {
    const { grown, outcome } = await suffer(responder, kind === 'timeout' ? DEADLINE_MS : PATIENT_MS)
    expect(outcome).toMatchObject({ name: 'OutgoingError', kind, retryable: false })
    expect(grown).toBeLessThan(50 * MIB)
    // The next call is none the worse for it.
    server.respond((_request, response) => response.end('fine'))
    const next = await http.request({ method: 'GET', url: server.url, deadlineMs: PATIENT_MS })
    expect(await next.text(10)).toBe('fine')
  })

  test('a chunk whose extension does not end comes to nothing, until the deadline', async () => {
    const { grown, outcome } = await suffer(chunkExtensionForever, DEADLINE_MS)
    expect(outcome).toMatchObject({ kind: 'timeout' })
    // Of a gigabyte or two that was read and thrown away; the collector comes late to it.
    expect(grown).toBeLessThan(200 * MIB)
  })

  test('bombs that may be large end at the deadline', async () => {
    for (const encoding of ['gzip', 'br'] as const) {
      server.respond(bombs(encoding))
      const before = process.memoryUsage.rss()
      let size = 0
      const reading = async (): Promise<void> => {
        const response = await http.request({ method: 'GET', url: server.url, deadlineMs: 3 * DEADLINE_MS })
        for await (const chunk of response.chunks(1e15)) size += chunk.length
      }
      await expect(reading()).rejects.toMatchObject({ kind: 'timeout' })
      expect(size).toBeGreaterThan(MIB)
      expect(process.memoryUsage.rss() - before).toBeLessThan(50 * MIB)
    }
  })

  test('a response that is longer than it has said is as long as it has said, and nothing of it is the next one', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'
    const { outcome } = await suffer(liesAboutLength(4, `half${smuggled}`), PATIENT_MS)
    expect(outcome).toBe('half')
    await server.connections[0]?.closed
    server.respond((_request, response) => response.end('fine'))
    const next = await http.request({ method: 'GET', url: server.url, deadlineMs: PATIENT_MS })
    expect(await next.text(10)).toBe('fine')
  })

  test('a reader who does not read keeps nothing past the deadline', async () => {
    // The deadline comes after the headers, however slow the machine is.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    server.respond(streamsForever)
    const connection = server.nextConnection()
    const response = await http.request({ method: 'GET', url: server.url, deadlineMs: DEADLINE_MS })
    vi.advanceTimersByTime(DEADLINE_MS)
    await (await connection).closed
    await expect(response.text(10)).rejects.toMatchObject({ kind: 'timeout' })
    const slow = await http.request({ method: 'GET', url: server.url, deadlineMs: DEADLINE_MS })
    const chunks = slow.chunks(1e9)[Symbol.asyncIterator]()
    await chunks.next()
    vi.advanceTimersByTime(DEADLINE_MS)
    await server.connections.at(-1)?.closed
    await expect(chunks.next()).rejects.toMatchObject({ kind: 'timeout' })
  })

  test('a hundred of them at once hold up no other call', async () => {
    const other = stack.use(await startHostileHttpServer())
    server.respond(drips(50))
    const call = (url: string) => http.request({ method: 'POST', url, body: '{}', deadlineMs: PATIENT_MS })
    const ends: unknown[] = []
    const slow = Array.from({ length: 100 }, () => call(server.url).then((response) => response.text(MAX_BYTES)))
    const ended = slow.map((text) => text.catch((end) => ends.push(end)))
    await (await call(other.url)).text(0)
    expect(ends).toEqual([])
    await http.close()
    await Promise.all(ended)
  })
})
