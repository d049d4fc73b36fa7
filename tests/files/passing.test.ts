import { expect, test } from 'vitest'
import { removeOld, removeUnfinished } from '../../gateway/src/files/tidy-files.ts'
import { createFileKeys, LIMITS, privatePlace } from '../../schema/src/index.ts'
import { startGateway } from '../kit/gateway.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { putFile, sendSigned } from '../kit/put-file.ts'
import { createTestClock } from '../kit/test-clock.ts'

const HOUR = 3_600_000
const keys = createFileKeys()
const TRAITS = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }
const bytes = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.from('hello')
}
const uuid = (n: number): string => `0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5${n}`

test('what was never completed is removed after a day, and nothing else is', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const key = keys.keyOf(privatePlace('ann', 'bob'), uuid(1))
  const passing = [keys.incoming(key), keys.checking(key), keys.exported('ann', uuid(1)), keys.ended(key)]
  for (const each of [key, ...passing]) await store.put(each, TRAITS, bytes())
  const uploadId = await store.beginUpload(key, TRAITS)
  expect(await removeUnfinished({ store, keys, clock })).toEqual({ files: 0, uploads: 0 })
  clock.advance(LIMITS.fileUploadHours * HOUR + HOUR)
  expect(await removeUnfinished({ store, keys, clock })).toEqual({ files: 4, uploads: 1 })
  for (const each of passing) expect(await store.head(each)).toBeUndefined()
  expect(await store.parts(key, uploadId)).toBeUndefined()
  expect(await store.head(key)).toMatchObject({ size: 5, owner: 'ann' })
})

test('files are removed by their age where a deployment says so, and what is not its own stays', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const old = keys.keyOf({ kind: 'group', groupId: 'g' }, uuid(1))
  const foreign = createFileKeys('another').keyOf({ kind: 'group', groupId: 'g' }, uuid(2))
  for (const each of [old, foreign, 'mchat/something']) await store.put(each, TRAITS, bytes())
  clock.advance(10 * 24 * HOUR)
  expect(await removeOld({ store, keys, clock }, 11)).toBe(0)
  expect(await removeOld({ store, keys, clock }, 9)).toBe(1)
  expect(await store.head(old)).toBeUndefined()
  for (const each of [foreign, 'mchat/something']) expect(await store.head(each)).toBeDefined()
})

test('a signed address is good for as long as the deployment says', async () => {
  await using gateway = await startGateway({ config: { storage: { urlMinutes: 5 } } })
  const ann = await (await gateway.hire()).connect()
  const { key } = await putFile(ann, 'hello')
  const download = await ann.call('file.download_url', { key })
  const upload = await ann.call('file.upload_url', { file_name: 'a', content_type: 'text/plain', size: 5 })
  gateway.clock.advance(4 * 60_000)
  expect((await sendSigned(download)).status).toBe(200)
  gateway.clock.advance(61_000)
  expect((await sendSigned(download)).status).toBe(403)
  expect((await sendSigned(upload, 'hello')).status).toBe(403)
})

test('nobody keeps more than their share, and what is deleted makes room', async () => {
  await using gateway = await startGateway({
    config: { storage: { quotaBytesPerEmployee: 130_000, quotaBytes: 135_000 } },
  })
  const [ann, bob] = [await (await gateway.hire()).connect(), await (await gateway.hire()).connect()]
  const about = { file_name: 'a', content_type: 'text/plain', size: 100_000 }
  const first = await putFile(ann, 'x'.repeat(100_000))
  await ann.call('file.complete', first)
  expect(await ann.request('file.upload_url', about)).toMatchObject({ code: 413, reason: 'quota_exceeded' })
  expect(await bob.request('file.upload_url', about)).toMatchObject({ code: 413, reason: 'quota_exceeded' })
  // Twice 5000 would have room, but for the 8 KiB of each of them.
  const small = { ...about, size: 5000 }
  const [one, two] = [await ann.call('file.upload_url', small), await ann.call('file.upload_url', small)]
  const answers = await Promise.all([sendSigned(one, 'x'.repeat(5000)), sendSigned(two, 'x'.repeat(5000))])
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 403])
  await ann.call('file.delete', first)
  await ann.call('file.upload_url', about)
})
