import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export interface ReceivedRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: IncomingMessage['headers']
  /** As they came: names and values in turn. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export interface ReceivedConnection {
  /** How many requests came over it. */
  readonly requests: number
  /** What TLS was told; undefined without. */
  readonly serverName: string | undefined
  readonly isOpen: boolean
  /** When the other side, or this one, has ended it. */
  readonly closed: Promise<void>
}

/** What becomes of a request that has arrived with its whole body. */
export type Responder = (request: ReceivedRequest, response: ServerResponse) => void

export interface HostileHttpServer extends AsyncDisposable {
  readonly port: number
  /** Without a slash at its end. */
  readonly url: string
  /** All there were. */
  readonly connections: readonly ReceivedConnection[]
  readonly requests: readonly ReceivedRequest[]
  /** From the next request on; `hostile-answers.ts` has some that nobody should give. Before: 200 without a body. */
  respond(responder: Responder): void
  /** The next connection, or request, that was not there at the call. */
  nextConnection(): Promise<ReceivedConnection>
  nextRequest(): Promise<ReceivedRequest>
}

export interface HostileHttpServerOptions {
  /** A loopback address. */
  readonly host?: string
  readonly port?: number
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer }
}

/** A web server on this machine that answers as a test wants it to, and remembers who came. */
export const startHostileHttpServer = async (options: HostileHttpServerOptions = {}): Promise<HostileHttpServer> => {
  const { host = '127.0.0.1', tls } = options
  const connections: Connection[] = []
  const requests: ReceivedRequest[] = []
  const connected = new Announcements<ReceivedConnection>()
  const requested = new Announcements<ReceivedRequest>()
  let respond: Responder = (_request, response) => response.end()

  const listener: RequestListener = async (incoming, response) => {
    const connection = connections.find(({ socket }) => socket === incoming.socket)
    if (connection !== undefined) connection.requests++
    response.on('error', () => undefined)
    const body: Buffer[] = []
    try {
      for await (const chunk of incoming) body.push(chunk as Buffer)
    } catch {
      return
    }
    const { headers, method = '', rawHeaders, url: path = '' } = incoming
    const request = { method, path, headers, rawHeaders, body: Buffer.concat(body).toString() }
    requests.push(request)
    requested.say(request)
    respond(request, response)
  }

  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  server.requestTimeout = 0
  server.headersTimeout = 0
  server.keepAliveTimeout = 60_000
  server.on('clientError', (_error, socket) => socket.destroy())
  // With TLS once the handshake is over, since there is no request on another one.
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    const connection = new Connection(socket)
    connections.push(connection)
    connected.say(connection)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    connections,
    requests,
    respond(responder) {
      respond = responder
    },
    nextConnection: () => connected.next(),
    nextRequest: () => requested.next(),
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      for (const { socket } of connections) socket.destroy()
      await closed
    },
  }
}

class Connection implements ReceivedConnection {
  requests = 0
  readonly socket: Socket
  readonly closed: Promise<void>

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
  }

  get isOpen(): boolean {
    return !this.socket.destroyed
  }

  get serverName(): string | undefined {
    const name = (this.socket as Partial<TLSSocket>).servername
    return typeof name === 'string' ? name : undefined
  }
}

class Announcements<T> {
  #waiting: ((value: T) => void)[] = []

  next(): Promise<T> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  say(value: T): void {
    for (const resolve of this.#waiting.splice(0)) resolve(value)
  }
}

/** A stream of server-sent events as the answer. */
export const eventStream = (
  response: ServerResponse,
): { send(data: string, event?: string): void; comment(text: string): void; end(): void } => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  return {
    send(data, event) {
      const lines = data.split('\n').map((line) => `data: ${line}\n`)
      response.write(`${event === undefined ? '' : `event: ${event}\n`}${lines.join('')}\n`)
    },
    comment: (text) => void response.write(`: ${text}\n\n`),
    end: () => void response.end(),
  }
}
