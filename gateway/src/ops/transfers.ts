import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { refuse, type SecurityHeaders } from './security-headers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body may be as large as it likes. */
    readonly isTransfer?: true
  }
}

/** Reads the body and writes the answer itself. */
export type TransferHandler = (request: IncomingMessage, response: ServerResponse) => void

/** How long a body may take to come: of a question, and of a transfer with its size at the slowest rate that is put up with. */
const QUESTION_MS = 10_000
const TRANSFER_MS = 60_000
const BYTES_PER_MS = 16

/**
 * In the place of Node's `requestTimeout`, which is one for the whole server: what is sent too slowly is answered 408 and
 * the connection ended.
 */
export const limitRequestTime = (app: FastifyInstance, headers: SecurityHeaders): void => {
  app.addHook('onRequest', async ({ raw, routeOptions }, reply) => {
    const size = Number(raw.headers['content-length'] ?? 0)
    const patience = routeOptions.config.isTransfer === true ? TRANSFER_MS + size / BYTES_PER_MS : QUESTION_MS
    const timer = setTimeout(() => {
      if (raw.complete) return
      if (reply.raw.headersSent) raw.destroy()
      else refuse(raw.socket, '408 Request Timeout', headers)
    }, patience).unref()
    raw.once('close', () => clearTimeout(timer))
  })
}

/** Hands everything at this path and below to `handler`, whatever its method, with its body unread. */
export const addTransfer = (app: FastifyInstance, path: string, handler: TransferHandler): void => {
  void app.register(async (scope) => {
    scope.addContentTypeParser('*', (_request, _body, done) => done(null))
    for (const url of [path, `${path}/*`]) {
      scope.route({
        method: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'],
        url,
        exposeHeadRoute: false,
        bodyLimit: Number.MAX_SAFE_INTEGER,
        config: { isTransfer: true },
        handler(request, reply) {
          reply.hijack()
          handler(request.raw, reply.raw)
        },
      })
    }
  })
}
