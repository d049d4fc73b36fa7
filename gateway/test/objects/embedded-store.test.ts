import { expect, test } from 'vitest'
import { startObjectServer } from '../../../tests/kit/object-server.ts'

const TRAITS = { contentType: 'text/plain', contentDisposition: 'attachment', owner: 'ann' }

test('what breaks off is told as whoever gives the bytes tells it, and not as a failure of the disk', async () => {
  await using server = await startObjectServer()
  // As PostgreSQL says that it goes.
  const gone = Object.assign(new Error('terminating connection'), { code: '57P01' })
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello')
    throw gone
  }
  await expect(server.store.put('mchat/x', TRAITS, bytes())).rejects.toBe(gone)
  expect(server.store.usedBytes).toBe(0)
})
