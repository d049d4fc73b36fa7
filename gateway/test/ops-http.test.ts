import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { TransferHandler } from '../src/ops/transfers.ts'
import { closeServers, get, handshake, raw, start } from './http-server.ts'

afterEach(closeServers)

test('healthz answers how late the event loop runs', async () => {
  const { url } = await start()
  const response = await fetch(`${url}/healthz`)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ alive: true, loop_lag_ms: expect.any(Number) })
})

test('readyz names what is missing', async () => {
  let problems: string[] = ['The database does not answer.']
  const { url } = await start({}, { readiness: () => problems })
  const before = await fetch(`${url}/readyz`)
  expect(before.status).toBe(503)
  expect(await before.json()).toEqual({ ready: false, problems })
  problems = []
  const after = await fetch(`${url}/readyz`)
  expect(after.status).toBe(200)
  expect(await after.json()).toEqual({ ready: true })
})

test('metrics are given to this machine only, and not through an undeclared proxy', async () => {
  const { url, metrics } = await start()
  metrics.request('msg.send_private', 0, 0.0004)
  metrics.request('msg.send_private', 403, 0.02)
  metrics.request('x"} evil 1', 400, 0.001)
  metrics.delivery('inbox')
  metrics.gauge('mchat_connections', 'Connections.', () => 7)
  const text = await (await fetch(`${url}/metrics`)).text()
  expect(text).toContain('mchat_requests_total{action="msg.send_private",code="0"} 1')
  expect(text).toContain('mchat_requests_total{action="unknown",code="400"} 1')
  expect(text).toContain('mchat_request_duration_seconds_bucket{action="msg.send_private",le="0.0005"} 1')
  expect(text).toContain('mchat_request_duration_seconds_bucket{action="msg.send_private",le="0.025"} 2')
  expect(text).toContain('mchat_request_duration_seconds_count{action="msg.send_private"} 2')
  expect(text).toContain('mchat_deliveries_total{kind="inbox"} 1')
  expect(text).toContain('mchat_connections 7')
  expect(text).not.toContain('evil')
  for (const line of text.split('\n')) expect(line).toMatch(/^$|^# (HELP|TYPE) |^[a-z_]+(\{[^}]*\})? [0-9.e+-]+$/)
  const proxied = await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '127.0.0.1' } })
  expect(proxied.status).toBe(403)
})

test('a declared proxy is asked who the client is', async () => {
  const { url } = await start({ trustedProxies: ['127.0.0.1'], metricsNetworks: ['10.1.0.0/16'] })
  const from = async (address: string) =>
    (await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': address } })).status
  expect(await from('10.1.2.3')).toBe(200)
  expect(await from('10.2.2.3')).toBe(403)
})

test('keys are public and may be cached', async () => {
  const { url } = await start()
  const response = await fetch(`${url}/.well-known/jwks.json`)
  expect(await response.json()).toEqual({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k' }] })
  expect(response.headers.get('cache-control')).toContain('max-age')
})

test('the page speaks the reader’s language and names the addresses', async () => {
  const { url, port } = await start({ publicHost: 'chat.example.org' }, { mqttPort: () => 4711 })
  const page = async (language?: string) => {
    const response = await fetch(url, language === undefined ? {} : { headers: { 'accept-language': language } })
    return { text: await response.text(), type: response.headers.get('content-type') }
  }
  const english = await page()
  expect(english.type).toBe('text/html; charset=utf-8')
  expect(english.text).toContain('<html lang="en">')
  expect(english.text).toContain('mqtt://chat.example.org:4711')
  expect(english.text).toContain(`ws://chat.example.org:${port}/mqtt`)
  expect(english.text).not.toContain('<script')
  expect((await page('zh-TW,zh;q=0.9,en;q=0.8')).text).toContain('<html lang="zh-CN">')
  expect((await page('en-GB;q=0.9,zh;q=0.3')).text).toContain('<html lang="en">')
  expect((await page('fr, *;q=0.1')).text).toContain('<html lang="en">')
})

test('a body is not read', async () => {
  const { port } = await start()
  const answer = await raw(
    port,
    'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}',
  )
  expect(answer).toMatch(/^HTTP\/1.1 (405|415) /)
})

test('WebSocket handshakes go to their path, foreign pages do not', async () => {
  const { server, port } = await start({ allowedOrigins: ['https://chat.example.org'] })
  server.onUpgrade('/mqtt', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  const status = async (path: string, origin?: string, host?: string) =>
    Number((await raw(port, handshake(port, path, origin, host))).split(' ')[1])
  expect(await status('/mqtt')).toBe(101)
  expect(await status('/mqtt?x=1', `http://127.0.0.1:${port}`)).toBe(101)
  expect(await status('/mqtt', 'https://chat.example.org')).toBe(101)
  expect(await status('/mqtt', 'https://evil.example')).toBe(403)
  expect(await status('/mqtt', 'null')).toBe(403)
  expect(await status('/mqtt', 'http://127.0.0.1:1')).toBe(403)
  expect(await status('/mqtt', 'http://rebound.example', 'rebound.example')).toBe(403)
  expect(await status('/mqtt', `https://127.0.0.1:${port}`)).toBe(403)
  expect(await status('/mqtt', `http://127.0.0.1:${port}/`)).toBe(403)
  expect(await status('/mqtt', 'http://chat.example.org')).toBe(403)
  expect(await status('/mqtt', 'https://chat.example.org:444')).toBe(403)
  expect(await status('/other')).toBe(404)
})

/** A response that never ends, and is never silent for long enough to be given up. */
const drips: TransferHandler = (_request, response) => {
  const timer = setInterval(() => response.write('.'), 500)
  response.write('.')
  response.on('close', () => clearInterval(timer))
}

test('closing ends open sockets, idle, upgraded and with an answer under way', async () => {
  const { server, port } = await start({}, {}, undefined, (server) => server.onTransfer('/endless', drips))
  server.onUpgrade('/mqtt', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
  const dial = (text: string): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        if (text === '') resolve(socket)
        else socket.write(text)
      })
      socket.on('data', () => resolve(socket))
      socket.on('error', () => undefined)
    })
  const sockets = await Promise.all([
    dial(''),
    dial(handshake(port, '/mqtt')),
    dial(get('/healthz').replace('connection: close\r\n', '')),
    dial(get('/endless')),
  ])
  const ended = sockets.map((socket) => new Promise((resolve) => socket.on('close', resolve)))
  await server.close()
  await Promise.all(ended)
})

test('a taken port is one sentence', async () => {
  const { port } = await start()
  await expect(start({ httpPort: port })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken by another process; stop it, or set MCHAT_HTTP_PORT to another port.`,
  )
})
