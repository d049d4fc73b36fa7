import { once } from 'node:events'
import { METHODS } from 'node:http'
import { connect } from 'node:net'
import { type ConnectionOptions, createServer, type SecureVersion, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { readKeyPair } from '../../gateway/src/platform/tls.ts'
import { startGateway, type TestGateway } from '../kit/gateway.ts'
import { listening } from '../kit/listening.ts'
import { RawClient } from '../kit/raw-client.ts'
import { tempDirectory } from '../kit/temp-directory.ts'
import { connectTls, makeCertificate, type TestCertificate } from '../kit/tls.ts'

const ALLOWED = 'https://chat.example.org:8443'
/** So that what is refused is refused by the server: the client speaks everything that OpenSSL has. */
const EVERYTHING = { ciphers: 'ALL:@SECLEVEL=0' }

const stack = new AsyncDisposableStack()
let certificate: TestCertificate
let rsa: TestCertificate
let plain: TestGateway
let secure: TestGateway
/** For old devices. */
let lenient: TestGateway
beforeAll(async () => {
  const [own, other] = [stack.use(await tempDirectory()), stack.use(await tempDirectory())]
  certificate = await makeCertificate(own.path)
  rsa = await makeCertificate(other.path, { kind: 'rsa', minVersion: '1.2' })
  const allowedOrigins = [ALLOWED]
  plain = stack.use(await startGateway({ config: { allowedOrigins } }))
  secure = stack.use(await startGateway({ config: { allowedOrigins, tls: certificate.tls } }))
  const limits = { connectTimeoutSeconds: 2, connectionsPerAddress: 20 }
  lenient = stack.use(await startGateway({ config: { limits, tls: rsa.tls } }))
})
afterAll(() => stack.disposeAsync())

const PORTS = ['mqttPort', 'httpPort'] as const
const KINDS = ['plain', 'secure'] as const

/** What was agreed on; undefined when nothing was. */
const agreed = async (port: number, options: ConnectionOptions): Promise<string | undefined> => {
  const socket = await connectTls(port, options).catch(() => undefined)
  const version = socket?.getProtocol() ?? undefined
  socket?.destroy()
  return version
}

const only = (version: SecureVersion): ConnectionOptions => ({
  minVersion: version,
  maxVersion: version,
  rejectUnauthorized: false,
  ...EVERYTHING,
})

/** Anything goes, as it must not. */
const startCareless = async (): Promise<AsyncDisposable & { readonly port: number }> => {
  const { context } = await readKeyPair(rsa.tls)
  const server = createServer({ cert: context.cert, key: context.key, minVersion: 'TLSv1', ...EVERYTHING })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, [Symbol.asyncDispose]: async () => void server.close() }
}

describe.each(PORTS)('T74: TLS on the %s', (name) => {
  test('is 1.3, and a client that has 1.2 at most is refused', async () => {
    expect(await agreed(secure[name], { ca: certificate.ca })).toBe('TLSv1.3')
    expect(await agreed(secure[name], { ca: certificate.ca, maxVersion: 'TLSv1.2' })).toBeUndefined()
    for (const version of ['TLSv1', 'TLSv1.1', 'TLSv1.2'] as const) {
      expect(await agreed(secure[name], only(version)), version).toBeUndefined()
    }
  })

  test('is 1.2 for old devices where somebody wants it so, and no less', async () => {
    expect(await agreed(lenient[name], { ca: rsa.ca })).toBe('TLSv1.3')
    expect(await agreed(lenient[name], { ca: rsa.ca, maxVersion: 'TLSv1.2' })).toBe('TLSv1.2')
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      expect(await agreed(lenient[name], only(version)), version).toBeUndefined()
    }
  })

  test.each([
    'AES256-SHA',
    'AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-SHA',
    'ECDHE-RSA-AES256-SHA384',
    'ADH-AES128-GCM-SHA256',
  ])('has no %s in 1.2', async (ciphers) => {
    const weak = { ...only('TLSv1.2'), ciphers: `${ciphers}:@SECLEVEL=0` }
    await using careless = await startCareless()
    if (!ciphers.startsWith('ADH')) expect(await agreed(careless.port, weak)).toBe('TLSv1.2')
    expect(await agreed(lenient[name], weak)).toBeUndefined()
  })

  test('is not renegotiated', async () => {
    const renegotiated = async (port: number): Promise<boolean> => {
      const socket = await connectTls(port, only('TLSv1.2'))
      const done = new Promise<boolean>((resolve) => {
        socket.on('error', () => resolve(false))
        socket.on('close', () => resolve(false))
        socket.renegotiate({ rejectUnauthorized: false }, (error) => resolve(error === null))
      })
      const isDone = await done
      socket.destroy()
      return isDone
    }
    await using careless = await startCareless()
    expect(await renegotiated(careless.port)).toBe(true)
    expect(await renegotiated(lenient[name])).toBe(false)
  })

  test('is all there is: nothing is said to whoever does not speak it', async () => {
    const socket = connect(secure[name], '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1')
    })
    socket.on('error', () => undefined)
    socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(socket, 'close')
    expect(answer).not.toMatch(/HTTP|\{/)
  })
})

