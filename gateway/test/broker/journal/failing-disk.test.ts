import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
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

function diskError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: made for the test`), { code })
}

/** The file system takes a part of the next write and refuses the rest, as a disk does that fills up. */
function nextWriteStopsAfter(bytes: number, code: string): void {
  const { writeSync } = fs
  const part = (descriptor: number, buffer: Buffer, offset: number, _length: number, position: number): number =>
    writeSync(descriptor, buffer, offset, bytes, position)
  const write = vi.spyOn(fs, 'writeSync')
  write.mockImplementationOnce(part as typeof fs.writeSync)
  write.mockImplementationOnce(() => {
    throw diskError(code)
  })
  onTestFinished(() => void write.mockRestore())
}

describe.runIf(process.getuid?.() === 0)('a full disk (needs root to mount one)', () => {
  it('refuses what does not fit, takes more once there is room, and keeps exactly what it acknowledged', async () => {
    const mounted = temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', mounted])
    onTestFinished(() => void execFileSync('umount', ['--lazy', mounted]))
    const directory = path.join(mounted, 'journal')
    const ballast = path.join(mounted, 'ballast')
    fs.writeFileSync(ballast, Buffer.alloc(300 * 1024))
    const { journal, events } = await open(directory, { segmentBytes: 200_000 })

    const acknowledged: string[] = []
    const refused: (string | undefined)[] = []
    const appendSome = async (from: number, count: number): Promise<void> => {
      for (let n = from; n < from + count; n++) {
        const records = [`${n} `.padEnd(900 + (n % 200), 'x'), `${n} second`]
        for (const [index, code] of (await outcomes(journal, records)).entries()) {
          if (code === undefined) acknowledged.push(records[index] ?? '')
          else refused.push(code)
        }
      }
    }
    await appendSome(0, 1000)
    expect(new Set(refused)).toEqual(new Set(['ENOSPC']))
    expect(refused.length % 2).toBe(0)
    expect(kinds(events)).toEqual(['write_failed'])
    await expect(Promise.all([outcomes(journal, ['x'.repeat(9000)]), journal.flush()])).rejects.toThrow('ENOSPC')

    fs.rmSync(ballast)
    const before = refused.length
    await appendSome(1000, 100)
    expect(refused).toHaveLength(before)
    expect(kinds(events)).toEqual(['write_failed', 'write_recovered'])
    await journal.close()

    const again = await readBack(directory)
    expect(again.replayed).toEqual(acknowledged)
    expect(again.events).toEqual([])
  })
})

describe('a failing write', () => {
  it('is taken back when only a part was written', async () => {
    const directory = temporaryDirectory()
    const { journal, events } = await open(directory)
    await writeFrames(journal, [['before']])
    const size = journal.bytes
    nextWriteStopsAfter(11, 'ENOSPC')
    expect(await outcomes(journal, ['lost', 'lost too'])).toEqual(['ENOSPC', 'ENOSPC'])
    expect(fs.statSync(segmentFile(directory, 1)).size).toBe(size)
    expect(journal.bytes).toBe(size)
    expect(await outcomes(journal, ['after'])).toEqual([undefined])
    expect(kinds(events)).toEqual(['write_failed', 'write_recovered'])
    await journal.close()
    const again = await readBack(directory)
    expect(again.replayed).toEqual(['before', 'after'])
    expect(again.events).toEqual([])
  })

  it('leads to a new segment when the part cannot be taken back', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory)
    await writeFrames(journal, [['before']])
    nextWriteStopsAfter(11, 'EIO')
    const truncate = vi.spyOn(fs, 'ftruncateSync').mockImplementationOnce(() => {
      throw diskError('EIO')
    })
    onTestFinished(() => void truncate.mockRestore())
    expect(await outcomes(journal, ['lost'])).toEqual(['EIO'])
    expect(journal.segment).toBe(2)
    expect(await outcomes(journal, ['after'])).toEqual([undefined])
    await journal.close()
    expect((await readBack(directory)).replayed).toEqual(['before', 'after'])
  })

  it('is survived when not even a segment can be created', async () => {
    const directory = temporaryDirectory()
    const { journal, events } = await open(directory, { segmentBytes: 10 })
    await writeFrames(journal, [['one']])
    const create = vi.spyOn(fs, 'openSync').mockImplementation(() => {
      throw diskError('ENOSPC')
    })
    onTestFinished(() => void create.mockRestore())
    expect(await outcomes(journal, ['lost'])).toEqual(['ENOSPC'])
    expect(await outcomes(journal, ['lost'])).toEqual(['ENOSPC'])
    create.mockRestore()
    expect(await outcomes(journal, ['two'])).toEqual([undefined])
    expect(kinds(events)).toEqual(['write_failed', 'write_recovered'])
    await journal.close()
    expect((await readBack(directory)).replayed).toEqual(['one', 'two'])
  })

  it('passes over a file that has taken the name of the next segment', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 10 })
    fs.mkdirSync(segmentFile(directory, 2))
    await writeFrames(journal, [['one'], ['two']])
    await journal.close()
    expect((await readBack(directory)).replayedSegments).toEqual([1, 3])
  })

  it('rejects a flush that waits for several frames with the first error', async () => {
    const { journal } = await open(temporaryDirectory())
    const write = vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      throw diskError('EIO')
    })
    onTestFinished(() => void write.mockRestore())
    journal.append(Buffer.alloc(12 * 1024 * 1024))
    journal.append(Buffer.alloc(12 * 1024 * 1024))
    await expect(journal.flush()).rejects.toThrow('EIO')
    await expect(journal.flush()).resolves.toBeUndefined()
    await journal.close()
  })
})
