import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newHex } from '../../gateway/src/platform/random.ts'
import { allOf } from '../kit/all-of.ts'
import { TRAITS } from '../kit/object-operations.ts'
import { GOOD_FOR, isRefusal, keysOf, later, newKey, type ObjectStoreBench, type OpenBench } from './object-bench.ts'
import { asSigned, breakOff, type ClientAnswer, type ClientRequest, send } from './object-requests.ts'

/** Least of every part but the last (S3). */
const PART_BYTES = 5 * 1024 ** 2

interface Upload {
  readonly key: string
  readonly uploadId: string
  request(partNumber: number, bytes: Uint8Array): Promise<ClientRequest>
  send(partNumber: number, bytes: Uint8Array): Promise<ClientAnswer>
}

const begin = async ({ store }: ObjectStoreBench, key = newKey()): Promise<Upload> => {
  const uploadId = await store.beginUpload(key, TRAITS)
  const request = async (partNumber: number, bytes: Uint8Array): Promise<ClientRequest> =>
    asSigned(await store.signPart(key, { uploadId, partNumber, size: bytes.length }, GOOD_FOR), bytes)
  return { key, uploadId, request, send: async (...part) => await send(await request(...part)) }
}

const partsOf = async ({ store }: ObjectStoreBench, { key, uploadId }: Upload): Promise<(readonly number[])[]> =>
  ((await store.parts(key, uploadId)) ?? []).map(({ partNumber, size }) => [partNumber, size])

const complete = async ({ store }: ObjectStoreBench, { key, uploadId }: Upload): Promise<boolean> =>
  await store.completeUpload(key, uploadId, (await store.parts(key, uploadId)) ?? [])

