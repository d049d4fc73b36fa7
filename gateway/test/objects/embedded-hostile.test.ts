import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { type ObjectServer, startObjectServer } from '../../../tests/kit/object-server.ts'
import { roomOf } from '../../src/objects/embedded/object-header.ts'
import { systemClock } from '../../src/platform/clock.ts'
import { type Answer, type Asked, ask, presigned, signed } from './by-hand.ts'
import { NOT_IMPLEMENTED_HEADERS, NOT_KEPT, notImplementedRequests, OF_THE_CLIENT } from './not-implemented.ts'

const BUCKET = '/mchat-files'
const KEY = `${BUCKET}/mchat/employee/ann/report`
const BYTES = randomBytes(1000)
const MD5 = createHash('md5').update(BYTES).digest('hex')

let server: ObjectServer
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  server = stack.use(await startObjectServer({ clock: systemClock() }))
})
afterAll(() => stack.disposeAsync())

const send = (asked: Asked): Promise<Answer> => ask(server, signed(server, asked))
const put = (body: Buffer | string, headers: Asked['headers'] = {}): Asked => ({
  method: 'PUT',
  path: KEY,
  headers: { 'content-length': String(body.length), ...headers },
  body,
})

/** The object is what it was, to the last byte and header. */
const expectUntouched = async (): Promise<void> => {
  const { body, headers, status } = await send({ method: 'GET', path: KEY })
  expect(status).toBe(200)
  expect(body.equals(BYTES)).toBe(true)
  expect(headers).toMatchObject({ 'content-type': 'image/png', etag: `"${MD5}"`, 'x-amz-meta-owner': 'ann' })
  expect(server.store.usedBytes).toBe(roomOf(BYTES.length))
}

beforeEach(async () => {
  const owned = { 'content-type': 'image/png', 'x-amz-meta-owner': 'ann' }
  expect(await send(put(BYTES, owned))).toMatchObject({ status: 200 })
})

describe('what is not implemented', () => {
  test.each(notImplementedRequests(BUCKET, KEY))(
    'is refused, and nothing is done: $method $path?$query',
    async ({ method, path, query }) => {
      const hasBody = method === 'PUT' || method === 'POST'
      const request = { method, path, query, ...(hasBody ? { headers: { 'content-length': '3' }, body: '<x>' } : {}) }
      expect((await send(request)).status).toBe(501)
      expect((await ask(server, presigned(server, request))).status).toBe(501)
      const unsigned = { ...request, headers: { host: 'x', ...request.headers } }
      expect((await ask(server, unsigned)).status).toBe(403)
      await expectUntouched()
    },
  )

  test.each(NOT_IMPLEMENTED_HEADERS)('is refused where a header asks for it: %j', async (headers) => {
    expect(await send(put('new', headers))).toMatchObject({ status: 501, code: 'NotImplemented' })
    const names = Object.keys(headers)
    const request = presigned(server, put('new', headers), { names: ['host', ...names] })
    expect(await ask(server, request)).toMatchObject({ status: 501 })
    await expectUntouched()
  })

  test.each(NOT_KEPT)('is refused at the beginning of an upload in parts: %j', async (headers) => {
    const begin: Asked = { method: 'POST', path: KEY, query: 'uploads' }
    expect(await send({ ...begin, headers })).toMatchObject({ status: 501, code: 'NotImplemented' })
    expect(await allOf(server.store.listUploads(''))).toEqual([])
    await expectUntouched()
  })

  test.each(OF_THE_CLIENT)('is not what clients send by themselves: %j', async (headers) => {
    expect(await send(put('new', headers))).toMatchObject({ status: 200 })
    const request = presigned(server, put('newer', headers), {
      names: ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))],
    })
    expect(await ask(server, request)).toMatchObject({ status: 200 })
    expect((await send({ method: 'GET', path: KEY })).body.toString()).toBe('newer')
  })

  test.each([
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  ])('is refused where a body says so: %s', async (payload) => {
    const body = `3;chunk-signature=${'0'.repeat(64)}\r\nnew\r\n0\r\n\r\n`
    for (const headers of [{}, { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': '3' }]) {
      expect((await ask(server, signed(server, put(body, headers), { payload }))).status).toBe(501)
    }
    await expectUntouched()
  })
})
