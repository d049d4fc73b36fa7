import type { JsonWebKey } from 'node:crypto'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { clientAddress, mqttUrl } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import { listenAddress } from '../platform/listen-address.ts'
import { listenError } from '../platform/listen-error.ts'
import { watchLoopLag } from '../platform/loop-lag.ts'
import { createNetworkSet, LOOPBACK_NETWORKS } from '../platform/networks.ts'
import { UserError } from '../platform/user-error.ts'
import { createAddressLimit } from './address-limit.ts'
import type { Certificate } from './certificate.ts'
import { addConsole, CONSOLE_PATH, type ConsoleOptions } from './console.ts'
import { addHook, type HttpHook } from './http-hooks.ts'
import { type LandingAddresses, landingLanguage, renderLandingPage } from './landing-page.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import { refuse, responseWith, securityHeaders } from './security-headers.ts'
import { addTransfer, limitRequestTime, type TransferHandler } from './transfers.ts'
import { acceptUpgrades, type UpgradeHandler } from './upgrades.ts'

/** The one HTTP port: the console, health, metrics, keys, and WebSocket for the embedded broker. */
export interface HttpServer {
  /**
   * Hands WebSocket handshakes for exactly this path to `handler`, those from foreign web pages excepted (403). The
   * handler owns the socket from then on; sockets still open when the server closes are destroyed.
   */
  onUpgrade(path: string, handler: UpgradeHandler): void
  /** A question that the broker asks. To be said before the port is open. */
  addHook(hook: HttpHook): void
  /**
   * Hands everything at this path and below to `handler`, whatever its method, with its body unread and for as long as it
   * takes. To be said before the port is open.
   */
  onTransfer(path: string, handler: TransferHandler): void
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
  readonly jwks: () => { readonly keys: readonly JsonWebKey[] }
  readonly log: Log
  /** HTTPS with this one; absent: HTTP. */
  readonly certificate?: Certificate | undefined
  /** The MQTT port really listened on, where the configuration leaves the choice to the system. */
  readonly mqttPort?: () => number
  /** undefined: the console was not built, and a page says where things are. */
  readonly console?: Omit<ConsoleOptions, 'config'> | undefined
}

const LIMITS = {
  bodyBytes: 64 * 1024,
  headerBytes: 16 * 1024,
  handshakeMs: 10_000,
  headersMs: 10_000,
  keepAliveMs: 5000,
  /** In which nothing comes and nothing can be written: whoever does not read its answer. */
  silenceMs: 30_000,
  closeMs: 1000,
}

export const createHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const { certificate, config, log } = options
  const app = createApp(options)
  const lag = watchLoopLag()
  addRoutes(app, options, lag.maxMs)
  const upgrades = acceptUpgrades(app.server, config, securityHeaders(config))
  limitConnections(app.server, config)
  const listen = async (): Promise<number> => {
    try {
      await app.listen({ host: await listenAddress(config, certificate !== undefined), port: config.httpPort })
    } catch (error) {
      if (error instanceof UserError) throw error
      throw listenError(error, config.host, config.httpPort, 'MCHAT_HTTP_PORT')
    }
    const port = listeningPort(app.server) ?? config.httpPort
    log.info({ host: config.host, port, tls: certificate !== undefined }, 'http is listening')
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
    onTransfer: (path, handler) => addTransfer(app, path, handler),
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

const createApp = ({ certificate, config }: HttpServerOptions): FastifyInstance => {
  const headers = securityHeaders(config)
  const common = {
    bodyLimit: LIMITS.bodyBytes,
    requestTimeout: 0,
    keepAliveTimeout: LIMITS.keepAliveMs,
    connectionTimeout: LIMITS.silenceMs,
    forceCloseConnections: 'idle' as const,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    exposeHeadRoutes: true,
    return503OnClosing: true,
    // No route has a schema, and what would compile one is not loaded.
    schemaController: { compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler } },
    frameworkErrors: (_error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      void plain(reply, 400, 'Bad request.'),
    clientErrorHandler: (error: Error & { readonly code?: string }, socket: Socket) => {
      const status = CLIENT_ERRORS[error.code ?? ''] ?? (error.code?.startsWith('HPE_') ? '400 Bad Request' : undefined)
      // Whatever else it is, a failed TLS handshake for one, there is nobody to answer.
      if (status === undefined || !socket.writable) socket.destroy()
      else refuse(socket, status, headers)
    },
  }
  const server = {
    headersTimeout: LIMITS.headersMs,
    connectionsCheckingInterval: 5000,
    maxHeaderSize: LIMITS.headerBytes,
    ServerResponse: responseWith(headers),
  }
  // The two kinds of server have types of their own; everything below uses only what they share.
  const app = (
    certificate === undefined
      ? fastify({ ...common, http: server })
      : fastify({
          ...common,
          https: { ...server, ...certificate.serverOptions, handshakeTimeout: LIMITS.handshakeMs },
        })
  ) as FastifyInstance
  if (app.server instanceof TlsServer) certificate?.follow(app.server)
  app.removeAllContentTypeParsers()
  limitRequestTime(app, headers)
  return app
}

const noCompiler = (): never => {
  throw new Error('Routes have no schemas.')
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}

/** Of a proxy that is trusted everybody comes from one address. */
const limitConnections = (server: Server, config: Config): void => {
  const { connectionsPerAddress, maxConnections } = config.limits
  const hasRoom = createAddressLimit(connectionsPerAddress)
  const proxies = createNetworkSet(config.trustedProxies)
  server.maxConnections = maxConnections + 1000
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    if (!proxies.has(address) && !hasRoom(address, socket)) socket.destroy()
  })
}

const addRoutes = (app: FastifyInstance, options: HttpServerOptions, loopLagMs: () => number): void => {
  const { config, metrics, readiness } = options
  const mayReadMetrics = metricsGuard(config)

  if (options.console === undefined) addLandingPage(app, options)
  else addConsole(app, { ...options.console, config })
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
    reply.header('cache-control', 'public, max-age=300').send(options.jwks()),
  )

  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    // It is asked by the pattern of a route, and not by what matches it.
    const isPage = options.console !== undefined && path.startsWith(CONSOLE_PATH)
    if (isPage || app.hasRoute({ method: 'GET', url: path })) {
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

const addLandingPage = (app: FastifyInstance, options: HttpServerOptions): void => {
  const { config } = options
  app.get('/', (request, reply) => {
    const language = landingLanguage(request.headers['accept-language'], config.language)
    void reply
      .type('text/html; charset=utf-8')
      .header('content-language', language)
      .header('vary', 'accept-language')
      .send(renderLandingPage(language, config.version, addressesOf(options, listeningPort(app.server))))
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
