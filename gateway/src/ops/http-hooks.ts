import type { FastifyInstance, FastifyReply } from 'fastify'

/** A question that another program asks over HTTP, in JSON. */
export interface HttpHook {
  readonly path: string
  readonly bodyBytes: number
  /** Asked before the body is read; otherwise the answer is 401 without a word. */
  readonly mayAsk: (header: (name: string) => string | undefined) => boolean
  /** @returns undefined when the body is not what was agreed on: 400 */
  readonly answer: (body: unknown) => Promise<object | undefined>
}

/** One hook as a route of its own: nothing else on the port takes a body. */
export const addHook = (app: FastifyInstance, { answer, bodyBytes, mayAsk, path }: HttpHook): void => {
  void app.register(async (scope) => {
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytes }, (_request, body, done) =>
      done(null, body),
    )
    scope.addHook('onRequest', async (request, reply) => {
      const header = (name: string): string | undefined => {
        const value = request.headers[name]
        return typeof value === 'string' ? value : undefined
      }
      if (!mayAsk(header)) return reply.code(401).send()
      return undefined
    })
    scope.post(path, { bodyLimit: bodyBytes }, async (request, reply) => {
      const body = parse(request.body)
      const answered = body === undefined ? undefined : await answer(body)
      return answered === undefined ? badRequest(reply) : reply.send(answered)
    })
  })
}

const badRequest = (reply: FastifyReply): FastifyReply =>
  reply.code(400).type('text/plain; charset=utf-8').send('Bad request.\n')

const parse = (body: unknown): unknown => {
  if (!Buffer.isBuffer(body)) return undefined
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
