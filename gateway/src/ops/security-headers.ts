import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { isEncrypted } from '../config/client-address.ts'
import type { Config } from '../config.ts'
import { LANDING_STYLE_HASH } from './landing-page.ts'

export type SecurityHeaders = Readonly<Record<string, string>>

/** What browsers are told with every answer: nothing on this port is to be embedded, guessed at, run or kept. */
export const securityHeaders = (config: Pick<Config, 'tls' | 'publicTls'>): SecurityHeaders => ({
  'content-security-policy': `default-src 'none'; style-src ${LANDING_STYLE_HASH}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-store',
  ...(isEncrypted(config) ? { 'strict-transport-security': 'max-age=31536000' } : {}),
})

/**
 * For `createServer`: every answer begins with the headers, also those that Node and fastify give before any hook runs
 * (417, a missing Host, 503 while closing).
 */
export const responseWith = (headers: SecurityHeaders): typeof ServerResponse =>
  class<R extends IncomingMessage> extends ServerResponse<R> {
    constructor(...parameters: ConstructorParameters<typeof ServerResponse<R>>) {
      super(...parameters)
      for (const [name, value] of Object.entries(headers)) this.setHeader(name, value)
    }
  }

/** Answers where there is no response to write: a handshake, or something that is not HTTP. Ends the connection. */
export const refuse = (socket: Duplex, status: string, headers: SecurityHeaders): void => {
  const lines = Object.entries({ connection: 'close', 'content-length': '0', ...headers })
  // Nothing limits a socket that was handed out by the server; one that is only ended stays until its peer ends it, too.
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
}
