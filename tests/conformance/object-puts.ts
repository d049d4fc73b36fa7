import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { AnnouncedObject } from '../../gateway/src/objects/object-store.ts'
import { TRAITS } from '../kit/object-operations.ts'
import { GOOD_FOR, isRefusal, keysOf, later, newKey, type OpenBench, withParameter } from './object-bench.ts'
import { asSigned, breakOff, type ClientRequest, send } from './object-requests.ts'

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const base64Of = (hex: string): string => Buffer.from(hex, 'hex').toString('base64')
const announce = (bytes: Uint8Array): AnnouncedObject => ({ ...TRAITS, size: bytes.length, sha256: sha256Of(bytes) })

const BYTES = Buffer.from('what was announced')
const OTHER = Buffer.from('what was announceD')

const withBody = (request: ClientRequest, body: Uint8Array): ClientRequest => ({
  ...request,
  headers: { ...request.headers, 'content-length': String(body.length) },
  body,
})
const withHeader = (request: ClientRequest, name: string, value: string): ClientRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
})
const without = (request: ClientRequest, name: string): ClientRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(request.headers).filter(([each]) => each !== name)),
})
const withUrl = (request: ClientRequest, change: (url: string) => string): ClientRequest => ({
  ...request,
  url: change(request.url),
})
const withMethod = (request: ClientRequest, method: string): ClientRequest => ({ ...request, method })

/** What somebody may make of a signed address for BYTES. */
const CHANGES: Readonly<Record<string, (request: ClientRequest) => ClientRequest>> = {
  'more bytes': (request) => withBody(request, Buffer.concat([BYTES, BYTES])),
  'fewer bytes': (request) => withBody(request, BYTES.subarray(1)),
  'no bytes': (request) => withBody(request, Buffer.alloc(0)),
  'a length that is not said': (request) =>
    withHeader(without(request, 'content-length'), 'transfer-encoding', 'chunked'),
  'other bytes than the checksum is of': (request) => withBody(request, OTHER),
  'another checksum': (request) =>
    withHeader(withBody(request, OTHER), 'x-amz-checksum-sha256', base64Of(sha256Of(OTHER))),
  'no checksum': (request) => without(withBody(request, OTHER), 'x-amz-checksum-sha256'),
  'another type': (request) => withHeader(request, 'content-type', 'text/html'),
  'no type': (request) => without(request, 'content-type'),
  'another disposition': (request) => withHeader(request, 'content-disposition', 'inline'),
  'no disposition': (request) => without(request, 'content-disposition'),
  'another owner': (request) => withHeader(request, 'x-amz-meta-owner', 'bob'),
  'no owner': (request) => without(request, 'x-amz-meta-owner'),
  'another key': (request) => withUrl(request, (url) => url.replace('ann.b-c_1', 'bob')),
  'another bucket': (request) => withUrl(request, (url) => url.replace(/:\d+\/[^/]+/, (start) => `${start}x`)),
  'POST instead of PUT': (request) => withMethod(request, 'POST'),
  'a longer life': (request) => withUrl(request, (url) => withParameter(url, 'X-Amz-Expires', '86400')),
  'a later date': (request) =>
    withUrl(request, (url) =>
      withParameter(url, 'X-Amz-Date', new URL(url).searchParams.get('X-Amz-Date')?.replace(/..Z$/, '99Z') ?? ''),
    ),
  'fewer headers that are signed': (request) =>
    withUrl(request, (url) => withParameter(url, 'X-Amz-SignedHeaders', 'host')),
  'another signature': (request) => withUrl(request, (url) => withParameter(url, 'X-Amz-Signature', 'a'.repeat(64))),
  'no signature': (request) => withUrl(request, (url) => url.replace(/\?.*/, '')),
  'metadata that is not signed': (request) => withHeader(request, 'x-amz-meta-evil', 'yes'),
  'an ACL that is not signed': (request) => withHeader(request, 'x-amz-acl', 'public-read'),
  'a source that is not signed': (request) => withHeader(request, 'x-amz-copy-source', 'bucket/key'),
  'a parameter that is not signed': (request) => withUrl(request, (url) => withParameter(url, 'tagging', '')),
  'a part that is not signed': (request) =>
    withUrl(request, (url) => withParameter(withParameter(url, 'partNumber', '1'), 'uploadId', 'x')),
}

