import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { KEY, kinds, open, readBack, segmentFile, temporaryDirectory, writeFrames } from './journal-in-directory.ts'

describe('a journal', () => {
  it('replays what was appended, in order, whatever its size', async () => {
    const directory = temporaryDirectory()
    const records = ['first', '', 'x'.repeat(200_000), '文字', ...Array.from({ length: 500 }, (_, n) => `record ${n}`)]
    const { journal } = await open(directory)
    for (const [index, record] of records.entries()) {
      journal.append(Buffer.from(record))
      if (index % 7 === 0) await journal.flush()
    }
    await journal.close()

    const again = await open(directory)
    expect(again.replayed).toEqual(records)
    expect(again.events).toEqual([])
    await writeFrames(again.journal, [['last']])
    await again.journal.close()
    expect((await readBack(directory)).replayed).toEqual([...records, 'last'])
  })

  it('writes the records of a turn with one write, and calls back in order and never from within append', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory)
    await writeFrames(journal, [['the header goes with the first frame']])
    const write = vi.spyOn(fs, 'writeSync')
    try {
      const told: number[] = []
      const reused = Buffer.alloc(4)
      for (let n = 0; n < 1000; n++) {
        reused.writeUInt32LE(n)
        journal.append(reused, () => told.push(n))
      }
      expect(told).toEqual([])
      expect(write).not.toHaveBeenCalled()
      await journal.flush()
      expect(write).toHaveBeenCalledTimes(1)
      expect(told).toEqual(Array.from({ length: 1000 }, (_, n) => n))
    } finally {
      write.mockRestore()
    }
    await journal.close()
    expect((await readBack(directory)).replayed).toHaveLength(1001)
  })

  it('is closed when what was being deleted is gone, so that nobody who opens it again finds a file that goes', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 100 })
    for (let n = 0; n < 30; n++) await writeFrames(journal, [['x'.repeat(100)]])
    const last = journal.segment
    const dropped = journal.dropBefore(last)
    await journal.close()
    expect(fs.readdirSync(directory).filter((name) => Number.parseInt(name, 10) < last)).toEqual([])
    await dropped
  })

  it('takes records that are appended from within a done', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory)
    await new Promise<void>((resolve) => {
      const next = (n: number): void => {
        journal.append(Buffer.from(`${n}`), () => (n === 20 ? resolve() : next(n + 1)))
      }
      next(1)
    })
    await journal.close()
    expect((await readBack(directory)).replayed).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 1}`))
  })

  it('splits a turn of many megabytes into frames instead of holding it all', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 8 * 1024 * 1024 })
    const record = Buffer.alloc(1024 * 1024, 'a')
    let told = 0
    for (let n = 0; n < 40; n++) journal.append(record, () => told++)
    expect(told).toBe(0)
    expect(journal.bytes).toBeGreaterThan(30 * 1024 * 1024)
    await journal.flush()
    expect(told).toBe(40)
    expect(journal.segments).toEqual([1, 2, 3, 4])
    await journal.close()
    expect((await readBack(directory)).replayed).toHaveLength(40)
  })

  it('refuses records after close, and closes once', async () => {
    const { journal } = await open(temporaryDirectory())
    journal.append(Buffer.from('in time'))
    await Promise.all([journal.close(), journal.close()])
    const error = await new Promise((resolve) => journal.append(Buffer.from('late'), resolve))
    expect(error).toEqual(new Error('The journal is closed.'))
  })

  it('leaves neither plaintext nor key in its files, and lets nobody else read them', async () => {
    const directory = path.join(temporaryDirectory(), 'journal')
    const { journal } = await open(directory)
    const secret = 'nobody may read this sentence'
    await writeFrames(journal, [[secret, secret], [secret]])
    await journal.close()
    const bytes = fs.readFileSync(segmentFile(directory, 1))
    expect(bytes.includes(secret.slice(0, 8))).toBe(false)
    expect(bytes.includes(KEY.subarray(0, 8))).toBe(false)
    expect(fs.statSync(segmentFile(directory, 1)).mode & 0o777).toBe(0o600)
    expect(fs.statSync(directory).mode & 0o777).toBe(0o700)
  })

  it('tells the segment that a record will be in, and begins a new one when it is full', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 1000 })
    const expected: number[] = []
    for (let n = 0; n < 40; n++) {
      const announced = journal.segment
      const segment = journal.append(Buffer.from(`${n}`.padEnd(100)))
      expect(segment).toBe(announced)
      expected.push(segment)
      if (n % 3 === 0) await journal.flush()
    }
    await journal.flush()
    const onDisk = fs
      .readdirSync(directory)
      .reduce((sum, name) => sum + fs.statSync(path.join(directory, name)).size, 0)
    expect(journal.bytes).toBe(onDisk)
    expect(journal.segments).toEqual(Array.from({ length: journal.segment }, (_, n) => n + 1))
    await journal.close()

    const again = await readBack(directory)
    expect(again.replayedSegments).toEqual(expected)
    expect(new Set(expected).size).toBeGreaterThan(3)
    expect(again.journal.segment).toBe((expected.at(-1) ?? 0) + 1)
  })

  it('deletes the segments that are no longer needed, and never uses their numbers again', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory, { segmentBytes: 10 })
    await writeFrames(journal, [['one'], ['two'], ['three']])
    expect(journal.segments).toEqual([1, 2, 3, 4])
    await journal.dropBefore(3)
    expect(journal.segments).toEqual([3, 4])
    expect(journal.bytes).toBe(fs.statSync(segmentFile(directory, 3)).size)
    await journal.dropBefore(journal.segment)
    expect(journal.segments).toEqual([4])
    expect(journal.bytes).toBe(0)
    await writeFrames(journal, [['four']])
    expect(fs.readdirSync(directory)).toEqual(['00000004.journal'])
    await journal.close()
    const again = await readBack(directory)
    expect(again.replayed).toEqual(['four'])
    expect(again.journal.segment).toBe(5)
  })

  it('leaves no empty segments behind, however often it is opened', async () => {
    const directory = temporaryDirectory()
    const { journal } = await open(directory)
    await writeFrames(journal, [['one']])
    await journal.close()
    for (let n = 0; n < 5; n++) await readBack(directory)
    expect(fs.readdirSync(directory)).toEqual(['00000001.journal'])
  })

  it('tells every other caller when one of them throws', async () => {
    const { journal } = await open(temporaryDirectory())
    const uncaught = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const thrown = new Promise((resolve) => process.once('uncaughtException', resolve))
    try {
      let told = 0
      journal.append(Buffer.from('a'), () => {
        throw new Error('mistake of the caller')
      })
      journal.append(Buffer.from('b'), () => told++)
      await journal.flush()
      expect(told).toBe(1)
      expect(await thrown).toEqual(new Error('mistake of the caller'))
    } finally {
      for (const listener of uncaught) process.on('uncaughtException', listener)
    }
    await journal.close()
  })

  it('refuses a key of the wrong length', async () => {
    await expect(open(temporaryDirectory(), { key: Buffer.alloc(16) })).rejects.toThrow('32 bytes, not 16')
  })

  it('reports nothing when all is well', async () => {
    const { journal, events } = await open(temporaryDirectory())
    await writeFrames(journal, [['a'], ['b']])
    await journal.close()
    expect(kinds(events)).toEqual([])
  })
})
