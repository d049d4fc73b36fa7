import type { JsonWebKey } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { clientAddress, mqttUrl } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import { listenError } from '../platform/listen-error.ts'
import { watchLoopLag } from '../platform/loop-lag.ts'
import { createNetworkSet, LOOPBACK_NETWORKS } from '../platform/networks.ts'
import { readTls } from '../platform/tls.ts'
import { addHook, type HttpHook } from './http-hooks.ts'
import { LANDING_STYLE_HASH, type LandingAddresses, landingLanguage, renderLandingPage } from './landing-page.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { createOriginCheck } from './origin.ts'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** The one HTTP port: health, metrics, keys, a page for whoever looks, and WebSocket for the embedded broker. */
export interface HttpServer {
  /**
   * Hands WebSocket handshakes for exactly this path to `handler`, those from foreign web pages excepted (403). The
   * handler owns the socket from then on; sockets still open when the server closes are destroyed.
   */
  onUpgrade(path: string, handler: UpgradeHandler): void
  /** A question that the broker asks. To be said before the port is open. */
  addHook(hook: HttpHook): void
  /** Opens the port, once. @returns the port. @throws UserError when it cannot be opened */
  listen(): Promise<number>
  /** Answers what is under way, then ends every connection. Once, however often it is asked to. */
  close(): Promise<void>
}

export interface HttpServerOptions {
  readonly config: Config
  /** Sentences: why this gateway does not take requests; empty when it does. */
  readonly readiness: () => readonly string[]
  readonly metrics: Metrics
  readonly jwks: { readonly keys: readonly JsonWebKey[] }
  readonly log: Log
  /** The MQTT port really listened on, where the configuration leaves the choice to the system. */
  readonly mqttPort?: () => number
}

const LIMITS = { bodyBytes: 64 * 1024, requestMs: 10_000, headersMs: 10_000, keepAliveMs: 5000, closeMs: 1000 }

export const createHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const { config, log } = options
  const app = await createApp(config)
  const lag = watchLoopLag()
  addRoutes(app, options, lag.maxMs)
  const upgrades = acceptUpgrades(app.server, config)
  app.server.maxConnections = config.limits.maxConnections + 1000
  const listen = async (): Promise<number> => {
    try {
      await app.listen({ host: config.host, port: config.httpPort })
    } catch (error) {
      throw listenError(error, config.host, config.httpPort, 'MCHAT_HTTP_PORT')
    }
    const port = listeningPort(app.server) ?? config.httpPort
    log.info({ host: config.host, port, tls: config.tls !== undefined }, 'http is listening')
    return port
  }
  const close = async (): Promise<void> => {
    lag.stop()
    upgrades.close()
    const impatient = setTimeout(() => app.server.closeAllConnections(), LIMITS.closeMs)
    try {
      await app.close()
    } finally {
      clearTimeout(impatient)
    }
  }
  let listening: Promise<number> | undefined
  let closing: Promise<void> | undefined
  return {
    onUpgrade: upgrades.add,
    addHook: (hook) => addHook(app, hook),
    listen() {
      listening ??= listen()
      return listening
    },
    close() {
      closing ??= close()
      return closing
    },
  }
}

const createApp = async (config: Config): Promise<FastifyInstance> => {
  const common = {
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: LIMITS.requestMs,
    keepAliveTimeout: LIMITS.keepAliveMs,
    forceCloseConnections: 'idle' as const,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    exposeHeadRoutes: true,
    return503OnClosing: true,
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) => {
      secureHeaders(reply, config)
      void reply.code(400).type('text/plain; charset=utf-8').send('Bad request\n')
    },
  }
  const server = { headersTimeout: LIMITS.headersMs, connectionsCheckingInterval: 5000, maxHeaderSize: 16 * 1024 }
  // The two kinds of server have types of their own; everything below uses only what they share.
  const app = (
    config.tls === undefined
      ? fastify({ ...common, http: server })
      : fastify({ ...common, https: { ...server, ...(await readTls(config.tls)) } })
  ) as FastifyInstance
  app.removeAllContentTypeParsers()
  app.addHook('onRequest', (_request, reply, done) => {
    secureHeaders(reply, config)
    done()
  })
  return app
}

