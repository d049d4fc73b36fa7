import { expect, test } from 'vitest'
import { createFiles } from '../../gateway/src/files/files.ts'
import { createReady } from '../../gateway/src/files/ready.ts'
import { createUploadTokens } from '../../gateway/src/files/upload-tokens.ts'
import { silentLog } from '../../gateway/src/ops/log.ts'
import { newUuid } from '../../gateway/src/platform/random.ts'
import { createFileKeys, LIMITS } from '../../schema/src/index.ts'
import { testKeys } from '../kit/keys.ts'
import { startObjectServer } from '../kit/object-server.ts'
import { createTestClock } from '../kit/test-clock.ts'

const bytes = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.from('hello')
}

test('what another deployment keeps in the same bucket is neither read, completed nor deleted', async () => {
  const clock = createTestClock()
  await using server = await startObjectServer({ clock })
  const { store } = server
  const keys = createFileKeys()
  const common = { store, keys, contentTypes: ['text/plain'], maxBytes: LIMITS.fileBytes }
  const files = createFiles({
    ...common,
    ready: createReady({ ...common, scan: undefined, log: silentLog }),
    tokens: createUploadTokens(testKeys(), clock),
    urlMinutes: LIMITS.fileUrlMinutes,
    partsAt: (key) => key,
    clock,
  })
  const theirs = createFileKeys('another')
  const newKey = (): string => theirs.keyOf({ kind: 'employee', employeeId: 'ann' }, newUuid())
  const [key, arriving] = [newKey(), newKey()]
  const kept = [key, theirs.incoming(arriving)]
  const traits = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }
  for (const each of kept) await store.put(each, traits, bytes())
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
