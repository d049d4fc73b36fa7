import { connect, createServer, type Socket } from 'node:net'
import { ProxyPipe } from './proxy-pipe.ts'

/** `up`: from the client to the target. */
export type Direction = 'up' | 'down'

export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /**
   * From now on nothing passes (in this direction), yet every connection stays open: a cut network. New ones connect, and
   * nothing passes there either.
   */
  freeze(direction?: Direction): void
  /** What was held back arrives, as TCP sends again what a short interruption has swallowed. */
  thaw(): void
  /** Everything takes that much longer, each way. 0: no longer. */
  delay(ms: number): void
  /** No more than that passes each way on each connection. Infinity: whatever there is. */
  throttle(bytesPerSecond: number): void
  /** Resets every connection. New ones work. */
  cut(): void
  /** Resets every connection at one end, and tells the other nothing: to it they stay open. New ones work. */
  abandon(end?: 'client' | 'target'): void
}

/** A loopback port in front of another one, to break the network between two processes. */
export const startTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  const connections = new Set<Connection>()
  const frozen = new Set<Direction>()
  let delayMs = 0
  let bytesPerSecond = Number.POSITIVE_INFINITY
  const server = createServer((client) => {
    const connection = new Connection(client, connect(targetPort, '127.0.0.1'), () => connections.delete(connection))
    connections.add(connection)
    for (const direction of frozen) connection[direction].freeze()
    for (const pipe of connection.pipes) {
      pipe.delay(delayMs)
      pipe.throttle(bytesPerSecond)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  const cut = () => {
    for (const connection of connections) connection.reset()
  }
  return {
    port: address.port,
    freeze(direction) {
      for (const each of direction === undefined ? BOTH : [direction]) {
        frozen.add(each)
        for (const connection of connections) connection[each].freeze()
      }
    },
    thaw() {
      frozen.clear()
      for (const connection of connections) for (const pipe of connection.pipes) pipe.thaw()
    },
    delay(ms) {
      delayMs = ms
      for (const connection of connections) for (const pipe of connection.pipes) pipe.delay(ms)
    },
    throttle(bytes) {
      bytesPerSecond = bytes
      for (const connection of connections) for (const pipe of connection.pipes) pipe.throttle(bytes)
    },
    cut,
    abandon(end = 'client') {
      for (const connection of connections) connection.abandon(end)
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}

const BOTH: readonly Direction[] = ['up', 'down']

class Connection {
  readonly up: ProxyPipe
  readonly down: ProxyPipe
  readonly #ends: { readonly client: Socket; readonly target: Socket }
  #abandoned = false

  constructor(client: Socket, target: Socket, onGone: () => void) {
    this.#ends = { client, target }
    this.up = new ProxyPipe(client, target)
    this.down = new ProxyPipe(target, client)
    for (const [socket, pipe] of [
      [client, this.up],
      [target, this.down],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        if (!this.#abandoned) pipe.finish()
        if (client.destroyed && target.destroyed) {
          for (const each of this.pipes) each.close()
          onGone()
        }
      })
    }
  }

  get pipes(): readonly ProxyPipe[] {
    return [this.up, this.down]
  }

  reset(): void {
    for (const socket of Object.values(this.#ends)) socket.resetAndDestroy()
  }

  abandon(end: 'client' | 'target'): void {
    this.#abandoned = true
    this.#ends[end].resetAndDestroy()
  }
}
