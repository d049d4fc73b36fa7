import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { Client } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../../tests/kit/free-port.ts'
import { type HostileHttpServer, startHostileHttpServer } from '../../../tests/kit/hostile-http-server.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'
import { makeCertificate } from '../../../tests/kit/tls.ts'
import { createAddressGuard } from '../../src/platform/address-guard.ts'
import { createGuardedConnector, type LookupAll } from '../../src/platform/guarded-connector.ts'
import { createOutgoingHttp, type OutgoingHttp, type OutgoingHttpOptions } from '../../src/platform/outgoing-http.ts'

let stack = new AsyncDisposableStack()
beforeEach(() => {
  stack = new AsyncDisposableStack()
})
afterEach(() => stack.disposeAsync())

const start = async (host: string, port = 0): Promise<HostileHttpServer> =>
  stack.use(await startHostileHttpServer({ host, port }))
const open = (options: Partial<OutgoingHttpOptions>): OutgoingHttp =>
  stack.adopt(createOutgoingHttp({ allow: [], httpsOnly: false, ...options }), (http) => http.close())
const call = (http: OutgoingHttp, url: string) => http.request({ method: 'POST', url, body: '{}', deadlineMs: 5000 })
const answers =
  (...addresses: string[]): LookupAll =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

/** undici lends a connection out again one turn of the event loop after its response. */
const isKept = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))

/** Connections that the server has seen before one that is made now: a listener takes them in the order they come. */
const seenBy = async ({ connections, ...server }: HostileHttpServer, host: string): Promise<number> => {
  const next = server.nextConnection()
  const socket = connect(server.port, host)
  await next
  socket.destroy()
  return connections.length - 1
}

test('T40: no SYN arrives for an address that is forbidden, in whatever way it is written', async () => {
  const four = await start('127.0.0.1')
  const six = await start('::1', four.port)
  const http = open({})
  const hosts = [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '①②⑦.⓪.⓪.①',
    '0',
    'localhost',
    'localhost.',
  ]
  for (const host of [...hosts, '[::1]', '[::]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]']) {
    await expect(call(http, `http://${host}:${four.port}/`), host).rejects.toMatchObject({
      kind: 'forbidden_address',
      retryable: false,
    })
  }
  expect(await seenBy(four, '127.0.0.1')).toBe(0)
  expect(await seenBy(six, '::1')).toBe(0)
})

