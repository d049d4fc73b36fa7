import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { HEADER_BYTES } from '../../../src/broker/journal/segment-header.ts'
import { KEY, kinds, open, readBack, segmentFile, temporaryDirectory, writeFrames } from './journal-in-directory.ts'

const FRAMES = [['a1', 'a2'], ['b1'], ['c1', 'c2', 'c3'], ['d1']]
const ALL = FRAMES.flat()

/** A directory with one segment holding FRAMES. @returns where each frame ends, the header first */
async function written(directory: string): Promise<number[]> {
  const { journal } = await open(directory)
  const ends = [HEADER_BYTES]
  for (const frame of FRAMES) {
    await writeFrames(journal, [frame])
    ends.push(journal.bytes)
  }
  await journal.close()
  return ends
}

describe('opening after a crash', () => {
  it('reads every whole frame of a segment torn at any byte, and says so once', async () => {
    const source = temporaryDirectory()
    const ends = await written(source)
    const whole = fs.readFileSync(segmentFile(source, 1))
    for (let size = 0; size <= whole.length; size++) {
      const directory = temporaryDirectory()
      fs.writeFileSync(segmentFile(directory, 1), whole.subarray(0, size))
      const complete = FRAMES.filter((_, index) => (ends[index + 1] ?? Number.POSITIVE_INFINITY) <= size).flat()
      const clean = size === 0 || ends.includes(size)

      const opened = await open(directory)
      expect(opened.replayed, `torn at ${size}`).toEqual(complete)
      expect(kinds(opened.events), `torn at ${size}`).toEqual(clean ? [] : ['torn_tail'])
      await writeFrames(opened.journal, [['later']])
      await opened.journal.close()

      const again = await readBack(directory)
      expect(again.replayed).toEqual([...complete, 'later'])
      expect(again.events).toEqual([])
    }
  })

  it('takes zeros at the end for what a power failure left', async () => {
    const source = temporaryDirectory()
    const ends = await written(source)
    const whole = fs.readFileSync(segmentFile(source, 1))
    const lastFrame = ends.at(-2) ?? 0
    for (let size = 0; size < whole.length; size++) {
      const directory = temporaryDirectory()
      const padded = Buffer.alloc(whole.length + 4096)
      whole.copy(padded, 0, 0, size)
      fs.writeFileSync(segmentFile(directory, 1), padded)
      // The last bytes of a frame may be zeros by themselves, and then it is whole.
      const isWhole = (end: number): boolean => padded.subarray(0, end).equals(whole.subarray(0, end))
      const complete = FRAMES.filter((_, index) => isWhole(ends[index + 1] ?? whole.length)).flat()
      const opened = await readBack(directory)
      expect(opened.replayed, `zeros from ${size}`).toEqual(complete)
      if (size <= lastFrame && !isWhole(lastFrame)) expect(kinds(opened.events), `zeros from ${size}`).toHaveLength(1)
    }
  })

  it('does not take a missing end of an earlier segment for the work of a crash', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    const { journal } = await open(directory)
    await writeFrames(journal, [['next segment']])
    await journal.close()
    fs.truncateSync(segmentFile(directory, 1), fs.statSync(segmentFile(directory, 1)).size - 5)
    const opened = await readBack(directory)
    expect(opened.replayed).toEqual(['a1', 'a2', 'b1', 'c1', 'c2', 'c3', 'next segment'])
    expect(kinds(opened.events)).toEqual(['damaged_frame'])
    expect(fs.existsSync(`${segmentFile(directory, 1)}.damaged`)).toBe(true)
  })

  it('tolerates empty segments and what does not belong to it', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    fs.writeFileSync(segmentFile(directory, 7), '')
    fs.writeFileSync(path.join(directory, 'notes.txt'), 'hello')
    fs.writeFileSync(path.join(directory, '1.journal'), 'hello')
    fs.mkdirSync(segmentFile(directory, 9))
    const { journal, replayed, events } = await open(directory)
    expect(replayed).toEqual(ALL)
    expect(events).toEqual([])
    expect(journal.segment).toBe(10)
    expect(journal.segments).toEqual([1, 10])
    fs.mkdirSync(segmentFile(directory, 11))
    await journal.close()
    expect(fs.readdirSync(directory).sort()).toEqual(
      ['00000001.journal', '00000009.journal', '00000011.journal', '1.journal', 'notes.txt'].sort(),
    )
  })
})

