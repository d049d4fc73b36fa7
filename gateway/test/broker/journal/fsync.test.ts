import fs from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  kinds,
  open,
  outcomes,
  readBack,
  segmentFile,
  temporaryDirectory,
  writeFrames,
} from './journal-in-directory.ts'

type Callback = (error: NodeJS.ErrnoException | null) => void

/** fdatasync that waits to be let through, with the result the test wants. */
function heldFdatasync(): { held: ((error?: Error) => void)[]; calls: () => number } {
  const { fdatasync } = fs
  const held: ((error?: Error) => void)[] = []
  const spy = vi.spyOn(fs, 'fdatasync').mockImplementation((descriptor: number, callback: Callback) => {
    held.push((error) => (error === undefined ? fdatasync(descriptor, callback) : callback(error)))
  })
  onTestFinished(() => void spy.mockRestore())
  return { held, calls: () => spy.mock.calls.length }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

describe("fsync: 'always'", () => {
  it('calls back after the fdatasync, in order, and lets frames written meanwhile share the next', async () => {
    const directory = temporaryDirectory()
    const { held, calls } = heldFdatasync()
    const { journal } = await open(directory, { fsync: 'always' })
    const told: string[] = []
    const append = (name: string): number => journal.append(Buffer.from(name), () => told.push(name))
    append('a')
    append('b')
    await turn()
    for (const name of ['c', 'd', 'e']) {
      append(name)
      await turn()
    }
    expect(journal.bytes).toBe(fs.statSync(segmentFile(directory, 1)).size)
    expect(told).toEqual([])
    expect(calls()).toBe(1)

    held.shift()?.()
    await until(() => told.length > 0)
    expect(told).toEqual(['a', 'b'])
    await until(() => held.length > 0)
    expect(calls()).toBe(2)
    held.shift()?.()
    await until(() => told.length > 2)
    expect(told).toEqual(['a', 'b', 'c', 'd', 'e'])
    await journal.close()
    expect(calls()).toBe(2)
  })

  it('syncs what has no done with the next flush', async () => {
    const { held, calls } = heldFdatasync()
    const { journal } = await open(temporaryDirectory(), { fsync: 'always' })
    journal.append(Buffer.from('nobody waits'))
    await turn()
    await turn()
    expect(calls()).toBe(0)
    const flushed = journal.flush()
    await until(() => calls() === 1)
    held.shift()?.()
    await flushed
    await journal.close()
  })

  it('fails everything behind a failed fdatasync, keeps nothing of it, and goes on in another file', async () => {
    const directory = temporaryDirectory()
    const { held } = heldFdatasync()
    const { journal, events } = await open(directory, { fsync: 'always' })
    const first = outcomes(journal, ['kept'])
    await turn()
    held.shift()?.()
    await first
    const second = outcomes(journal, ['lost'])
    await turn()
    const third = outcomes(journal, ['written meanwhile'])
    await turn()
    const error = Object.assign(new Error('EIO: made for the test'), { code: 'EIO' })
    const flushed = expect(journal.flush()).rejects.toThrow('EIO')
    held.shift()?.(error)
    expect(await second).toEqual(['EIO'])
    expect(await third).toEqual(['EIO'])
    await flushed
    expect(kinds(events)).toEqual(['write_failed'])

    const fourth = outcomes(journal, ['after'])
    await until(() => held.length > 0)
    expect(kinds(events)).toEqual(['write_failed'])
    held.shift()?.()
    expect(await fourth).toEqual([undefined])
    expect(kinds(events)).toEqual(['write_failed', 'write_recovered'])
    await journal.close()
    const again = await readBack(directory)
    expect(again.replayed).toEqual(['kept', 'after'])
    expect(again.replayedSegments).toEqual([1, 2])
    expect(again.events).toEqual([])
  })

  it('syncs a full segment before it begins the next, and the directory too', async () => {
    const directory = temporaryDirectory()
    const directorySync = vi.spyOn(fs, 'fsync')
    onTestFinished(() => void directorySync.mockRestore())
    const { held } = heldFdatasync()
    const { journal } = await open(directory, { fsync: 'always', segmentBytes: 100 })
    const told: string[] = []
    const append = (name: string): number => journal.append(Buffer.from(name.padEnd(100)), () => told.push(name))
    expect(append('one')).toBe(1)
    await turn()
    expect(append('two')).toBe(2)
    await turn()
    expect(journal.segments).toEqual([1, 2])
    expect(fs.readdirSync(directory)).toEqual(['00000001.journal'])
    const dropped = journal.dropBefore(2)
    held.shift()?.()
    await until(() => held.length > 0)
    expect(told).toEqual(['one'])
    expect(directorySync).toHaveBeenCalledTimes(1)
    held.shift()?.()
    await dropped
    expect(told).toEqual(['one', 'two'])
    expect(directorySync).toHaveBeenCalledTimes(4)
    expect(fs.readdirSync(directory)).toEqual(['00000002.journal'])
    await journal.close()
  })

  it('does not close a file while it is being synced, though the last write failed', async () => {
    const directory = temporaryDirectory()
    const { held } = heldFdatasync()
    const { journal } = await open(directory, { fsync: 'always' })
    const first = outcomes(journal, ['kept'])
    await turn()
    const write = vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      throw new Error('EIO')
    })
    const truncate = vi.spyOn(fs, 'ftruncateSync').mockImplementationOnce(() => {
      throw new Error('EIO')
    })
    onTestFinished(() => {
      write.mockRestore()
      truncate.mockRestore()
    })
    const second = outcomes(journal, ['lost'])
    const closing = expect(journal.close()).rejects.toThrow('EIO')
    expect(await second).toEqual(['EIO'])
    const close = vi.spyOn(fs, 'closeSync')
    onTestFinished(() => void close.mockRestore())
    await turn()
    expect(close).not.toHaveBeenCalled()
    held.shift()?.()
    expect(await first).toEqual([undefined])
    await closing
    expect(close).toHaveBeenCalledTimes(1)
    expect((await readBack(directory)).replayed).toEqual(['kept'])
  })

  it('works with a real disk', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { fsync: 'always', segmentBytes: 2000 })
    const records = Array.from({ length: 60 }, (_, n) => `${n}`.padEnd(100))
    for (let n = 0; n < records.length; n += 4) await outcomes(journal, records.slice(n, n + 4))
    await writeFrames(journal, [['last']])
    await journal.dropBefore(2)
    await journal.close()
    const again = await readBack(directory)
    expect(again.replayed).toEqual([...records, 'last'].slice(-again.replayed.length))
    expect(again.replayedSegments[0]).toBe(2)
  })
})

