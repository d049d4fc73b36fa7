import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Broker } from './broker.ts'
import type { Channel } from './channel.ts'

interface Reply {
  readonly status: number
  readonly body?: unknown
}

const NOT_FOUND: Reply = { status: 404, body: { code: 'CLIENTID_NOT_FOUND', message: 'Client ID not found' } }
const NO_SUCH_API: Reply = { status: 404, body: { code: 'API_NOT_EXIST', message: 'Request Path Not Found' } }
const BAD_REQUEST: Reply = { status: 400, body: { code: 'BAD_REQUEST', message: 'bad request' } }
const NO_CONTENT: Reply = { status: 204 }

/** EMQX 5's REST API, with the calls that the gateway makes and no other. */
export class RestApi {
  /** Every call is answered so instead: what a sick cluster does. */
  fails: Reply | undefined
  readonly calls: string[] = []
  readonly #broker: Broker
  readonly #authorization: string
  readonly #server: Server

  constructor(broker: Broker, key: string, secret: string) {
    this.#broker = broker
    this.#authorization = `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy())
    })
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { body, status } = this.fails ?? (await this.#answer(request, text))
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }

  async #answer(request: IncomingMessage, text: string): Promise<Reply> {
    if (request.headers.authorization !== this.#authorization) {
      return { status: 401, body: { code: 'BAD_API_KEY_OR_SECRET', message: 'Check api_key/api_secret' } }
    }
    const url = new URL(request.url ?? '/', 'http://emqx')
    this.calls.push(`${request.method} ${url.pathname}`)
    const [, id, rest = ''] = /^\/api\/v5\/clients(?:\/([^/]+)(\/.*)?)?$/.exec(url.pathname) ?? []
    const call = `${request.method} ${id === undefined ? url.pathname.replace('/api/v5', '') : `/{id}${rest}`}`
    if (call === 'GET /clients') return this.#list(url.searchParams)
    const isJson = request.headers['content-type'] === 'application/json'
    if (request.method === 'POST' && !isJson) return { status: 415, body: { code: 'UNSUPPORTED_MEDIA_TYPE' } }
    const channel = this.#broker.channels.get(decodeURIComponent(id ?? ''))
    switch (call) {
      case 'DELETE /{id}':
        if (channel === undefined) return NOT_FOUND
        await channel.kick()
        return NO_CONTENT
      case 'DELETE /{id}/authorization/cache':
        if (channel?.hasProcess !== true) return NOT_FOUND
        await channel.forgetAuthorisations()
        return NO_CONTENT
      case 'GET /{id}/subscriptions':
        return channel === undefined ? NOT_FOUND : { status: 200, body: subscriptionsOf(channel) }
      case 'POST /{id}/subscribe':
        return subscribe(channel, parse(text))
      case 'POST /{id}/unsubscribe/bulk':
        return unsubscribe(channel, parse(text))
      default:
        return NO_SUCH_API
    }
  }

  #list(query: URLSearchParams): Reply {
    for (const name of query.keys()) if (!['username', 'limit', 'page'].includes(name)) return BAD_REQUEST
    const limit = Number(query.get('limit') ?? 100)
    const page = Number(query.get('page') ?? 1)
    if (!(limit > 0 && limit <= 10_000 && page > 0)) return BAD_REQUEST
    const username = query.get('username')
    const all = [...this.#broker.channels.values()].filter(
      ({ identity }) => username === null || identity.username === username,
    )
    const data = all.slice((page - 1) * limit, page * limit).map(({ clientId, identity, isConnected }) => ({
      clientid: clientId,
      username: identity.username,
      connected: isConnected,
      node: 'emqx@127.0.0.1',
    }))
    const meta = { count: all.length, limit, page, hasnext: page * limit < all.length }
    return { status: 200, body: { data, meta } }
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const subscriptionsOf = ({ clientId, session }: Channel): object[] =>
  [...session.subscriptions].map(([topic, qos]) => ({
    clientid: clientId,
    node: 'emqx@127.0.0.1',
    topic,
    qos,
    nl: 0,
    rap: 0,
    rh: 0,
  }))

/** What is not connected any more is told too, as long as it has a process. It does it in its own time. */
const subscribe = (channel: Channel | undefined, body: unknown): Reply => {
  const { nl, qos, rap, rh, topic, ...others } = (body ?? {}) as Record<string, unknown>
  const isValid = typeof topic === 'string' && [qos, nl, rap, rh].every((value) => Number.isInteger(value))
  if (!isValid || Object.keys(others).length > 0) return BAD_REQUEST
  if (channel?.hasProcess !== true) return NOT_FOUND
  void channel.call(() => void channel.session.subscriptions.set(topic, qos === 0 ? 0 : 1))
  return { status: 200, body: { clientid: channel.clientId, topic, qos } }
}

const unsubscribe = (channel: Channel | undefined, body: unknown): Reply => {
  const isValid = Array.isArray(body) && body.every((entry) => typeof entry?.topic === 'string')
  if (!isValid) return BAD_REQUEST
  if (channel === undefined) return NOT_FOUND
  // Of a durable session without a process nothing is done, and it is answered all the same.
  if (!channel.hasProcess) return NO_CONTENT
  void channel.call(() => {
    for (const { topic } of body) channel.session.subscriptions.delete(topic)
  })
  return NO_CONTENT
}
