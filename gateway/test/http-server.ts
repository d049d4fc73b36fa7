import { connect } from 'node:net'
import { type Config, type ConfigOverrides, createConfig } from '../src/config.ts'
import { openCertificate } from '../src/ops/certificate.ts'
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../src/ops/http.ts'
import type { HttpHook } from '../src/ops/http-hooks.ts'
import { silentLog } from '../src/ops/log.ts'
import { createMetrics } from '../src/ops/metrics.ts'
import { systemClock } from '../src/platform/clock.ts'

let open: HttpServer[] = []
/** For `afterEach`. */
export const closeServers = async (): Promise<void> => {
  await Promise.all(open.map((server) => server.close()))
  open = []
}

/** The HTTP port of a gateway with nothing behind it. */
export const start = async (
  overrides: ConfigOverrides = {},
  options: Partial<HttpServerOptions> = {},
  hook?: HttpHook,
  beforeItListens?: (server: HttpServer) => void,
) => {
  const config = createConfig({ httpPort: 0, ...overrides })
  const metrics = createMetrics({ version: config.version, process: false })
  const jwks = () => ({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'x', kid: 'k' }] })
  const server = await createHttpServer({ config, readiness: () => [], metrics, jwks, log: silentLog, ...options })
  open.push(server)
  if (hook !== undefined) server.addHook(hook)
  beforeItListens?.(server)
  const port = await server.listen()
  return { server, port, metrics, url: `http://127.0.0.1:${port}` }
}

export const startSecure = async (tls: NonNullable<Config['tls']>) => {
  const metrics = createMetrics({ version: '0', process: false })
  const certificate = await openCertificate({ tls, clock: systemClock(), log: silentLog, metrics })
  certificate.close()
  return await start({ tls }, { certificate })
}

/** What a server says to bytes sent as they are, which fetch would tidy up. */
export const raw = (port: number, request: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(answer))
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer')))
  })

export const get = (path: string, headers = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}\r\n`

export const handshake = (port: number, path: string, origin?: string, host = `127.0.0.1:${port}`): string =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n${origin === undefined ? '' : `origin: ${origin}\r\n`}\r\n`
