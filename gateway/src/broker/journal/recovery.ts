import fs from 'node:fs'
import path from 'node:path'
import { UserError } from '../../platform/user-error.ts'
import type { JournalOptions } from './journal.ts'
import { segmentPath } from './segment-file.ts'
import { keyOf, type Range, readSegment, type SegmentReading, UnreadableSegment } from './segment-reader.ts'

const SEGMENT_NAME = /^(\d{8,15})\.journal(\.damaged)?$/

export interface Recovered {
  /** Number → size of the segments that hold something, oldest first. */
  readonly sizes: Map<number, number>
  /** Larger than every number in use, kept copies of damaged segments included. */
  readonly nextNumber: number
  /** The last segment that was written with an older key. */
  readonly outdated: number | undefined
}

/** Replays what is in the directory and clears away what a crash left behind. */
export async function recover(
  options: JournalOptions,
  replay: (record: Buffer, segment: number) => void,
): Promise<Recovered> {
  const { directory } = options
  await fs.promises.mkdir(directory, { recursive: true, mode: 0o700 })
  const { found, nextNumber } = await listSegments(directory)
  const lastWithData = found.findLast(({ size }) => size > 0)?.number

  const sizes = new Map<number, number>()
  let outdated: number | undefined
  for (const { number } of found) {
    const bytes = await fs.promises.readFile(segmentPath(directory, number))
    const key = keyOf(bytes, [options.key, ...(options.olderKeys ?? [])], number) ?? options.key
    if (key !== options.key) outdated = number
    const reading = read(bytes, key, number, options, replay)
    const size = tidy(bytes.length, reading, number, number === lastWithData, options)
    if (size > 0) sizes.set(number, size)
    else await fs.promises.unlink(segmentPath(directory, number))
  }
  return { sizes, nextNumber, outdated }
}

async function listSegments(
  directory: string,
): Promise<{ found: { number: number; size: number }[]; nextNumber: number }> {
  const found: { number: number; size: number }[] = []
  let nextNumber = 1
  for (const entry of await fs.promises.readdir(directory, { withFileTypes: true })) {
    const match = SEGMENT_NAME.exec(entry.name)
    if (match === null) continue
    const number = Number(match[1])
    nextNumber = Math.max(nextNumber, number + 1)
    const isSegment = match[2] === undefined && entry.isFile() && segmentPath('', number) === entry.name
    if (isSegment) found.push({ number, size: (await fs.promises.stat(path.join(directory, entry.name))).size })
  }
  found.sort((a, b) => a.number - b.number)
  return { found, nextNumber }
}

function read(
  bytes: Buffer,
  key: Uint8Array,
  number: number,
  { directory, report }: JournalOptions,
  replay: (record: Buffer, segment: number) => void,
): SegmentReading {
  try {
    return readSegment(bytes, key, number, (record) => replay(record, number))
  } catch (error) {
    if (!(error instanceof UnreadableSegment)) throw error
    const file = segmentPath(directory, number)
    if (error.state === 'newer_version') {
      throw new UserError(`The journal segment ${file} was written by a newer version of MChat; start that version.`)
    }
    const message = `The journal segment ${file} was written with another key; start with the key that belongs to it, or move the directory away to begin without what is queued in it.`
    report({ kind: 'wrong_key', segment: number, message })
    throw new UserError(message)
  }
}

/** @returns the size of the segment afterwards */
function tidy(
  size: number,
  { damaged, torn }: SegmentReading,
  number: number,
  isLast: boolean,
  { directory, report }: JournalOptions,
): number {
  const file = segmentPath(directory, number)
  // In the middle of the journal nothing is torn: the segment was finished, so its end has been taken away since.
  const lost = torn === undefined || (isLast && damaged.length === 0) ? damaged : [...damaged, torn]
  if (lost.length > 0) {
    const message = `${file} is damaged: nothing could be read from ${rangesInWords(lost)}; everything else in it has been. ${keepCopy(file)}`
    report({ kind: 'damaged_frame', segment: number, message })
    return size
  }
  if (torn === undefined) return size
  report({
    kind: 'torn_tail',
    segment: number,
    message: `The last ${torn.to - torn.from} bytes of ${file} are an unfinished write; they have been dropped.`,
  })
  fs.truncateSync(file, torn.from)
  return torn.from
}

/** A second name for the same file: costs no space (the disk may be full), and the journal never changes it again. */
function keepCopy(file: string): string {
  const copy = `${file}.damaged`
  try {
    if (!fs.existsSync(copy)) {
      try {
        fs.linkSync(file, copy)
      } catch {
        fs.copyFileSync(file, copy, fs.constants.COPYFILE_EXCL)
      }
    }
    return `It is kept as ${copy}.`
  } catch (error) {
    return `It could not be kept as ${copy}: ${error instanceof Error ? error.message : String(error)}.`
  }
}

function rangesInWords(ranges: readonly Range[]): string {
  const shown = ranges.slice(0, 5).map(({ from, to }) => `bytes ${from} to ${to - 1}`)
  if (ranges.length > shown.length) shown.push(`${ranges.length - shown.length} more places`)
  return shown.join(', ')
}
