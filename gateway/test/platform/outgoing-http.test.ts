import { createServer } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { freePort } from '../../../tests/kit/free-port.ts'
import { breaksOff, closes, garbage, hangs, redirects, streamsForever } from '../../../tests/kit/hostile-answers.ts'
import { eventStream, type HostileHttpServer, startHostileHttpServer } from '../../../tests/kit/hostile-http-server.ts'
import {
  createOutgoingHttp,
  type OutgoingHttp,
  type OutgoingHttpOptions,
  type OutgoingRequest,
} from '../../src/platform/outgoing-http.ts'

/** Longer than a test may take, so that what ends has not ended by its deadline. */
const PATIENT_MS = 600_000

let stack = new AsyncDisposableStack()
let server: HostileHttpServer
let http: OutgoingHttp
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  server = stack.use(await startHostileHttpServer())
  http = open()
})
afterEach(() => stack.disposeAsync())

const open = (options: Partial<OutgoingHttpOptions> = {}): OutgoingHttp =>
  stack.adopt(createOutgoingHttp({ allow: ['127.0.0.0/8'], httpsOnly: false, ...options }), (each) => each.close())
const post = (request: Partial<OutgoingRequest> = {}) =>
  http.request({
    method: 'POST',
    url: `${server.url}/webhook?key=secret`,
    body: '{}',
    deadlineMs: PATIENT_MS,
    ...request,
  })
/** undici lends a connection out again one turn of the event loop after its response. */
const isKept = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))

describe('an ordinary call', () => {
  test('sends what it is given, and nothing of its own accord', async () => {
    server.respond((_request, response) => {
      response.writeHead(201, [
        ['Content-Type', 'application/json'],
        ['x-twice', 'a'],
        ['x-twice', 'b'],
        ['set-cookie', 'session=1'],
      ] as unknown as string[])
      response.end('{"text":"grüß"}')
    })
    const headers = { 'Content-Type': 'application/json', 'webhook-id': 'msg_1', 'Accept-Encoding': 'zstd' }
    const response = await post({ headers, body: '{"a":"ü"}' })
    expect(response.status).toBe(201)
    expect(response.header('content-TYPE')).toBe('application/json')
    expect(response.header('x-twice')).toBe('a, b')
    expect(response.header('x-none')).toBeUndefined()
    expect(await response.text(100)).toBe('{"text":"grüß"}')
    await (await post()).text(100)
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/webhook?key=secret', body: '{"a":"ü"}' })
    expect(server.requests[0]?.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      connection: 'keep-alive',
      'content-type': 'application/json',
      'webhook-id': 'msg_1',
      'accept-encoding': 'gzip, br',
      'content-length': '10',
    })
    expect(server.requests[1]?.headers.cookie).toBeUndefined()
  })

  test('uses a connection again, also when the body was not wanted', async () => {
    await (await post()).text(0)
    await isKept()
    const response = await post()
    response.discard()
    await isKept()
    await (await post()).text(0)
    expect(server.connections.map(({ requests }) => requests)).toEqual([3])
  })

  test('takes no proxy from the environment', async () => {
    const proxy = stack.use(await startHostileHttpServer())
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, proxy.url)
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    try {
      http = open()
      await (await post()).text(0)
    } finally {
      vi.unstubAllEnvs()
    }
    expect(server.requests.length).toBe(1)
    expect(proxy.connections.length).toBe(0)
  })

  test('is not told another host than the URL’s', async () => {
    await expect(post({ headers: { Host: 'internal.example' } })).rejects.toThrow('The header host is that of the URL.')
    await expect(post({ headers: { 'x-a': 'b\r\nx-c: d' } })).rejects.toThrow('invalid x-a header')
    expect(server.requests).toEqual([])
    // Neither has kept its place.
    http = open({ connectionsPerOrigin: 1 })
    await expect(post({ headers: { host: 'x' } })).rejects.toThrow()
    expect((await post()).status).toBe(200)
  })

  test('is decoded, and counted as what it decodes to', async () => {
    const text = 'x'.repeat(10_000)
    for (const [encoding, body] of [
      ['gzip', gzipSync(text)],
      ['X-GZIP', gzipSync(text)],
      ['br', brotliCompressSync(text)],
      ['identity', Buffer.from(text)],
    ] as const) {
      server.respond((_request, response) => response.setHeader('content-encoding', encoding).end(body))
      expect(await (await post()).text(10_000), encoding).toBe(text)
      await expect((await post()).text(9_999), encoding).rejects.toMatchObject({ kind: 'too_large', retryable: false })
    }
    for (const encoding of ['zstd', 'deflate', 'gzip, gzip', '__proto__']) {
      server.respond((_request, response) => response.setHeader('content-encoding', encoding).end(gzipSync(text)))
      await expect((await post()).text(10_000), encoding).rejects.toMatchObject({ kind: 'bad_response' })
    }
    for (const body of [gzipSync(text).subarray(0, 20), Buffer.from('no gzip'), Buffer.alloc(0)]) {
      server.respond((_request, response) => response.setHeader('content-encoding', 'gzip').end(body))
      await expect((await post()).text(10_000)).rejects.toMatchObject({ kind: 'bad_response' })
    }
    server.respond((_request, response) => response.writeHead(204, { 'content-encoding': 'gzip' }).end())
    expect(await (await post()).text(0)).toBe('')
  })

  test('gives the events of a stream as they come', async () => {
    const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
    server.respond((_request, response) => {
      const events = eventStream(response)
      events.send('{"delta":"a"}')
      void heard.then(() => {
        events.send('two\nlines', 'done')
        events.end()
      })
    })
    let text = ''
    for await (const chunk of (await post()).chunks(1000)) {
      text += Buffer.from(chunk)
      hear()
    }
    expect(text).toBe('data: {"delta":"a"}\n\nevent: done\ndata: two\ndata: lines\n\n')
  })

  test('that is left in the middle of its body ends its connection', async () => {
    server.respond(streamsForever)
    const connection = server.nextConnection()
    for await (const chunk of (await post()).chunks(1e9)) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    await (await connection).closed
    const discarded = server.nextConnection()
    ;(await post()).discard()
    await (await discarded).closed
  })

  test('is read once', async () => {
    const response = await post()
    await response.text(0)
    await expect(response.text(0)).rejects.toThrow('The response was used before.')
    expect(() => response.discard()).toThrow('The response was used before.')
  })

  test('whose body is not UTF-8 has no text', async () => {
    server.respond((_request, response) => response.end(Buffer.from([0x7b, 0xff, 0x7d])))
    await expect((await post()).text(10)).rejects.toMatchObject({ kind: 'bad_response' })
  })
})

