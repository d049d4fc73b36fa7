import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Broker } from './broker.ts'
import { ADMINISTRATIVE_ACTION } from './connection.ts'
import { type Credentials, signatureProblem } from './signature.ts'

interface Reply {
  readonly status: number
  readonly body?: unknown
  /** What SDKs take for the name of the error. */
  readonly errorType?: string
}

/** 200 has no body. */
const DONE: Reply = { status: 200 }

const failure = (status: number, errorType: string, message: string): Reply => ({
  status,
  errorType,
  body: { message },
})

/** AWS IoT Core's data plane API: DeleteConnection and nothing else. */
export class DataPlane {
  /** Every call is answered so instead: what a service in trouble does. */
  fails: { readonly status: number; readonly body: unknown } | undefined
  /** `{method} {path and query}` of every call, however it was answered. */
  readonly calls: string[] = []
  readonly #broker: Broker
  readonly #credentials: Credentials
  readonly #server: Server

  constructor(broker: Broker, credentials: Credentials) {
    this.#broker = broker
    this.#credentials = credentials
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
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(Buffer.from(chunk))
    this.calls.push(`${request.method} ${request.url}`)
    const reply: Reply = this.fails ?? this.#answer(request, Buffer.concat(chunks))
    response.writeHead(reply.status, {
      ...(reply.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(reply.errorType === undefined ? {} : { 'x-amzn-errortype': reply.errorType }),
    })
    response.end(reply.body === undefined ? undefined : JSON.stringify(reply.body))
  }

  #answer(request: IncomingMessage, body: Buffer): Reply {
    const problem = signatureProblem(request, body, this.#credentials)
    if (problem !== undefined) return failure(403, 'ForbiddenException', problem)
    const [path = '/', query] = (request.url ?? '/').split('?')
    const [, encodedId] = /^\/connections\/([^/]+)$/.exec(path) ?? []
    if (request.method !== 'DELETE' || encodedId === undefined) {
      return failure(404, 'UnknownOperationException', 'unknown operation')
    }
    const clientId = decode(encodedId)
    const { cleanSession = false, preventWillMessage = false, ...others } = parseFlags(query)
    if (clientId === undefined || !/^[^$].{0,127}$/s.test(clientId) || Object.keys(others).length > 0) {
      return failure(400, 'InvalidRequestException', 'The request is not valid.')
    }
    return this.#deleteConnection(clientId, cleanSession, preventWillMessage)
  }

  /** "Not currently connected": the session of a client that is away stays, with all that waits in it. */
  #deleteConnection(clientId: string, cleansSession: boolean, preventsWill: boolean): Reply {
    const connection = this.#broker.connections.get(clientId)
    if (connection === undefined) return failure(404, 'ResourceNotFoundException', 'The client is not connected.')
    connection.close({ reasonCode: ADMINISTRATIVE_ACTION, cleansSession, preventsWill })
    return DONE
  }
}

/** Anything that is not yes or no keeps another name, under which nobody knows it. */
const parseFlags = (query: string | undefined): Record<string, boolean> =>
  Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) =>
      /^(true|false)$/i.test(value) ? [name, value.toLowerCase() === 'true'] : [`${name}=${value}`, true],
    ),
  )

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