const secureHeaders = (reply: FastifyReply, config: Config): FastifyReply =>
  reply.headers({
    'content-security-policy': `default-src 'none'; style-src ${LANDING_STYLE_HASH}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'cache-control': 'no-store',
    ...(config.tls === undefined ? {} : { 'strict-transport-security': 'max-age=31536000' }),
  })

const addRoutes = (app: FastifyInstance, options: HttpServerOptions, loopLagMs: () => number): void => {
  const { config, metrics, readiness } = options
  const mayReadMetrics = metricsGuard(config)

  app.get('/', (request, reply) => {
    const language = landingLanguage(request.headers['accept-language'], config.language)
    void reply
      .type('text/html; charset=utf-8')
      .header('content-language', language)
      .header('vary', 'accept-language')
      .send(renderLandingPage(language, config.version, addressesOf(options, listeningPort(app.server))))
  })
  app.get('/healthz', async () => ({ alive: true, loop_lag_ms: loopLagMs() }))
  app.get('/readyz', async (_request, reply) => {
    const problems = readiness()
    return reply
      .code(problems.length === 0 ? 200 : 503)
      .send(problems.length === 0 ? { ready: true } : { ready: false, problems })
  })
  app.get('/metrics', async (request, reply) => {
    if (!mayReadMetrics(request)) return plain(reply, 403, 'Not from this address; see MCHAT_METRICS_NETWORKS.')
    return reply.type(metrics.contentType).send(await metrics.render())
  })
  app.get('/.well-known/jwks.json', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(options.jwks),
  )

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    if (app.hasRoute({ method: 'GET', url: path })) {
      return plain(reply.header('allow', 'GET, HEAD'), 405, 'Only GET and HEAD are possible here.')
    }
    return plain(reply, 404, 'There is nothing here.')
  })
  app.setErrorHandler((error, request, reply) => {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status >= 400 && status < 500) return plain(reply, status, 'Bad request.')
    options.log.error({ error, method: request.method, url: request.url }, 'http request failed')
    return plain(reply, 500, 'Something went wrong.')
  })
}

const plain = (reply: FastifyReply, status: number, sentence: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`)

/** Metrics tell how a deployment is used: they are for its own machine and the networks it names. */
const metricsGuard = (config: Config): ((request: FastifyRequest) => boolean) => {
  const allowed = createNetworkSet([...LOOPBACK_NETWORKS, ...config.metricsNetworks])
  const proxies = createNetworkSet(config.trustedProxies)
  return (request) => {
    const peer = request.socket.remoteAddress ?? ''
    // A proxy nobody has declared makes everybody look like it, the whole Internet included.
    if (request.headers['x-forwarded-for'] !== undefined && !proxies.has(peer)) return false
    return allowed.has(request.ip)
  }
}

const listeningPort = (server: Server): number | undefined => {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : undefined
}

const addressesOf = ({ config, mqttPort }: HttpServerOptions, listening: number | undefined): LandingAddresses => {
  const ports = { mqtt: mqttPort?.() ?? config.mqttPort, http: listening ?? config.httpPort }
  const address = clientAddress(config, ports)
  return { mqtt: mqttUrl(address), webSocket: address.webSocketUrl }
}

interface Upgrades {
  add(path: string, handler: UpgradeHandler): void
  close(): void
}

const acceptUpgrades = (server: Server, config: Config): Upgrades => {
  const handlers = new Map<string, UpgradeHandler>()
  const sockets = new Set<Duplex>()
  const isAllowedOrigin = createOriginCheck(config)
  let closing = false
  server.on('upgrade', (request, socket, head) => {
    const handler = handlers.get((request.url ?? '').split('?')[0] ?? '')
    socket.on('error', () => socket.destroy())
    if (closing) return refuse(socket, '503 Service Unavailable')
    if (handler === undefined) return refuse(socket, '404 Not Found')
    if (!isAllowedOrigin(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden')
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    handler(request, socket, head)
  })
  return {
    add: (path, handler) => void handlers.set(path, handler),
    close() {
      closing = true
      for (const socket of sockets) socket.destroy()
    },
  }
}

const refuse = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\nx-content-type-options: nosniff\r\n\r\n`)
}
