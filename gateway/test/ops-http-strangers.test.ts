import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { tempDirectory } from '../../tests/kit/temp-directory.ts'
import { makeCertificate } from '../../tests/kit/tls.ts'
import type { ConfigOverrides } from '../src/config.ts'
import type { HttpHook } from '../src/ops/http-hooks.ts'
import { closeServers, get, handshake, raw, start, startSecure } from './http-server.ts'

afterEach(closeServers)

const HEADERS = {
  'content-security-policy': /^default-src 'none'; style-src 'sha256-[^' ]+'; .*frame-ancestors 'none'$/,
  'x-content-type-options': /^nosniff$/,
  'x-frame-options': /^DENY$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'permissions-policy': /^camera=\(\), geolocation=\(\), microphone=\(\)$/,
  'cache-control': /^(no-store|public, max-age=300)$/,
}

const headersOf = (answer: string): Headers => {
  const [head = ''] = answer.split('\r\n\r\n')
  const lines = head.split('\r\n').slice(1)
  return new Headers(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
}

const CLOSED_HOOK: HttpHook = { path: '/hook', bodyBytes: 4096, mayAsk: () => false, answer: async () => ({}) }

test.each([
  ['the page', 200, get('/')],
  ['keys', 200, get('/.well-known/jwks.json')],
  ['metrics', 200, get('/metrics')],
  ['metrics through a proxy', 403, get('/metrics', 'x-forwarded-for: 127.0.0.1\r\n')],
  ['HEAD', 200, get('/healthz').replace('GET', 'HEAD')],
  ['not ready', 503, get('/readyz')],
  ['nothing there', 404, get('/nothing')],
  ['a broken path', 400, get('/%E0%A4%A')],
  ['a method', 405, get('/').replace('GET', 'POST')],
  ['a hook without its key', 401, get('/hook').replace('GET', 'POST')],
  ['a method that does not exist', 400, get('/').replace('GET', 'FOO')],
  ['no host', 400, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n'],
  ['an expectation', 417, get('/', 'expect: a miracle\r\n')],
  ['headers that do not end', 431, get('/', `x: ${'x'.repeat(20_000)}\r\n`)],
  ['a path that does not end', 431, get(`/${'x'.repeat(20_000)}`)],
  ['not HTTP', 400, '\u0010\u0002\r\n\r\n'],
  ['two lengths', 400, get('/', 'content-length: 1\r\ncontent-length: 2\r\n')],
  ['a length and chunks', 400, get('/', 'content-length: 1\r\ntransfer-encoding: chunked\r\n')],
  ['a handshake elsewhere', 404, handshake(80, '/other')],
  ['a handshake of a foreign page', 403, handshake(80, '/mqtt', 'https://evil.example')],
])('security headers are on the answer to %s (%i)', async (_what, status, request) => {
  const { port, server } = await start({}, { readiness: () => ['The database does not answer.'] }, CLOSED_HOOK)
  server.onUpgrade('/mqtt', (_request, socket) => socket.destroy())
  const answer = await raw(port, request)
  expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  const headers = headersOf(answer)
  for (const [name, expected] of Object.entries(HEADERS)) expect(headers.get(name), name).toMatch(expected)
  expect(headers.get('server')).toBeNull()
  expect(headers.get('x-powered-by')).toBeNull()
  expect(answer).not.toMatch(/node_modules|<script|unsafe-inline/)
})

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])(
  '%s is refused with what is possible',
  async (method) => {
    const { port } = await start()
    const answer = await raw(port, get('/healthz').replace('GET', method))
    expect(answer).toMatch(/^HTTP\/1.1 405 /)
    expect(answer).toMatch(/\r\nallow: GET, HEAD\r\n/i)
  },
)

