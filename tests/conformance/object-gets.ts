import { describe, expect, test } from 'vitest'
import { pieces, TRAITS } from '../kit/object-operations.ts'
import { GOOD_FOR, isRefusal, later, newKey, type OpenBench, withParameter } from './object-bench.ts'
import { asSigned, type ClientRequest, send } from './object-requests.ts'

const BYTES = Buffer.from('0123456789')

/** What somebody may make of an address that an object can be got from. */
const CHANGES: Readonly<Record<string, (request: ClientRequest, otherKey: string) => ClientRequest>> = {
  'another key': (request, key) => ({ ...request, url: request.url.replace(/mchat\/[^?]+/, key) }),
  'another type': (request) => ({
    ...request,
    url: withParameter(request.url, 'response-content-type', 'text/html'),
  }),
  'another disposition': (request) => ({
    ...request,
    url: withParameter(request.url, 'response-content-disposition', 'inline'),
  }),
  'another version': (request) => ({ ...request, url: withParameter(request.url, 'versionId', 'null') }),
  'its ACL': (request) => ({ ...request, url: withParameter(request.url, 'acl', '') }),
  'a longer life': (request) => ({ ...request, url: withParameter(request.url, 'X-Amz-Expires', '86400') }),
  'another signature': (request) => ({
    ...request,
    url: withParameter(request.url, 'X-Amz-Signature', '0'.repeat(64)),
  }),
  'no signature': (request) => ({ ...request, url: request.url.replace(/\?.*/, '') }),
  'the bucket': (request) => ({ ...request, url: request.url.replace(/mchat\/[^?]+/, '') }),
  HEAD: (request) => ({ ...request, method: 'HEAD' }),
  DELETE: (request) => ({ ...request, method: 'DELETE' }),
  PUT: (request) => ({ ...request, method: 'PUT', headers: { 'content-length': '1' }, body: Buffer.from('x') }),
}

/** What a store does with an address that was signed for reading an object. */
export const signedGets = (open: OpenBench): void => {
  describe('an address that an object can be got from', () => {
    test.each(Object.entries(CHANGES))('is not good for %s', async (_name, change) => {
      await using bench = await open()
      const [key, other] = [newKey(), newKey()]
      for (const each of [key, other]) await bench.store.put(each, TRAITS, pieces(BYTES))
      const get = asSigned(await bench.store.signGet(key, GOOD_FOR))
      const answer = await send(change(get, other))
      expect(answer.status).toSatisfy(isRefusal)
      expect(answer.body.toString()).not.toContain(BYTES.toString())
      expect((await send(get)).body).toEqual(BYTES)
      expect(await bench.store.head(other)).toBeDefined()
    })

    test.each([
      ['once it has expired', -GOOD_FOR - 60],
      ['long before its time', 3600],
    ])('is not good %s', async (_name, seconds) => {
      await using bench = await open()
      const key = newKey()
      await bench.store.put(key, TRAITS, pieces(BYTES))
      const get = await later(bench, seconds, () => bench.store.signGet(key, GOOD_FOR))
      expect((await send(asSigned(get))).status).toSatisfy(isRefusal)
    })

    test('needs no object when it is signed, and finds the one that is there when it is used', async () => {
      await using bench = await open()
      const key = newKey()
      const get = asSigned(await bench.store.signGet(key, GOOD_FOR))
      expect((await send(get)).status).toBe(404)
      await bench.store.put(key, TRAITS, pieces(BYTES))
      expect((await send(get)).status).toBe(200)
      await bench.store.delete(key)
      expect((await send(get)).status).toBe(404)
    })

    test.each([
      ['bytes=0-0', '0'],
      ['bytes=2-4', '234'],
      ['bytes=7-', '789'],
      ['bytes=-3', '789'],
      ['bytes=8-100', '89'],
    ])('gives the range %s alone', async (range, expected) => {
      await using bench = await open()
      const key = newKey()
      await bench.store.put(key, TRAITS, pieces(BYTES))
      const get = asSigned(await bench.store.signGet(key, GOOD_FOR))
      const answer = await send({ ...get, headers: { ...get.headers, range } })
      expect(answer.status).toBe(206)
      expect(answer.body.toString()).toBe(expected)
      expect(answer.headers['content-range']).toBe(
        `bytes ${BYTES.indexOf(expected)}-${BYTES.indexOf(expected) + expected.length - 1}/10`,
      )
      const beyond = await send({ ...get, headers: { ...get.headers, range: 'bytes=10-' } })
      expect(beyond.status).toBe(416)
    })
  })
}
