import { MChatError } from '@mchat/schema'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseJsonObject } from '../platform/strict-json.ts'

/** A question that another program asks over HTTP, in JSON. */
export interface HttpHook {
  readonly path: string
  readonly bodyBytes: number
  /** Read as requests are: of strangers, and passed on. */
  readonly isStrict?: true
  /** Asked before the body is read; otherwise the answer is 401 without a word. */
  readonly mayAsk: (header: Header) => boolean
  /**
   * @returns undefined when the body is not what was agreed on: 400
   * @throws HttpRefusal
   */
  readonly answer: (body: unknown, header: Header) => Promise<object | undefined>
}

/** A header of the request that is there once, by its lower-case name. */
export type Header = (name: string) => string | undefined

/** What is answered instead, with one sentence. */
export class HttpRefusal extends Error {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.name = 'HttpRefusal'
    this.status = status
  }
}

/** One hook as a route of its own: nothing else on the port takes a body. */
export const addHook = (app: FastifyInstance, { answer, bodyBytes, isStrict, mayAsk, path }: HttpHook): void => {
  void app.register(async (scope) => {
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    scope.addHook('onRequest', async (request, reply) => {
      if (!mayAsk(headerOf(request))) return reply.code(401).send()
      return undefined
    })
    scope.post(path, { bodyLimit: bodyBytes }, async (request, reply) => {
      const body = isStrict === true ? parseStrictly(request.body) : parse(request.body)
      try {
        const answered = body === undefined ? undefined : await answer(body, headerOf(request))
        return answered === undefined ? plain(reply, 400, 'Bad request.') : reply.send(answered)
      } catch (error) {
        if (!(error instanceof HttpRefusal)) throw error
        return plain(reply, error.status, error.message)
      }
    })
  })
}

const headerOf =
  (request: FastifyRequest): Header =>
  (name) => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  }

const plain = (reply: FastifyReply, status: number, sentence: string): FastifyReply =>
  reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`)

const parse = (body: unknown): unknown => {
  if (!Buffer.isBuffer(body)) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}

const parseStrictly = (body: unknown): unknown => {
  if (!Buffer.isBuffer(body)) return undefined
  try {
    return parseJsonObject(body).value
  } catch (error) {
    if (error instanceof MChatError) return undefined
    throw error
  }
}
