import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Config } from '../config.ts'
import { createOriginCheck } from './origin.ts'
import { refuse, type SecurityHeaders } from './security-headers.ts'

export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** WebSocket handshakes of a server, by their path. */
export interface Upgrades {
  add(path: string, handler: UpgradeHandler): void
  /** Refuses what still comes, and destroys the sockets that were handed out. */
  close(): void
}

export const acceptUpgrades = (server: Server, config: Config, headers: SecurityHeaders): Upgrades => {
  const handlers = new Map<string, UpgradeHandler>()
  const sockets = new Set<Duplex>()
  const isAllowedOrigin = createOriginCheck(config)
  let closing = false
  server.on('upgrade', (request, socket, head) => {
    const handler = handlers.get((request.url ?? '').split('?')[0] ?? '')
    socket.on('error', () => socket.destroy())
    if (closing) return refuse(socket, '503 Service Unavailable', headers)
    if (handler === undefined) return refuse(socket, '404 Not Found', headers)
    if (!isAllowedOrigin(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden', headers)
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