test('T74: gateways listen on two ports each, on loopback', async () => {
  const ours = await listening()
  for (const gateway of [plain, secure]) {
    for (const name of PORTS) expect(ours).toContainEqual({ address: '127.0.0.1', port: gateway[name] })
  }
  expect(ours.filter(({ address }) => !address.startsWith('127.'))).toEqual([])
})

test('T74: no port is opened unencrypted to other machines, even past the configuration', async () => {
  await expect(startGateway({ config: { host: '0.0.0.0' } })).rejects.toThrow(
    'MCHAT_HOST (0.0.0.0) is 0.0.0.0, which other machines reach, and there is no TLS',
  )
})

test('T66: whoever does not finish the handshake takes room for a moment only', async () => {
  const port = lenient.mqttPort
  const silent = Array.from({ length: 20 }, () => connect(port, '127.0.0.1').resume())
  const ended = silent.map((socket) => new Promise((resolve) => socket.on('error', resolve).on('close', resolve)))
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  expect(await agreed(port, { ca: rsa.ca })).toBeUndefined()
  await Promise.all(ended)
  expect(await agreed(port, { ca: rsa.ca })).toBe('TLSv1.3')
})

test('MQTT works over TLS, on its port and over WebSocket', async () => {
  const { admin } = secure
  const socket = await connectTls(secure.mqttPort, { ca: certificate.ca })
  await using raw = new RawClient(socket)
  const fields = { clientId: admin.clientId('tls'), username: admin.id, password: admin.secret }
  expect(await raw.connect(fields)).toBe(0)
  expect(await openWebSocket(secure, {})).toBe('open')
})

describe.each(KINDS)('T63: a WebSocket to a gateway that is %s', (kind) => {
  const target = () => (kind === 'plain' ? plain : secure)
  const [scheme, other] = kind === 'plain' ? ['http', 'https'] : ['https', 'http']
  const here = () => `127.0.0.1:${target().httpPort}`

  test('is for programs, its own pages and those that are allowed', async () => {
    for (const origin of [`${scheme}://${here()}`, ALLOWED, ALLOWED.toUpperCase()]) {
      expect(await openWebSocket(target(), { origin }), origin).toBe('open')
    }
    expect(await openWebSocket(target(), {})).toBe('open')
    const host = `localhost:${target().httpPort}`
    expect(await openWebSocket(target(), { origin: `${scheme}://${host}`, host })).toBe('open')
  })

  test('is not for pages from elsewhere', async () => {
    const foreign = [
      'https://evil.example',
      'null',
      '',
      'file://',
      'https://127.0.0.1.evil.example',
      `${scheme}://evil.example@${here()}`,
      `${scheme}://${here()}.`,
      `${scheme}://${here()}/`,
      `${scheme}://127.0.0.1`,
      `${scheme}://127.0.0.1:1`,
      `${scheme}://localhost:${target().httpPort}`,
      `${other}://${here()}`,
      'https://chat.example.org',
      'https://chat.example.org:444',
      'http://chat.example.org:8443',
      'https://chat.example.org:8443.evil.example',
      `https://evil.example, ${ALLOWED}`,
    ]
    for (const origin of foreign) expect(await openWebSocket(target(), { origin }), origin).toBe(403)
  })

  test('is not for a page whose name leads here (DNS rebinding)', async () => {
    for (const host of ['evil.example', `evil.example:${target().httpPort}`]) {
      expect(await openWebSocket(target(), { origin: `${scheme}://${host}`, host }), host).toBe(403)
    }
  })
})

