import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { openJournal } from '../../../src/broker/journal/file-journal.ts'
import type { Journal, JournalEvent, JournalOptions } from '../../../src/broker/journal/journal.ts'

export const KEY = Buffer.alloc(32, 'k')

/** Removed when the test is over. */
export function temporaryDirectory(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mchat-journal-'))
  onTestFinished(() => fs.rmSync(directory, { recursive: true, force: true }))
  return directory
}

export interface Opened {
  readonly journal: Journal
  readonly replayed: string[]
  readonly replayedSegments: number[]
  readonly events: JournalEvent[]
}

export async function open(directory: string, changes: Partial<JournalOptions> = {}): Promise<Opened> {
  const replayed: string[] = []
  const replayedSegments: number[] = []
  const events: JournalEvent[] = []
  const options: JournalOptions = {
    directory,
    key: KEY,
    fsync: 'never',
    segmentBytes: 1024 * 1024,
    report: (event) => events.push(event),
    ...changes,
  }
  const journal = await openJournal(options, (record, segment) => {
    replayed.push(record.toString())
    replayedSegments.push(segment)
  })
  return { journal, replayed, replayedSegments, events }
}

/** What is replayed when the directory is opened; leaves nothing open. */
export async function readBack(directory: string): Promise<Opened> {
  const opened = await open(directory)
  await opened.journal.close()
  return opened
}

/** Appends each group of records as one frame. */
export async function writeFrames(journal: Journal, frames: readonly (readonly string[])[]): Promise<void> {
  for (const records of frames) {
    for (const record of records) journal.append(Buffer.from(record))
    await journal.flush()
  }
}

export function kinds(events: readonly JournalEvent[]): string[] {
  return events.map((event) => event.kind)
}

export function segmentFile(directory: string, segment: number): string {
  return path.join(directory, `${String(segment).padStart(8, '0')}.journal`)
}

/** Appends the records in one turn and tells how each went: undefined or the code of its error. */
export async function outcomes(journal: Journal, records: readonly string[]): Promise<(string | undefined)[]> {
  return await Promise.all(
    records.map(
      (record) =>
        new Promise<string | undefined>((resolve) => {
          journal.append(Buffer.from(record), (error) => {
            resolve(error && 'code' in error ? String(error.code) : error?.message)
          })
        }),
    ),
  )
}