test('T40: no SYN arrives where an address has come past the check of the URL', async () => {
  const four = await start('127.0.0.1')
  const six = await start('::1', four.port)
  for (const host of ['127.0.0.1', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1']) {
    const { port } = four
    const guard = createAddressGuard([])
    const connector = createGuardedConnector({ guard, lookup: answers('8.8.8.8'), secure: false, host, port })
    const client = stack.adopt(
      new Client(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, { connect: connector }),
      (each) => each.destroy(),
    )
    await expect(client.request({ method: 'GET', path: '/' }), host).rejects.toMatchObject({
      kind: 'forbidden_address',
    })
  }
  expect(await seenBy(four, '127.0.0.1')).toBe(0)
  expect(await seenBy(six, '::1')).toBe(0)
})

test('T40: a name that leads to a forbidden address is not called, also by the real resolver', async () => {
  const server = await start('127.0.0.1')
  await expect(call(open({ lookup: answers('127.0.0.1') }), `http://agent.test:${server.port}/`)).rejects.toThrow(
    'agent.test leads to 127.0.0.1, which is a loopback address and must not be called.',
  )
  // The connector alone, since the URL of this one name is refused before.
  const { port } = server
  const connector = createGuardedConnector({
    guard: createAddressGuard([]),
    lookup: async (name) => await lookup(name, { all: true }),
    secure: false,
    host: 'localhost',
    port,
  })
  const client = stack.adopt(new Client(`http://localhost:${port}`, { connect: connector }), (each) => each.destroy())
  await expect(client.request({ method: 'GET', path: '/' })).rejects.toMatchObject({ kind: 'forbidden_address' })
  expect(await seenBy(server, '127.0.0.1')).toBe(0)
})

// What stands for the public Internet here is 127.0.0.2, which is admitted.
test('T41: a name that leads elsewhere the second time is not followed there', async () => {
  const port = await freePort()
  const fine = await start('127.0.0.2', port)
  const internal = await start('127.0.0.1', port)
  const lookups: string[] = []
  const http = open({
    allow: ['127.0.0.2/32'],
    lookup: async (hostname) => {
      lookups.push(hostname)
      return [{ address: lookups.length === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]
    },
  })
  const url = `http://rebinding.test:${port}/`
  expect(await (await call(http, url)).text(0)).toBe('')
  await isKept()
  // The same connection, to the address that was judged: the name is not looked up again.
  expect(await (await call(http, url)).text(0)).toBe('')
  expect(lookups).toEqual(['rebinding.test'])
  expect(fine.connections.map(({ requests }) => requests)).toEqual([2])

  await fine[Symbol.asyncDispose]()
  await expect(call(http, url)).rejects.toMatchObject({ kind: 'forbidden_address' })
  await expect(call(http, url)).rejects.toMatchObject({ kind: 'forbidden_address' })
  expect(lookups.length).toBe(3)
  expect(await seenBy(internal, '127.0.0.1')).toBe(0)
})

test('T41: an answer with a forbidden address among others is refused as a whole', async () => {
  const port = await freePort()
  const fine = await start('127.0.0.2', port)
  const internal = await start('127.0.0.1', port)
  for (const addresses of [
    ['127.0.0.2', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.2'],
    ['127.0.0.2', '::1'],
    ['::ffff:127.0.0.1', '127.0.0.2'],
  ]) {
    const http = open({ allow: ['127.0.0.2/32'], lookup: answers(...addresses) })
    await expect(call(http, `http://mixed.test:${port}/`)).rejects.toMatchObject({ kind: 'forbidden_address' })
  }
  expect(await seenBy(fine, '127.0.0.2')).toBe(0)
  expect(await seenBy(internal, '127.0.0.1')).toBe(0)
})

test('T41: a name without an address, and one that cannot be looked up, is unreachable', async () => {
  await expect(call(open({ lookup: answers() }), 'http://nowhere.test/')).rejects.toMatchObject({ kind: 'unreachable' })
  const failing = open({
    lookup: () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' })),
  })
  await expect(call(failing, 'http://nowhere.test/')).rejects.toMatchObject({ kind: 'unreachable', retryable: true })
})

test('an admitted name is called wherever it leads, at its port only', async () => {
  const server = await start('127.0.0.1')
  const http = open({ allow: [`agent.corp:${server.port}`], lookup: answers('127.0.0.1') })
  expect((await call(http, `http://agent.corp:${server.port}/`)).status).toBe(200)
  const other = await start('127.0.0.1')
  await expect(call(http, `http://agent.corp:${other.port}/`)).rejects.toMatchObject({ kind: 'forbidden_address' })
})

test('TLS is told the name of the URL, and its certificate is that name’s, whatever the address', async () => {
  const directory = stack.use(await tempDirectory())
  const { ca, tls } = await makeCertificate(directory.path)
  const files = { cert: ca, key: await readFile(tls.keyFile) }
  const server = stack.use(await startHostileHttpServer({ tls: files }))
  const allow = ['127.0.0.1/32', `localhost:${server.port}`]
  const http = open({ allow, ca, httpsOnly: true, lookup: answers('127.0.0.1') })
  expect((await call(http, `https://localhost:${server.port}/`)).status).toBe(200)
  expect(server.connections[0]?.serverName).toBe('localhost')
  // The address is in the certificate, the name is not.
  await expect(call(http, `https://agent.test:${server.port}/`)).rejects.toMatchObject({ kind: 'unreachable' })
  expect((await call(http, `https://127.0.0.1:${server.port}/`)).status).toBe(200)
  // Who is not vouched for is not called at all.
  await expect(call(open({ allow }), `https://localhost:${server.port}/`)).rejects.toMatchObject({
    kind: 'unreachable',
  })
  expect(server.requests.length).toBe(2)
})