/** `open`, or the status of the refusal. */
const openWebSocket = async (gateway: TestGateway, headers: Record<string, string>): Promise<'open' | number> => {
  const scheme = gateway === plain ? 'ws' : 'wss'
  const webSocket = new WebSocket(`${scheme}://127.0.0.1:${gateway.httpPort}/mqtt`, 'mqtt', {
    headers,
    ca: certificate.ca,
  })
  const refused = once(webSocket, 'unexpected-response').then(([, response]) => response.statusCode as number)
  const opened = once(webSocket, 'open').then(() => 'open' as const)
  webSocket.on('error', () => undefined)
  const outcome = await Promise.race([refused, opened])
  webSocket.terminate()
  return outcome
}

describe('T64: the HTTP port', () => {
  const ask = async (head: string): Promise<{ readonly status: number; readonly text: string }> => {
    const socket: TLSSocket = await connectTls(secure.httpPort, { ca: certificate.ca })
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.write(`${head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)
    await once(socket, 'close')
    return { status: Number(text.split(' ')[1]), text }
  }
  const expectHeaders = (text: string, what: string): void => {
    for (const expected of [
      /\r\nstrict-transport-security: max-age=31536000\r\n/i,
      /\r\ncontent-security-policy: default-src 'none';[^\r]* frame-ancestors 'none'\r\n/i,
      /\r\nx-content-type-options: nosniff\r\n/i,
      /\r\nx-frame-options: DENY\r\n/i,
    ]) {
      expect(text, what).toMatch(expected)
    }
  }

  test('serves what it has, with its headers', async () => {
    const { status, text } = await ask('GET /')
    expect(status).toBe(200)
    expectHeaders(text, '/')
  })

  test.each([
    '/../../../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%2e%2e%2fetc%2fpasswd',
    '/%252e%252e/etc/passwd',
    '/..%5c..%5cetc/passwd',
    '/..;/metrics',
    '/./././metrics',
    '//metrics',
    '/metrics/',
    '/metrics%00',
    '/metrics%20',
    '/metrics;x=1',
    '/.env',
    '/.git/HEAD',
    '/.well-known/',
    '/.well-known/../metrics',
    '/package.json',
    '/src/main.ts',
    '/main.js.map',
    '/secret.key',
    '/first-admin.json',
    '/data/first-admin.json',
    '/server-status',
    '/favicon.ico',
    'http://evil.example/../metrics',
  ])('has nothing at %s', async (path) => {
    const { status, text } = await ask(`GET ${path}`)
    expect([400, 404], String(status)).toContain(status)
    expectHeaders(text, path)
  })

  test('has nothing at a path that is too long for anything', async () => {
    for (const bytes of [1000, 10_000]) expect((await ask(`GET /${'a'.repeat(bytes)}`)).status).toBe(404)
    const { status, text } = await ask(`GET /${'a'.repeat(20_000)}`)
    expect(status).toBe(431)
    expectHeaders(text, 'a path')
  })

  const methods = METHODS.filter((method) => !['GET', 'HEAD', 'CONNECT'].includes(method))
  test('has no other method', async () => {
    expect(methods).toContain('TRACE')
    for (const method of methods) {
      const { status, text } = await ask(`${method} /healthz`)
      expect([400, 405], `${method} ${status}`).toContain(status)
      expectHeaders(text, method)
      expect(text, method).not.toContain('alive')
    }
  })

  test('has its headers on a handshake that is none', async () => {
    const { status, text } = await ask(
      'GET /mqtt HTTP/1.1\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 7\r\nx: GET /mqtt',
    )
    expect(status).toBe(400)
    expectHeaders(text, 'a handshake')
  })
})
