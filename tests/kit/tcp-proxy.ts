import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** From now on nothing passes in either direction, yet every connection stays open: a cut network. New ones connect. */
  freeze(): void
  /** What was held back arrives. */
  thaw(): void
  /** Resets every connection. New ones work. */
  cut(): void
  /** Resets every connection at the client's end, and tells the target nothing: to it they stay open. New ones work. */
  abandon(): void
}

/** A loopback port in front of another one, to break the network between two processes. */
export const startTcpProxy = async (targetPort: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>()
  const clients = new Set<Socket>()
  let frozen = false
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    if (frozen) socket.pause()
  }
  const server = createServer((from) => {
    const to = connect(targetPort, '127.0.0.1')
    clients.add(from)
    for (const [source, sink] of [
      [from, to],
      [to, from],
    ] as const) {
      track(source)
      source.setNoDelay(true)
      source.on('data', (chunk) => sink.write(chunk))
      source.on('close', () => {
        clients.delete(source)
        sink.destroy()
      })
      if (frozen) source.pause()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: address.port,
    freeze() {
      frozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      frozen = false
      for (const socket of sockets) socket.resume()
    },
    cut,
    abandon() {
      const abandoned = [...clients]
      for (const client of abandoned) client.removeAllListeners('close')
      for (const client of abandoned) client.resetAndDestroy()
      clients.clear()
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
    },
  }
}