describe('T42: a redirect is a response like any other', () => {
  test.each([301, 302, 303, 307, 308])('%i to elsewhere and to itself', async (status) => {
    const other = stack.use(await startHostileHttpServer())
    server.respond(redirects(`${other.url}/internal`, status))
    const response = await post()
    expect(response.status).toBe(status)
    expect(response.header('location')).toBe(`${other.url}/internal`)
    response.discard()
    server.respond(redirects('/webhook', status))
    for (let i = 0; i < 20; i++) {
      const again = await post()
      expect(again.status).toBe(status)
      again.discard()
    }
    expect(server.requests.length).toBe(21)
    expect(other.connections.length).toBe(0)
  })
})

describe('what goes wrong', () => {
  test('nobody listens: unreachable, and may be tried again', async () => {
    const port = await freePort()
    await expect(post({ url: `http://127.0.0.1:${port}/a?key=secret` })).rejects.toMatchObject({
      kind: 'unreachable',
      retryable: true,
      message: `127.0.0.1:${port} cannot be reached (ECONNREFUSED).`,
    })
  })

  test('the connection is closed instead of an answer: unreachable', async () => {
    server.respond(closes)
    await expect(post()).rejects.toMatchObject({ kind: 'unreachable', retryable: true })
  })

  test('a kept connection that has been closed meanwhile costs a call at most', async () => {
    server.respond((_request, response) => {
      const { socket } = response
      response.end('x', () => socket?.end())
    })
    const connection = server.nextConnection()
    expect(await (await post()).text(1)).toBe('x')
    await (await connection).closed
    const again = await post().catch((error: unknown) => error)
    expect(again).toMatchObject(again instanceof Error ? { kind: 'unreachable', retryable: true } : { status: 200 })
    await isKept()
    server.respond((_request, response) => response.end('y'))
    expect(await (await post()).text(1)).toBe('y')
  })

  test('it breaks off in its body, or is no HTTP: a bad response, and not tried again', async () => {
    server.respond(breaksOff)
    await expect((await post()).text(1000)).rejects.toMatchObject({ kind: 'bad_response', retryable: false })
    server.respond(garbage)
    await expect(post()).rejects.toMatchObject({ kind: 'bad_response', retryable: false })
    server.respond((_request, response) => void response.socket?.write('HTTP/1.1 101 X\r\nupgrade: x\r\n\r\n'))
    await expect(post()).rejects.toMatchObject({ kind: 'bad_response', retryable: false })
  })

  test('no secret of the call is in an error', async () => {
    const secrets = { headers: { authorization: 'Bearer secret' }, body: 'secret' }
    const errors: unknown[] = []
    const attempt = async (request: Partial<OutgoingRequest> = {}): Promise<void> => {
      errors.push(await post({ ...secrets, ...request }).then((response) => response.text(10), String))
    }
    for (const responder of [garbage, closes]) {
      server.respond(responder)
      await attempt()
    }
    server.respond(hangs)
    await attempt({ deadlineMs: 50 })
    await attempt({ signal: AbortSignal.abort(new Error('secret')) })
    await attempt({ url: `http://user:secret@127.0.0.1:${server.port}/secret?secret` })
    await attempt({ url: 'http://[::1]/secret?secret' })
    await attempt({ url: 'secret' })
    expect(errors.length).toBe(7)
    for (const error of errors) expect(error).toMatch(/^OutgoingError: (?!.*secret)/)
  })
})

