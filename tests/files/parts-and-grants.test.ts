import { describe, expect, test } from 'vitest'
import { createFileUuids } from '../../gateway/src/files/file-uuids.ts'
import { createFiles, type Files } from '../../gateway/src/files/files.ts'
import { createReady } from '../../gateway/src/files/ready.ts'
import { createUploadTokens } from '../../gateway/src/files/upload-tokens.ts'
import type { ObjectStore } from '../../gateway/src/objects/object-store.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { createFileKeys, LIMITS } from '../../schema/src/index.ts'
import { allOf } from '../kit/all-of.ts'
import { testKeys } from '../kit/keys.ts'
import { pieces } from '../kit/object-operations.ts'
import { type ObjectServer, startObjectServer } from '../kit/object-server.ts'
import { sendSigned } from '../kit/put-file.ts'
import { createTestClock, type TestClock } from '../kit/test-clock.ts'

const TRAITS = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }
const keys = createFileKeys()

/** Of a gateway; the scanner, where there is one, is asked with the text that it would get. */
const filesOf = (store: ObjectStore, clock: TestClock, isClean?: (text: string) => Promise<boolean>): Files => {
  const common = { store, keys, contentTypes: ['text/plain'], maxBytes: LIMITS.fileBytes }
  const scan =
    isClean === undefined
      ? undefined
      : {
          isClean: async ({ url }: { readonly url: string }) => await isClean(await (await fetch(url)).text()),
          close: async () => undefined,
        }
  return createFiles({
    ...common,
    ready: createReady({ ...common, scan, log: silentLog }),
    tokens: createUploadTokens(testKeys(), clock),
    uuidOf: createFileUuids(testKeys()),
    urlMinutes: LIMITS.fileUrlMinutes,
    partsAt: scan === undefined ? (key) => key : keys.checking,
    clock,
  })
}

interface Bench extends AsyncDisposable {
  readonly server: ObjectServer
  readonly store: ObjectStore
  readonly clock: TestClock
  readonly key: string
  /** What a form does. */
  grant(text: string): Promise<unknown>
  /** All parts of an upload have come, and it is not completed. */
  parts(text: string, at?: string): Promise<string>
  text(): Promise<string>
}

const open = async (): Promise<Bench> => {
  const clock = createTestClock()
  const server = await startObjectServer({ clock })
  const { store } = server
  const key = keys.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
  return {
    server,
    store,
    clock,
    key,
    grant: (text) => store.put(keys.incoming(key), TRAITS, pieces(Buffer.from(text))),
    async parts(text, at = key) {
      const uploadId = await store.beginUpload(at, TRAITS)
      const part = await store.signPart(at, { uploadId, partNumber: 1, size: text.length }, 60)
      expect((await sendSigned(part, text)).status).toBe(200)
      const upload = { key, at, uploadId, owner: 'ann', size: text.length, until: clock.now() + 60_000 }
      return createUploadTokens(testKeys(), clock).make(upload)
    },
    text: async () => await (await sendSigned(await store.signGet(key, 60))).text(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

describe('an upload in parts, of a key at which a grant has put something', () => {
  test('does not change what is readable, and is given up', async () => {
    await using bench = await open()
    const files = filesOf(bench.store, bench.clock)
    const token = await bench.parts('in parts')
    await bench.grant('first')
    await files.complete('ann', bench.key, undefined)
    // What is there is said, as it is of what was put a second time in one piece.
    expect(await files.complete('ann', bench.key, token)).toMatchObject({ key: bench.key, size: 5 })
    expect(await bench.text()).toBe('first')
    expect(await allOf(bench.store.listUploads(''))).toEqual([])
  })

  test('brings back nothing that was deleted', async () => {
    await using bench = await open()
    const files = filesOf(bench.store, bench.clock)
    const token = await bench.parts('in parts')
    await bench.grant('first')
    await files.complete('ann', bench.key, undefined)
    await files.delete('ann', bench.key, undefined)
    await expect(files.complete('ann', bench.key, token)).rejects.toMatchObject({ key: 'file_not_found' })
    await expect(files.downloadUrl(bench.key)).rejects.toMatchObject({ key: 'file_not_found' })
    expect(await bench.store.head(bench.key)).toBeUndefined()
  })

  test('is not read in the place of what a scanner looks at', async () => {
    await using bench = await open()
    const asked = Promise.withResolvers<string>()
    const answer = Promise.withResolvers<boolean>()
    const files = filesOf(bench.store, bench.clock, async (text) => {
      asked.resolve(text)
      return await answer.promise
    })
    const token = await bench.parts('a virus', keys.checking(bench.key))
    await bench.grant('clean')
    const first = files.complete('ann', bench.key, undefined)
    expect(await asked.promise).toBe('clean')
    const second = files.complete('ann', bench.key, token)
    answer.resolve(true)
    for (const done of [first, second]) expect(await done).toMatchObject({ size: 5 })
    expect(await bench.text()).toBe('clean')
    expect((await allOf(bench.store.list(''))).map(({ key }) => key)).toEqual([bench.key])
  })

  test('is as good as that where both are completed at once by several gateways, and whatever is read stays', async () => {
    await using bench = await open()
    const gateways = Array.from({ length: 4 }, () => filesOf(bench.store, bench.clock))
    await bench.grant('first')
    const tokens = [undefined, await bench.parts('in parts'), undefined, await bench.parts('in other parts')]
    const texts = await Promise.all(
      gateways.map(async (files, i) => {
        await files.complete('ann', bench.key, tokens[i])
        return await bench.text()
      }),
    )
    expect(['first', 'in parts', 'in other parts']).toContain(texts[0])
    expect(texts).toEqual(texts.map(() => texts[0]))
  })

  test('is gone where the other was deleted by another gateway while it was completed', async () => {
    await using bench = await open()
    const other = filesOf(bench.store, bench.clock)
    const token = await bench.parts('in parts')
    await bench.grant('first')
    const slowly: ObjectStore = {
      ...bench.store,
      async completeUpload(...given) {
        await other.delete('ann', bench.key, undefined)
        return await bench.store.completeUpload(...given)
      },
    }
    const completed = filesOf(slowly, bench.clock).complete('ann', bench.key, token)
    await expect(completed).rejects.toMatchObject({ key: 'file_not_found' })
    expect(await bench.store.head(bench.key)).toBeUndefined()
  })
})

test('an upload in parts that was begun before there was a scanner does not get past it', async () => {
  await using bench = await open()
  const token = await bench.parts('a virus')
  const files = filesOf(bench.store, bench.clock, async () => false)
  for (const ask of [
    () => files.complete('ann', bench.key, token),
    () => files.uploadStatus('ann', bench.key, token),
    () => files.partUrls('ann', bench.key, token, [{ part_number: 1 }]),
    () => files.downloadUrl(bench.key),
  ]) {
    await expect(ask()).rejects.toMatchObject({ key: 'file_not_found' })
  }
  expect(await bench.store.head(bench.key)).toBeUndefined()
  // What has come of it need not wait for its time.
  await files.delete('ann', bench.key, token)
  expect(await allOf(bench.store.listUploads(''))).toEqual([])
})
