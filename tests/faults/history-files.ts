import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { HistoryEvent, Recorder } from './history.ts'

/** Writes events to a file, one per line. */
export const recordTo = (path: string): { readonly record: Recorder; close(): Promise<void> } => {
  const file = createWriteStream(path)
  return {
    record: (event) => void file.write(`${JSON.stringify(event)}\n`),
    close: () => new Promise((resolve) => file.end(resolve)),
  }
}

/** Everything that is in the files so far, in the order in which it happened. A line that is being written is left out. */
export const readHistory = async (paths: readonly string[]): Promise<HistoryEvent[]> => {
  const events: HistoryEvent[] = []
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => '')
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
    }
  }
  return events.sort((a, b) => a.t - b.t)
}
