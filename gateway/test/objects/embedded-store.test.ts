import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startObjectServer } from '../../../tests/kit/object-server.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'

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

test('a file of the directory that is no object keeps nobody from the others', async () => {
  await using directory = await tempDirectory('mchat-objects-')
  const folder = join(directory.path, 'objects', 'mchat')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, '=torn'), 'mchat obj')
  await using server = await startObjectServer({ directory: directory.path })
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('hello')
  }
  await server.store.put('mchat/whole', TRAITS, bytes())
  const found = []
  for await (const { key } of server.store.list('')) found.push(key)
  expect(found).toEqual(['mchat/whole'])
})