describe('opening a damaged segment', () => {
  it('loses at most the frame that was hit, whichever byte is changed', async () => {
    const source = temporaryDirectory()
    const ends = await written(source)
    const whole = fs.readFileSync(segmentFile(source, 1))
    for (let at = 0; at < whole.length; at++) {
      for (const mask of [0x01, 0xff]) {
        const directory = temporaryDirectory()
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ mask
        fs.writeFileSync(segmentFile(directory, 1), changed)

        const opened = await readBack(directory)
        const hit = ends.findIndex((end) => at < end)
        const inSalt = at >= 12 && at < 28
        const expected = inSalt ? [] : FRAMES.filter((_, index) => index + 1 !== hit).flat()
        expect(opened.replayed, `byte ${at}`).toEqual(expected)
        expect(opened.events, `byte ${at}`).toHaveLength(1)
        if (hit < FRAMES.length) {
          expect(kinds(opened.events), `byte ${at}`).toEqual(['damaged_frame'])
          expect(fs.readFileSync(`${segmentFile(directory, 1)}.damaged`).equals(changed)).toBe(true)
        }
      }
    }
  })

  it('finds its way after bytes were removed or inserted', async () => {
    const source = temporaryDirectory()
    const ends = await written(source)
    const whole = fs.readFileSync(segmentFile(source, 1))
    const inSecond = (ends[1] ?? 0) + 6
    const pieces = [whole.subarray(0, inSecond), whole.subarray(inSecond)] as const
    for (const changed of [
      Buffer.concat([pieces[0], pieces[1].subarray(3)]),
      Buffer.concat([pieces[0], Buffer.from('garbage'), pieces[1]]),
    ]) {
      const directory = temporaryDirectory()
      fs.writeFileSync(segmentFile(directory, 1), changed)
      const opened = await readBack(directory)
      expect(opened.replayed).toEqual(['a1', 'a2', 'c1', 'c2', 'c3', 'd1'])
      expect(kinds(opened.events)).toEqual(['damaged_frame'])
    }
  })

  it('does not read a frame that was copied behind itself or brought from another segment', async () => {
    const directory = temporaryDirectory()
    const ends = await written(directory)
    const other = temporaryDirectory()
    await written(other)
    const first = fs.readFileSync(segmentFile(directory, 1))
    const foreign = fs.readFileSync(segmentFile(other, 1))
    const firstFrame = first.subarray(ends[0], ends[1])
    fs.appendFileSync(segmentFile(directory, 1), Buffer.concat([firstFrame, foreign.subarray(ends[3])]))
    const opened = await readBack(directory)
    expect(opened.replayed).toEqual(ALL)
    expect(kinds(opened.events)).toEqual(['damaged_frame'])
  })

  it('accepts appends all the same, and does not use the number of a kept copy again', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    const bytes = fs.readFileSync(segmentFile(directory, 1))
    bytes.writeUInt8(bytes.readUInt8(HEADER_BYTES + 20) ^ 0xff, HEADER_BYTES + 20)
    fs.writeFileSync(segmentFile(directory, 1), bytes)
    const opened = await open(directory)
    await writeFrames(opened.journal, [['later']])
    await opened.journal.dropBefore(opened.journal.segment)
    await opened.journal.close()
    expect(fs.readdirSync(directory)).toEqual(['00000001.journal.damaged', '00000002.journal'])
    fs.rmSync(segmentFile(directory, 2))
    expect((await readBack(directory)).journal.segment).toBe(2)
  })
})

describe('opening with what cannot be right', () => {
  it('refuses another key, and leaves everything as it was', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    fs.appendFileSync(segmentFile(directory, 1), 'torn')
    const before = fs.readFileSync(segmentFile(directory, 1))
    const events: string[] = []
    const report = ({ kind }: { kind: string }): void => void events.push(kind)
    await expect(open(directory, { key: Buffer.alloc(32, 'x'), report })).rejects.toThrow('written with another key')
    expect(events).toEqual(['wrong_key'])
    expect(fs.readdirSync(directory)).toEqual(['00000001.journal'])
    expect(fs.readFileSync(segmentFile(directory, 1)).equals(before)).toBe(true)
    expect((await readBack(directory)).replayed).toEqual(ALL)
  })

  it('reads what older keys have written, damaged headers included, and writes with the new one', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    const bytes = fs.readFileSync(segmentFile(directory, 1))
    const rotated = { key: Buffer.alloc(32, 'x'), olderKeys: [Buffer.alloc(32, 'y'), KEY] }
    const opened = await open(directory, rotated)
    expect([opened.replayed, opened.journal.outdated]).toEqual([ALL, 1])
    await writeFrames(opened.journal, [['later']])
    await opened.journal.close()
    const second = fs.readFileSync(segmentFile(directory, 2))
    fs.rmSync(segmentFile(directory, 2))
    expect((await readBack(directory)).replayed).toEqual(ALL)
    fs.rmSync(segmentFile(directory, 1))
    fs.writeFileSync(segmentFile(directory, 2), second)
    await expect(open(directory)).rejects.toThrow('written with another key')
    fs.rmSync(segmentFile(directory, 2))

    // The CRC alone: what the keys derive from is whole.
    bytes[HEADER_BYTES - 1] = (bytes[HEADER_BYTES - 1] ?? 0) ^ 1
    fs.writeFileSync(segmentFile(directory, 1), bytes)
    const damaged = await open(directory, rotated)
    expect([damaged.replayed, kinds(damaged.events)]).toEqual([ALL, ['damaged_frame']])
    await damaged.journal.close()
  })

  it('refuses a segment under the number of another', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    fs.renameSync(segmentFile(directory, 1), segmentFile(directory, 2))
    await expect(open(directory)).rejects.toThrow('written with another key')
  })

  it('passes on what replay throws', async () => {
    const directory = temporaryDirectory()
    await written(directory)
    const { openJournal } = await import('../../../src/broker/journal/file-journal.ts')
    const options = { directory, key: KEY, fsync: 'never', segmentBytes: 1000, report: () => undefined } as const
    const opening = openJournal(options, () => {
      throw new Error('unknown record')
    })
    await expect(opening).rejects.toThrow('unknown record')
  })
})