test.each([
  '/../etc/passwd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/..%2f..%2fetc/passwd',
  '/.env',
  '/.git/config',
  '//etc/passwd',
  '/%00',
  '/healthz%00',
  '/healthz/../metrics/../healthz',
  '/./healthz',
  '/%2e/healthz',
  '/.well-known/../metrics',
  '/.well-known/jwks.json/..',
  '\\..\\metrics',
  '/main.ts',
  '/main.js.map',
])('%s is nothing', async (path) => {
  const { port } = await start()
  expect(await raw(port, get(path))).toMatch(/^HTTP\/1.1 40[04] /)
})

test('with TLS there is nothing but TLS', async () => {
  await using directory = await tempDirectory()
  const { ca, tls } = await makeCertificate(directory.path)
  const { port } = await startSecure(tls)
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/healthz', ca }, resolve).on('error', reject).end()
  })
  response.resume()
  expect(response.statusCode).toBe(200)
  expect(response.headers['strict-transport-security']).toBe('max-age=31536000')
  expect(await raw(port, get('/healthz')).catch(() => '')).not.toContain('HTTP/1.1')
})

test('a certificate that cannot be used is one sentence', async () => {
  await using directory = await tempDirectory()
  const { tls } = await makeCertificate(directory.path)
  await writeFile(tls.keyFile, 'not a key')
  await expect(startSecure(tls)).rejects.toThrow(
    `The certificate ${tls.certFile} and the key ${tls.keyFile} cannot be used:`,
  )
  await expect(startSecure({ ...tls, certFile: '/nowhere' })).rejects.toThrow(
    'The TLS file /nowhere cannot be read: it does not exist.',
  )
})

test('browsers are told to stay with TLS where a proxy has it, and only there', async () => {
  const hsts = async (overrides: ConfigOverrides): Promise<string | null> => {
    const { url } = await start(overrides)
    return (await fetch(`${url}/nothing`)).headers.get('strict-transport-security')
  }
  expect(await hsts({})).toBeNull()
  expect(await hsts({ publicTls: true })).toBe('max-age=31536000')
})

test('without TLS no port is opened to other machines, whatever the configuration was taken for', async () => {
  await expect(start({ host: '0.0.0.0' })).rejects.toThrow(
    'MCHAT_HOST (0.0.0.0) is 0.0.0.0, which other machines reach, and there is no TLS: set MCHAT_TLS_CERT_FILE and MCHAT_TLS_KEY_FILE, or MCHAT_INSECURE=1 if something else encrypts.',
  )
})

test('one address cannot have every connection, but a proxy that is trusted can', async () => {
  const few = { limits: { connectionsPerAddress: 2 } }
  const open = async (overrides: ConfigOverrides): Promise<string[]> => {
    const { port } = await start(overrides)
    // Two that say nothing, then one that asks.
    const silent = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    const answer = await raw(port, get('/healthz')).catch(() => '')
    for (const socket of silent) socket.destroy()
    return answer.split('\r\n').slice(0, 1)
  }
  expect(await open(few)).toEqual([''])
  expect(await open({ ...few, trustedProxies: ['127.0.0.1'] })).toEqual(['HTTP/1.1 200 OK'])
})

/** A request of which the end never comes. */
const endless: readonly (readonly [string, string, string])[] = [
  ['nothing at all', '', ''],
  ['headers, one at a time', 'GET / HTTP/1.1\r\nhost: x\r\n', 'x-more: 1\r\n'],
  ['a body, byte by byte', 'POST /hook HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n', ' '],
  ['a body in chunks', 'POST /hook HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\n \r\n'],
]

test('whoever sends slowly is not waited for', async () => {
  const { port } = await start({}, {}, { ...CLOSED_HOOK, mayAsk: () => true })
  const answers = await Promise.all(
    endless.map(async ([, first, more]) => {
      const socket = connect(port, '127.0.0.1')
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      socket.on('error', () => undefined)
      socket.write(first)
      const trickle = setInterval(() => more !== '' && socket.write(more), 500)
      await once(socket, 'close')
      clearInterval(trickle)
      return answer
    }),
  )
  for (const answer of answers.slice(1)) {
    expect(answer).toMatch(/^HTTP\/1.1 408 /)
    expect(answer).toContain("frame-ancestors 'none'")
  }
})
