import { expect, test } from 'vitest'
import { createFileUuids } from '../../gateway/src/files/file-uuids.ts'
import { createFiles, type Files } from '../../gateway/src/files/files.ts'
import { createReady } from '../../gateway/src/files/ready.ts'
import { createUploadTokens } from '../../gateway/src/files/upload-tokens.ts'
import type { ObjectStore } from '../../gateway/src/objects/object-store.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { createFileKeys, LIMITS, MChatError } from '../../schema/src/index.ts'
import { testKeys } from '../kit/keys.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { createTestClock, type TestClock } from '../kit/test-clock.ts'

const bytes = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.from('hello')
}

const TRAITS = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }
const keys = createFileKeys()

/** Everything about files, without a gateway, of a store that may be another than the one behind it. */
const filesOf = (store: ObjectStore, clock: TestClock): Files => {
  const common = { store, keys, contentTypes: ['text/plain'], maxBytes: LIMITS.fileBytes }
  return createFiles({
    ...common,
    ready: createReady({ ...common, scan: undefined, log: silentLog }),
    tokens: createUploadTokens(testKeys(), clock),
    uuidOf: createFileUuids(testKeys()),
    urlMinutes: LIMITS.fileUrlMinutes,
    partsAt: (key) => key,
    clock,
  })
}

test('what another deployment keeps in the same bucket is neither read, completed nor deleted', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const files = filesOf(store, clock)
  const theirs = createFileKeys('another')
  const newKey = (): string => theirs.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
  const [key, arriving] = [newKey(), newKey()]
  const kept = [key, theirs.incoming(arriving)]
  for (const each of kept) await store.put(each, TRAITS, bytes())
  for (const each of [key, arriving]) {
    for (const refused of [
      files.downloadUrl(each),
      files.complete('ann', each, undefined),
      files.delete('ann', each, undefined),
    ]) {
      await expect(refused).rejects.toMatchObject({ key: 'file_not_found' })
    }
  }
  for (const each of kept) expect(await store.head(each)).toBeDefined()
})

test('a file that another gateway makes readable while it is deleted is deleted', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const key = keys.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
  await store.put(keys.checking(key), TRAITS, bytes())
  const slowly: ObjectStore = {
    ...store,
    async delete(place) {
      if (place === keys.checking(key)) await store.copy(place, key)
      await store.delete(place)
    },
  }
  await filesOf(slowly, clock).delete('ann', key, undefined)
  expect(await store.head(key)).toBeUndefined()
})

test.each(['incoming', 'checking'] as const)(
  'a file that a reader makes readable while its owner completes it is found: from %s',
  async (from) => {
    const clock = createTestClock()
    await using server = await startObjectServer({ clock })
    const { store } = server
    const key = keys.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
    const place = keys[from](key)
    await store.put(place, TRAITS, bytes())
    const slowly: ObjectStore = {
      ...store,
      async head(asked) {
        if (asked === place) await filesOf(store, clock).downloadUrl(key)
        return await store.head(asked)
      },
    }
    expect(await filesOf(slowly, clock).complete('ann', key, undefined)).toMatchObject({ key, size: 5 })
  },
)

test('those who ask for a file that is being scanned wait for one answer, however many they are', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const key = keys.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
  await store.put(keys.incoming(key), TRAITS, bytes())
  const answer = Promise.withResolvers<boolean>()
  answer.promise.catch(() => undefined)
  let scans = 0
  const isClean = (): Promise<boolean> => {
    scans++
    return answer.promise
  }
  const scan = { isClean, close: async () => undefined }
  const ready = createReady({ store, keys, contentTypes: ['text/plain'], maxBytes: 10, scan, log: silentLog })
  const asked = Promise.allSettled(Array.from({ length: 5 }, () => ready.file(key)))
  answer.reject(new MChatError('scan_unavailable'))
  for (const each of await asked) expect(each).toMatchObject({ reason: { key: 'scan_unavailable' } })
  expect(scans).toBe(1)
})
