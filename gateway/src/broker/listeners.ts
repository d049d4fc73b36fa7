import { createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer as createTlsServer } from 'node:tls'
import { createWebSocketStream, WebSocketServer } from 'ws'
import type { Config } from '../config.ts'
import type { UpgradeHandler } from '../ops/http.ts'
import { listenError } from '../platform/listen-error.ts'
import { createNetworkSet, forwardedAddress } from '../platform/networks.ts'
import { readTls } from '../platform/tls.ts'

/** How clients reach the embedded broker: TCP (or TLS) on a port of its own, WebSocket on the HTTP port. */
export interface BrokerListeners {
  /** @returns the port. @throws UserError when it cannot be opened */
  listen(): Promise<number>
  readonly onUpgrade: UpgradeHandler
  /** Takes no more connections; those there are stay. */
  close(): Promise<void>
}

/** Connections by address: one machine cannot take all the room. */
const createAddressLimit = (limit: number) => {
  const counts = new Map<string, number>()
  return (address: string, connection: Duplex): boolean => {
    const count = counts.get(address) ?? 0
    if (count >= limit) return false
    counts.set(address, count + 1)
    connection.once('close', () => {
      const left = (counts.get(address) ?? 1) - 1
      if (left === 0) counts.delete(address)
      else counts.set(address, left)
    })
    return true
  }
}

export const createListeners = async (
  config: Config,
  accept: (stream: Duplex, address: string) => void,
): Promise<BrokerListeners> => {
  const { connectionsPerAddress, maxConnections } = config.limits
  const hasRoom = createAddressLimit(connectionsPerAddress)
  const proxies = createNetworkSet(config.trustedProxies)

  const onSocket = (socket: Socket): void => {
    const address = socket.remoteAddress ?? ''
    if (!hasRoom(address, socket)) {
      socket.destroy()
      return
    }
    // A client with keepalive 0 that has vanished without a word is noticed by the operating system.
    socket.setKeepAlive(true, 60_000)
    accept(socket, address)
  }

  // Without noDelay an answer waits for the client's delayed acknowledgement: 44 ms.
  const server: Server =
    config.tls === undefined
      ? createServer({ noDelay: true }, onSocket)
      : createTlsServer({ noDelay: true, ...(await readTls(config.tls)) }, onSocket)
  server.maxConnections = maxConnections

  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has('mqtt') ? 'mqtt' : false),
  })
  return {
    async listen() {
      await new Promise<void>((resolve, reject) => {
        server.once('error', (error) => reject(listenError(error, config.host, config.mqttPort, 'MCHAT_MQTT_PORT')))
        server.listen({ host: config.host, port: config.mqttPort }, () => resolve())
      })
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
