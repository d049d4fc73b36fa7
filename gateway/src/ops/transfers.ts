import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { refuse, type SecurityHeaders } from './security-headers.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its body may be as large as it likes. */
    readonly isTransfer?: true
  }
  interface FastifyRequest {
    /** From now on its body may take as long as its size needs. */
    admit: () => void
  }
}

/**
 * Reads the body and writes the answer itself.
 * @param admit to be called when the request has shown that it may: it is a question until then, which has to come soon,
 * whatever size it announces
 */
export type TransferHandler = (request: IncomingMessage, response: ServerResponse, admit: () => void) => void

/** How long a body may take to come: of a question, and of a transfer with its size at the slowest rate that is put up with. */
const QUESTION_MS = 10_000
const TRANSFER_MS = 60_000
const BYTES_PER_MS = 16

/**
 * In the place of Node's `requestTimeout`, which is one for the whole server: what is sent too slowly is answered 408 and
 * the connection ended.
 */
export const limitRequestTime = (app: FastifyInstance, headers: SecurityHeaders): void => {
  app.decorateRequest('admit', () => undefined)
  app.addHook('onRequest', async (request, reply) => {
    const { raw, routeOptions } = request
    const wait = (milliseconds: number): NodeJS.Timeout =>
      setTimeout(() => {
        if (raw.complete) return
        if (reply.raw.headersSent) raw.destroy()
        else refuse(raw.socket, '408 Request Timeout', headers)
      }, milliseconds).unref()
    let timer = wait(QUESTION_MS)
    raw.once('close', () => clearTimeout(timer))
    if (routeOptions.config.isTransfer !== true) return
    request.admit = () => {
      clearTimeout(timer)
      const size = Number(raw.headers['content-length'] ?? 0)
      if (!raw.closed) timer = wait(TRANSFER_MS + size / BYTES_PER_MS)
    }
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
          handler(request.raw, reply.raw, request.admit)
        },
      })
    }
  })
}
