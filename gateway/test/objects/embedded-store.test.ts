import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { allOf } from '../../../tests/kit/all-of.ts'
import { pieces } from '../../../tests/kit/object-operations.ts'
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

test('a list looks at nothing that its prefix does not name', async () => {
  await using server = await startObjectServer()
  const keys = ['a/b', 'a/b/c', 'a/b/cd/e', 'a/bc', 'a//b', 'a/.b/c', 'a/%2Fb', 'ab/c', 'x/报/告', 'x/报b/告']
  for (const key of keys) await server.store.put(key, TRAITS, pieces(new Uint8Array()))
  const listed = async (prefix: string): Promise<string[]> =>
    (await allOf(server.store.list(prefix))).map(({ key }) => key).toSorted()
  // Whoever opens one of these fails.
  const at = (path: string): string => join(server.directory, 'objects', path)
  for (const path of ['=loop', 'a/=loop', 'a/b/=loop', 'ab/=loop', 'x/=loop']) await symlink('=loop', at(path))
  await expect(listed('')).rejects.toMatchObject({ cause: { code: 'ELOOP' } })
  for (const prefix of [
    'a/b/c',
    'a/bc',
    'a//',
    'a/.b',
    'a/%2F',
    'ab/c',
    'x/报',
    'x/报/',
    'x/报/告',
    'a/none',
    'none/',
    'none',
  ]) {
    expect(await listed(prefix), prefix).toEqual(keys.filter((key) => key.startsWith(prefix)).toSorted())
  }
  for (const prefix of [
    '../',
    '../objects/a/b',
    'a/../',
    'a/b/c/',
    `a/${'x'.repeat(300)}/`,
    '/'.repeat(500),
    '\0',
    '\ud800/',
  ]) {
    expect(await listed(prefix), prefix).toEqual([])
  }
})