/** What a store does with an upload in parts. */
export const uploadsInParts = (open: OpenBench): void => {
  describe('an upload in parts', () => {
    test('is one object in the end, in whatever order its parts come, of those that came last', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      const [first, former, second, last] = [PART_BYTES, PART_BYTES, PART_BYTES, 1000].map((size) => randomBytes(size))
      for (const [partNumber, bytes] of [
        [3, last],
        [2, former],
        [1, first],
        [2, second],
      ] as const) {
        expect((await upload.send(partNumber, bytes as Buffer)).status).toBe(200)
      }
      expect(await partsOf(bench, upload)).toEqual([
        [1, PART_BYTES],
        [2, PART_BYTES],
        [3, 1000],
      ])
      expect(await bench.store.head(upload.key)).toBeUndefined()
      expect(await keysOf(bench)).toEqual([])
      expect(await complete(bench, upload)).toBe(true)
      expect(await bench.store.head(upload.key)).toEqual({ ...TRAITS, size: 2 * PART_BYTES + 1000 })
      const got = await send(asSigned(await bench.store.signGet(upload.key, GOOD_FOR)))
      expect(got.body.equals(Buffer.concat([first, second, last] as Buffer[]))).toBe(true)
      expect(await bench.store.parts(upload.key, upload.uploadId)).toBeUndefined()
      expect(await allOf(bench.store.listUploads(''))).toEqual([])
    })

    test('may have parts that are many and pages long', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      for (const partNumber of [9, 1, 100, 10, 2]) await upload.send(partNumber, Buffer.from('x'))
      expect((await partsOf(bench, upload)).map(([partNumber]) => partNumber)).toEqual([1, 2, 9, 10, 100])
    })

    test('is not completed with parts that are not there as they are named, and can go on', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      await upload.send(1, Buffer.from('only'))
      const [part] = (await bench.store.parts(upload.key, upload.uploadId)) ?? []
      if (part === undefined) throw new Error('There is no part.')
      const named = [
        [part, { ...part, partNumber: 2 }],
        [{ ...part, partNumber: 2 }],
        [{ ...part, etag: part.etag.replace(/[0-9a-f]/g, '0') }],
      ]
      for (const parts of named) {
        expect(await bench.store.completeUpload(upload.key, upload.uploadId, parts)).toBe(false)
        expect(await bench.store.head(upload.key)).toBeUndefined()
      }
      expect(await complete(bench, upload)).toBe(true)
      expect(await bench.store.head(upload.key)).toMatchObject({ size: 4 })
    })

    test('does not go over what is there when it is completed, and is given up', async () => {
      await using bench = await open()
      const key = newKey()
      const [one, other] = [await begin(bench, key), await begin(bench, key)]
      await one.send(1, Buffer.from('one'))
      await other.send(1, Buffer.from('the other'))
      expect(await complete(bench, one)).toBe(true)
      expect(await bench.store.head(key)).toMatchObject({ size: 3 })
      expect(await complete(bench, other)).toBe(true)
      expect(await bench.store.head(key)).toMatchObject({ size: 3 })
      expect(await bench.store.parts(key, other.uploadId)).toBeUndefined()
      expect(await keysOf(bench)).toEqual([key])
    })

    test('is what counts where several are completed at one key at once, whichever it is', async () => {
      await using bench = await open()
      const key = newKey()
      const uploads = [await begin(bench, key), await begin(bench, key), await begin(bench, key)]
      for (const [i, upload] of uploads.entries()) await upload.send(1, Buffer.alloc(i + 1))
      const sizes = await Promise.all(
        uploads.map(async (upload) => {
          expect(await complete(bench, upload)).toBe(true)
          return (await bench.store.head(key))?.size
        }),
      )
      expect([1, 2, 3]).toContain(sizes[0])
      expect(sizes).toEqual(sizes.map(() => sizes[0]))
      expect(await allOf(bench.store.listUploads(''))).toEqual([])
    })

    test('takes a part as it was signed, and no other', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      const { key, uploadId } = upload
      const bytes = Buffer.from('a part')
      const request = await upload.request(1, bytes)
      const wrong: readonly ClientRequest[] = [
        { ...request, headers: { ...request.headers, 'content-length': '5' }, body: bytes.subarray(1) },
        { ...request, headers: { ...request.headers, 'content-length': '0' }, body: Buffer.alloc(0) },
        { ...request, url: request.url.replace('partNumber=1', 'partNumber=2') },
        { ...request, url: request.url.replace(/uploadId=[^&]+/, `uploadId=${'0'.repeat(32)}`) },
        { ...request, url: request.url.replace(/[?&](uploadId|partNumber)=[^&]+/g, '').replace('&', '?') },
        { ...request, url: request.url.replace(/X-Amz-Signature=[^&]+/, `X-Amz-Signature=${'0'.repeat(64)}`) },
        { ...request, headers: { ...request.headers, 'x-amz-copy-source': 'bucket/key' } },
      ]
      for (const each of wrong) expect((await send(each)).status).toSatisfy(isRefusal)
      const part = { uploadId, partNumber: 1, size: bytes.length }
      const old = await later(bench, -GOOD_FOR - 60, () => bench.store.signPart(key, part, GOOD_FOR))
      expect((await send(asSigned(old, bytes))).status).toSatisfy(isRefusal)
      const sha256 = '0'.repeat(64)
      const other = await bench.store.signPart(key, { ...part, sha256 }, GOOD_FOR)
      expect((await send(asSigned(other, bytes))).status).toSatisfy(isRefusal)
      for (const sentBytes of [0, 5]) await breakOff(request, sentBytes)
      expect(await partsOf(bench, upload)).toEqual([])
      expect((await send(request)).status).toBe(200)
      expect(await partsOf(bench, upload)).toEqual([[1, bytes.length]])
      expect(await keysOf(bench)).toEqual([])
    })

    const nothingOf = async (bench: ObjectStoreBench, upload: Upload): Promise<void> => {
      const { key, uploadId } = upload
      expect(await bench.store.parts(key, uploadId)).toBeUndefined()
      expect((await upload.send(1, Buffer.from('x'))).status).toBe(404)
      expect(await bench.store.completeUpload(key, uploadId, [{ partNumber: 1, size: 1, etag: '"0"' }])).toBe(false)
      await bench.store.abortUpload(key, uploadId)
      expect(await keysOf(bench)).toEqual([])
    }

    test('that is given up leaves nothing', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      await upload.send(1, Buffer.from('x'))
      const parts = (await bench.store.parts(upload.key, upload.uploadId)) ?? []
      await bench.store.abortUpload(upload.key, upload.uploadId)
      expect(await bench.store.completeUpload(upload.key, upload.uploadId, parts)).toBe(false)
      expect(await allOf(bench.store.listUploads(''))).toEqual([])
      await nothingOf(bench, upload)
    })

    test('that nobody has begun is none', async () => {
      await using bench = await open()
      const real = await begin(bench)
      const uploadId = newHex(16)
      const request = async (partNumber: number, bytes: Uint8Array): Promise<ClientRequest> =>
        asSigned(await bench.store.signPart(real.key, { uploadId, partNumber, size: bytes.length }, GOOD_FOR), bytes)
      const unknown = {
        key: real.key,
        uploadId,
        request,
        send: async (...part: [number, Uint8Array]) => send(await request(...part)),
      }
      await nothingOf(bench, unknown)
      expect(await bench.store.parts(real.key, real.uploadId)).toEqual([])
    })

    test('is of one key only', async () => {
      await using bench = await open()
      const upload = await begin(bench)
      await upload.send(1, Buffer.from('x'))
      const key = newKey()
      const part = { uploadId: upload.uploadId, partNumber: 1, size: 1 }
      expect((await send(asSigned(await bench.store.signPart(key, part, GOOD_FOR), Buffer.from('y')))).status).toBe(404)
      expect(await bench.store.parts(key, upload.uploadId)).toBeUndefined()
      const parts = (await bench.store.parts(upload.key, upload.uploadId)) ?? []
      expect(await bench.store.completeUpload(key, upload.uploadId, parts)).toBe(false)
      await bench.store.abortUpload(key, upload.uploadId)
      expect(await complete(bench, upload)).toBe(true)
      expect(await keysOf(bench)).toEqual([upload.key])
    })
  })
}