describe("fsync: 'never'", () => {
  it('puts what is kept on the disk before it deletes anything, as it may be a copy of what is deleted', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 100 })
    for (const name of ['one', 'two', 'three', 'four']) await writeFrames(journal, [[name.padEnd(100)]])
    await writeFrames(journal, [['last']])
    expect(journal.segments).toEqual([1, 2, 3, 4, 5])
    const steps: string[] = []
    const { fdatasync } = fs
    const sync = vi.spyOn(fs, 'fdatasync').mockImplementation((descriptor: number, callback: Callback) => {
      const file = fs.readlinkSync(`/proc/self/fd/${descriptor}`)
      steps.push(`sync ${file.slice(-10)} with ${fs.readdirSync(directory).length} files`)
      fdatasync(descriptor, callback)
    })
    onTestFinished(() => void sync.mockRestore())
    await journal.dropBefore(3)
    expect(steps).toEqual([3, 4, 5].map((number) => `sync 0${number}.journal with 5 files`))
    steps.length = 0
    await journal.dropBefore(4)
    expect(steps).toEqual(['sync 05.journal with 3 files'])
    await journal.close()
  })

  it('deletes nothing when that fails', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 100 })
    await writeFrames(journal, [['one'.padEnd(100)], ['two']])
    const sync = vi.spyOn(fs, 'fdatasync').mockImplementation((_descriptor: number, callback: Callback) => {
      callback(new Error('EIO'))
    })
    onTestFinished(() => void sync.mockRestore())
    await expect(journal.dropBefore(2)).rejects.toThrow('EIO')
    expect(journal.segments).toEqual([1, 2])
    sync.mockRestore()
    await journal.dropBefore(2)
    expect(journal.segments).toEqual([2])
    await journal.close()
  })
})