describe('giving up', () => {
  test('T43: ends the connection, before the response and in its body', async () => {
    for (const responder of [hangs, streamsForever]) {
      server.respond(responder)
      const connection = server.nextConnection()
      const arrived = server.nextRequest()
      const abort = new AbortController()
      const text = post({ signal: abort.signal }).then((response) => response.text(1e12))
      const ended = expect(text).rejects.toMatchObject({ kind: 'aborted', retryable: false })
      await arrived
      abort.abort()
      await ended
      await (await connection).closed
    }
  })

  test('works while no server has been asked, and before the call', async () => {
    http = open({ lookup: () => new Promise(() => undefined) })
    const abort = new AbortController()
    const waiting = post({ url: 'http://silent.test/', signal: abort.signal })
    abort.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'aborted' })
    await expect(post({ signal: AbortSignal.abort() })).rejects.toMatchObject({ kind: 'aborted' })
    await expect(post({ url: 'http://silent.test/', deadlineMs: 50 })).rejects.toMatchObject({ kind: 'timeout' })
    expect(server.connections.length).toBe(0)
  })

  test('close ends all there is, and nothing begins after it', async () => {
    server.respond(hangs)
    const connection = server.nextConnection()
    const arrived = server.nextRequest()
    const ended = expect(post()).rejects.toMatchObject({ kind: 'aborted' })
    await arrived
    await http.close()
    await ended
    await (await connection).closed
    await expect(post()).rejects.toMatchObject({ kind: 'aborted' })
    expect(server.connections.length).toBe(1)
  })

  test('close ends connections that are being made', async () => {
    http = open({ lookup: () => new Promise(() => undefined) })
    const ended = expect(post({ url: 'http://silent.test/' })).rejects.toMatchObject({ kind: 'aborted' })
    await http.close()
    await ended
  })

  test('close ends connections that wait for a next call', async () => {
    const connection = server.nextConnection()
    await (await post()).text(0)
    await http.close()
    await (await connection).closed
  })
})

describe('at the same time', () => {
  test('there are so many connections to one origin, and the next call gets the first that is free', async () => {
    http = open({ connectionsPerOrigin: 2 })
    const responses: (() => void)[] = []
    server.respond((_request, response) => responses.push(() => response.end('ok')))
    const texts = Array.from({ length: 5 }, async () => await (await post()).text(10))
    for (let answered = 0; answered < 5; answered++) {
      await expect.poll(() => responses.length).toBe(Math.min(5, answered + 2))
      responses[answered]?.()
      await Promise.race(texts.slice(0, answered + 1))
    }
    expect(await Promise.all(texts)).toEqual(Array.from({ length: 5 }, () => 'ok'))
    expect(server.connections.length).toBe(2)
  })

  test('there are so many connections in all, and waiting counts for the deadline', async () => {
    const other = stack.use(await startHostileHttpServer())
    http = open({ connections: 1 })
    server.respond(hangs)
    const arrived = server.nextRequest()
    const abort = new AbortController()
    const first = expect(post({ signal: abort.signal })).rejects.toMatchObject({ kind: 'aborted' })
    await arrived
    await expect(post({ url: other.url, deadlineMs: 100 })).rejects.toMatchObject({ kind: 'timeout' })
    expect(other.connections.length).toBe(0)
    const waiting = post({ url: other.url })
    abort.abort()
    await first
    expect((await waiting).status).toBe(200)
  })

  test('a slow origin holds up itself alone', async () => {
    const other = stack.use(await startHostileHttpServer())
    http = open({ connections: 2, connectionsPerOrigin: 1 })
    server.respond(hangs)
    const slow = Array.from({ length: 10 }, () => expect(post()).rejects.toMatchObject({ kind: 'aborted' }))
    expect((await post({ url: other.url })).status).toBe(200)
    await http.close()
    await Promise.all(slow)
  })

  test('connections are kept to so many origins only', async () => {
    const servers = await Promise.all(Array.from({ length: 66 }, () => startHostileHttpServer()))
    for (const each of servers) stack.use(each)
    for (const each of servers) await (await post({ url: each.url })).text(0)
    for (const { connections, url } of servers.slice(0, 2)) {
      // A kept one would be used again.
      await (await post({ url })).text(0)
      expect(connections).toHaveLength(2)
      await connections[0]?.closed
    }
  })
})

test('a server that accepts and never speaks TLS is unreachable, before the deadline of a patient caller', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  stack.defer(() => void silent.close())
  const { port } = silent.address() as { port: number }
  await expect(post({ url: `https://127.0.0.1:${port}/` })).rejects.toMatchObject({
    kind: 'unreachable',
  })
})