/** What a store does with an address that was signed for an object. */
export const signedPuts = (open: OpenBench): void => {
  test.each([0, 1, 1023, 300_000])(
    '%i bytes are got back as they were put, with what belongs to them',
    async (size) => {
      await using bench = await open()
      const bytes = randomBytes(size)
      for (const object of [announce(bytes), { ...TRAITS, size }]) {
        const key = newKey()
        const put = await bench.store.signPut(key, object, GOOD_FOR)
        expect(put.method).toBe('PUT')
        expect((await send(asSigned(put, bytes))).status).toBe(200)
        expect(await bench.store.head(key)).toEqual({ ...TRAITS, size })
        const got = await send(asSigned(await bench.store.signGet(key, GOOD_FOR)))
        expect(got.status).toBe(200)
        expect(got.body.equals(bytes)).toBe(true)
        expect(got.headers).toMatchObject({
          'content-type': TRAITS.contentType,
          'content-disposition': TRAITS.contentDisposition,
          'content-length': String(size),
        })
      }
    },
  )

  describe('an address that is signed for an object', () => {
    test.each(Object.entries(CHANGES))('is not good for %s', async (_name, change) => {
      await using bench = await open()
      const key = newKey()
      const request = asSigned(await bench.store.signPut(key, announce(BYTES), GOOD_FOR), BYTES)
      expect((await send(change(request))).status).toSatisfy(isRefusal)
      expect(await keysOf(bench)).toEqual([])
      expect((await send(request)).status).toBe(200)
      expect(await keysOf(bench)).toEqual([key])
    })

    test.each(['GET', 'HEAD', 'DELETE'])('is not good for %s', async (method) => {
      await using bench = await open()
      const key = newKey()
      const request = asSigned(await bench.store.signPut(key, announce(BYTES), GOOD_FOR), BYTES)
      expect((await send(request)).status).toBe(200)
      const { 'content-length': _length, ...headers } = request.headers
      expect((await send({ ...request, method, headers, body: undefined })).status).toSatisfy(isRefusal)
      expect(await bench.store.head(key)).toBeDefined()
    })

    test.each([
      ['once it has expired', -GOOD_FOR - 60],
      ['long before its time', 3600],
    ])('is not good %s', async (_name, seconds) => {
      await using bench = await open()
      const put = await later(bench, seconds, () => bench.store.signPut(newKey(), announce(BYTES), GOOD_FOR))
      expect((await send(asSigned(put, BYTES))).status).toSatisfy(isRefusal)
      expect(await keysOf(bench)).toEqual([])
    })

    test('may be used again, for the same bytes', async () => {
      await using bench = await open()
      const key = newKey()
      const put = await bench.store.signPut(key, announce(BYTES), GOOD_FOR)
      for (let i = 0; i < 2; i++) expect((await send(asSigned(put, BYTES))).status).toBe(200)
      expect((await send(asSigned(put, OTHER))).status).toSatisfy(isRefusal)
      expect(await keysOf(bench)).toEqual([key])
      expect((await send(asSigned(await bench.store.signGet(key, GOOD_FOR)))).body).toEqual(BYTES)
    })
  })

  test('what breaks off is not kept, and what was there before stays', async () => {
    await using bench = await open()
    const bytes = randomBytes(200_000)
    const [fresh, former] = [newKey(), newKey()]
    const before = await bench.store.signPut(former, announce(BYTES), GOOD_FOR)
    expect((await send(asSigned(before, BYTES))).status).toBe(200)
    for (const key of [fresh, former]) {
      for (const object of [announce(bytes), { ...TRAITS, size: bytes.length }]) {
        const put = asSigned(await bench.store.signPut(key, object, GOOD_FOR), bytes)
        for (const sentBytes of [0, 100_000, bytes.length - 1]) await breakOff(put, sentBytes)
      }
    }
    expect(await keysOf(bench)).toEqual([former])
    expect((await send(asSigned(await bench.store.signGet(former, GOOD_FOR)))).body).toEqual(BYTES)
  })

  test('of several that put the same key at once one is kept, whole', async () => {
    await using bench = await open()
    const key = newKey()
    const bodies = Array.from({ length: 8 }, () => randomBytes(200_000))
    const get = asSigned(await bench.store.signGet(key, GOOD_FOR))
    const isOneOfThem = (bytes: Buffer): boolean => bodies.some((body) => body.equals(bytes))
    const puts = Promise.all(
      bodies.map(async (body) => await send(asSigned(await bench.store.signPut(key, announce(body), GOOD_FOR), body))),
    )
    let isOver = false
    const readings = (async () => {
      const found = new Set<string>()
      while (!isOver) {
        const { body, status } = await send(get)
        found.add(status === 200 ? (isOneOfThem(body) ? 'whole' : 'torn') : String(status))
      }
      return found
    })()
    const statuses = (await puts.finally(() => (isOver = true))).map(({ status }) => status)
    expect(statuses).toEqual(bodies.map(() => 200))
    expect([...(await readings)].filter((found) => found !== 'whole' && found !== '404')).toEqual([])
    expect(isOneOfThem((await send(get)).body)).toBe(true)
  })
}
