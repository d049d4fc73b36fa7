import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { createWebSocketStream, WebSocketServer } from 'ws'
import type { Config } from '../config.ts'
import { createAddressLimit } from '../ops/address-limit.ts'
import type { Certificate } from '../ops/certificate.ts'
import { refuse, securityHeaders } from '../ops/security-headers.ts'
import type { UpgradeHandler } from '../ops/upgrades.ts'
import { listenAddress } from '../platform/listen-address.ts'
import { listenError } from '../platform/listen-error.ts'
import { createNetworkSet, forwardedAddress } from '../platform/networks.ts'
import { UserError } from '../platform/user-error.ts'

/** How clients reach the embedded broker: TCP (or TLS) on a port of its own, WebSocket on the HTTP port. */
export interface BrokerListeners {
  /** @returns the port. @throws UserError when it cannot be opened */
  listen(): Promise<number>
  readonly onUpgrade: UpgradeHandler
  /** Takes no more connections; those there are stay. */
  close(): Promise<void>
}

/** @param certificate absent: MQTT over TCP as it is */
export const createListeners = (
  config: Config,
  certificate: Certificate | undefined,
  accept: (stream: Duplex, address: string | undefined) => void,
): BrokerListeners => {
  const { connectTimeoutSeconds, connectionsPerAddress, maxConnections } = config.limits
  const hasRoom = createAddressLimit(connectionsPerAddress)
  const proxies = createNetworkSet(config.trustedProxies)
  const headers = securityHeaders(config)

  /** Of a proxy nobody's: who comes through it, it cannot say over plain TCP. */
  const addressOf = (socket: Socket): string | undefined => {
    const address = socket.remoteAddress ?? ''
    return proxies.has(address) ? undefined : address
  }
  const onSocket = (socket: Socket): void => {
    if (socket.destroyed) return
    // A client with keepalive 0 that has vanished without a word is noticed by the operating system.
    socket.setKeepAlive(true, 60_000)
    accept(socket, addressOf(socket))
  }
  // Without noDelay an answer waits for the client's delayed acknowledgement: 44 ms.
  const server = createTcpServer(
    certificate,
    { noDelay: true, handshakeTimeout: connectTimeoutSeconds * 1000 },
    onSocket,
  )
  server.maxConnections = maxConnections
  // Before the TLS handshake, which is the dearest thing that a stranger can ask for.
  server.prependListener('connection', (socket: Socket) => {
    const address = addressOf(socket)
    if (address !== undefined && !hasRoom(address, socket)) socket.destroy()
  })

  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has('mqtt') ? 'mqtt' : false),
  })
  webSockets.on('wsClientError', (_error, socket) =>
    refuse(socket, '400 Bad Request', { ...headers, 'sec-websocket-version': '13' }),
  )
  return {
    async listen() {
      try {
        server.listen({ host: await listenAddress(config, certificate !== undefined), port: config.mqttPort })
        await once(server, 'listening')
      } catch (error) {
        if (error instanceof UserError) throw error
        throw listenError(error, config.host, config.mqttPort, 'MCHAT_MQTT_PORT')
      }
      const address = server.address()
      return typeof address === 'object' && address !== null ? address.port : config.mqttPort
    },
    onUpgrade(request, socket, head) {
      const address = forwardedAddress(request, proxies)
      if (!hasRoom(address, socket)) {
        socket.destroy()
        return
      }
      webSockets.handleUpgrade(request, socket, head, (webSocket) => accept(createWebSocketStream(webSocket), address))
    },
    async close() {
      // Not awaited: it is done when the last connection has ended, and the broker ends those, later than this.
      server.close()
      webSockets.close()
    },
  }
}

const createTcpServer = (
  certificate: Certificate | undefined,
  options: { readonly noDelay: boolean; readonly handshakeTimeout: number },
  onSocket: (socket: Socket) => void,
): Server => {
  if (certificate === undefined) return createServer(options, onSocket)
  const server = createTlsServer({ ...options, ...certificate.serverOptions }, onSocket)
  // Node tells of a handshake that took too long, and leaves the connection open.
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  certificate.follow(server)
  return server
}
