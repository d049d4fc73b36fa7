import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

describe('the proxy between two processes', () => {
  let opened: AsyncDisposableStack
  let proxy: TcpProxy
  let client: Socket
  let server: Socket

  beforeEach(async () => {
    opened = new AsyncDisposableStack()
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    opened.defer(() => void listener.close())
    const address = listener.address()
    proxy = opened.use(await startTcpProxy(typeof address === 'object' ? (address?.port ?? 0) : 0))
    const accepted = once(listener, 'connection')
    client = connect(proxy.port, '127.0.0.1')
    server = (await accepted)[0] as Socket
    for (const socket of [client, server]) {
      socket.on('error', () => undefined)
      opened.defer(() => void socket.destroy())
    }
  })
  afterEach(() => opened.disposeAsync())

  /** Resolves when so many bytes have arrived, with all of them. */
  const read = async (socket: Socket, bytes: number): Promise<string> => {
    let text = ''
    while (text.length < bytes) text += String((await once(socket, 'data'))[0])
    return text
  }

  test('holds back one direction and lets the other pass, and what was held arrives in order', async () => {
    proxy.freeze('up')
    client.write('one ')
    client.write('two')
    server.write('hello')
    expect(await read(client, 5)).toBe('hello')
    const arrived = read(server, 7)
    proxy.thaw()
    expect(await arrived).toBe('one two')
  })

  test('delays each way, and keeps the order when the delay ends', async () => {
    proxy.delay(100)
    const from = performance.now()
    client.write('slow ')
    proxy.delay(0)
    client.write('fast')
    expect(await read(server, 9)).toBe('slow fast')
    proxy.delay(100)
    server.write('back')
    expect(await read(client, 4)).toBe('back')
    expect(performance.now() - from).toBeGreaterThan(95)
  })

  test('lets no more pass in a second than it is told', async () => {
    proxy.throttle(10_000)
    const from = performance.now()
    client.write('x'.repeat(3000))
    expect(await read(server, 3000)).toHaveLength(3000)
    expect(performance.now() - from).toBeGreaterThan(200)
  })

  test('tells one end that the connection is gone, and not the other', async () => {
    const reset = new Promise<void>((resolve) => client.once('close', () => resolve()))
    proxy.abandon('client')
    await reset
    expect(server.destroyed).toBe(false)
    expect(server.write('is anybody there?')).toBe(true)
  })

  test('a connection that ends while nothing passes ends at the other side when it passes again', async () => {
    proxy.freeze()
    client.end('goodbye')
    await once(client, 'finish')
    const arrived = read(server, 7)
    const ended = once(server, 'close')
    proxy.thaw()
    expect(await arrived).toBe('goodbye')
    await ended
  })
})
