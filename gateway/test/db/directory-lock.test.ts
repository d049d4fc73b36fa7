import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { acquireDirectoryLock } from '#src/db/directory-lock.ts'
import { startChild } from '../../../tests/kit/child.ts'
import { tempDirectory } from '../../../tests/kit/temp-directory.ts'

const PROGRAM = new URL('locking-process.ts', import.meta.url)

test('a second holder is refused, in this process and in another, until the first lets go', async () => {
  await using directory = await tempDirectory()
  const data = join(directory.path, 'not', 'there', 'yet')
  const lock = await acquireDirectoryLock(data)
  const sentence = `The data directory ${data} is in use by another MChat (pid ${process.pid}).`
  await expect(acquireDirectoryLock(data)).rejects.toThrow(sentence)
  await using child = startChild(PROGRAM, [data])
  expect(await child.line()).toBe(sentence)
  await lock.release()
  await lock.release()
  expect(await readdir(data)).toEqual([])
  const again = await acquireDirectoryLock(data)
  await again.release()
})

test('the lock of a killed process is taken over at once', async () => {
  await using directory = await tempDirectory()
  await using child = startChild(PROGRAM, [directory.path])
  expect(await child.line()).toBe('held')
  await expect(acquireDirectoryLock(directory.path)).rejects.toThrow(`(pid ${child.pid})`)
  await child.kill('SIGKILL')
  expect(await readdir(directory.path)).toEqual(['mchat.lock'])
  const lock = await acquireDirectoryLock(directory.path)
  expect(await readdir(directory.path)).toEqual(['mchat.lock'])
  await lock.release()
})

test('the lock of a process that is merely stopped is respected', async () => {
  await using directory = await tempDirectory()
  await using child = startChild(PROGRAM, [directory.path])
  expect(await child.line()).toBe('held')
  await child.kill('SIGSTOP')
  await expect(acquireDirectoryLock(directory.path)).rejects.toThrow(`(pid ${child.pid})`)
})

test('a pid that now belongs to another process does not count', async () => {
  await using directory = await tempDirectory()
  const path = join(directory.path, 'mchat.lock')
  const lock = await acquireDirectoryLock(directory.path)
  const written = JSON.parse(await readFile(path, 'utf8'))
  await lock.release()
  await writeFile(path, `${JSON.stringify({ ...written, started: '1' })}\n`)
  const next = await acquireDirectoryLock(directory.path)
  await next.release()
})

test('of ten that find a dead lock one gets it', async () => {
  await using directory = await tempDirectory()
  const left = await deadLock(directory.path)
  for (let round = 0; round < 5; round++) {
    await writeFile(join(directory.path, 'mchat.lock'), left)
    const attempts = Array.from({ length: 10 }, () => acquireDirectoryLock(directory.path))
    const outcomes = await Promise.allSettled(attempts)
    const held = outcomes.filter((outcome) => outcome.status === 'fulfilled')
    expect(held.length).toBe(1)
    expect(await readdir(directory.path)).toEqual(['mchat.lock'])
    for (const outcome of held) await outcome.value.release()
  }
})

test('of six processes that find a dead lock one gets it', async () => {
  await using directory = await tempDirectory()
  await writeFile(join(directory.path, 'mchat.lock'), await deadLock(directory.path))
  const children = Array.from({ length: 6 }, () => startChild(PROGRAM, [directory.path]))
  const lines = await Promise.all(children.map((child) => child.line()))
  expect(lines.filter((line) => line === 'held').length).toBe(1)
  expect(lines.filter((line) => line.includes('is in use by another MChat')).length).toBe(5)
  await Promise.all(children.map((child) => child[Symbol.asyncDispose]()))
})

test('a holder on another machine counts as long as it gives signs of life', async () => {
  await using directory = await tempDirectory()
  const path = join(directory.path, 'mchat.lock')
  const foreign = { pid: 7, started: '1', machine: 'elsewhere' }
  await writeFile(path, JSON.stringify({ ...foreign, beat: '0' }))
  const beat = setTimeout(() => writeFile(path, JSON.stringify({ ...foreign, beat: '1' })), 1500)
  await expect(acquireDirectoryLock(directory.path)).rejects.toThrow('(pid 7)')
  clearTimeout(beat)
  const lock = await acquireDirectoryLock(directory.path)
  expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(process.pid)
  await lock.release()
})

test('a lock that was tidied away is put back, and one that was taken is reported', async () => {
  await using directory = await tempDirectory()
  const path = join(directory.path, 'mchat.lock')
  const onLost = vi.fn()
  const lock = await acquireDirectoryLock(directory.path, { onLost })
  await rm(path)
  await vi.waitFor(() => readFile(path), { timeout: 30_000, interval: 50 })
  expect(onLost).not.toHaveBeenCalled()

  await writeFile(`${path}.other`, JSON.stringify({ pid: 7, started: '1', machine: 'elsewhere' }))
  await rename(`${path}.other`, path)
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledTimes(1), { timeout: 30_000, interval: 50 })
  await lock.release()
  expect(JSON.parse(await readFile(path, 'utf8')).pid).toBe(7)
})

/** What a process that is dead now left behind. */
const deadLock = async (directory: string): Promise<string> => {
  const elsewhere = join(directory, 'elsewhere')
  await using child = startChild(PROGRAM, [elsewhere])
  await child.line()
  await child.kill('SIGKILL')
  const text = await readFile(join(elsewhere, 'mchat.lock'), 'utf8')
  await rm(elsewhere, { recursive: true })
  return text
}
