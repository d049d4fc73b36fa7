import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { History, HistoryEvent, Recorder } from './history.ts'
import { entitlements } from './organisation.ts'
import type { LoadPlan } from './plan.ts'

/** A run is a directory: for each load process its plan and what it saw, and what the bench itself did. */
export const planFile = (directory: string, implementation: string): string => join(directory, `${implementation}.json`)
export const historyFile = (directory: string, process: string): string => join(directory, `${process}.ndjson`)
export const BENCH = 'bench'
export const IMPLEMENTATIONS = ['mqttjs', 'paho'] as const

/** Writes events to a file, one per line. */
export const recordTo = (path: string): { readonly record: Recorder; close(): Promise<void> } => {
  const file = createWriteStream(path)
  return {
    record: (event) => void file.write(`${JSON.stringify(event)}\n`),
    close: () => new Promise((resolve) => file.end(resolve)),
  }
}

/** What is there so far, in the order in which it happened. A line that is being written is left out. */
export const readHistory = async (directory: string): Promise<History> => {
  const events: HistoryEvent[] = []
  for (const process of [BENCH, ...IMPLEMENTATIONS]) {
    const text = await readFile(historyFile(directory, process), 'utf8')
    for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
      if (line !== '') events.push(JSON.parse(line) as HistoryEvent)
    }
  }
  const plans: LoadPlan[] = []
  for (const implementation of IMPLEMENTATIONS) {
    plans.push(JSON.parse(await readFile(planFile(directory, implementation), 'utf8')) as LoadPlan)
  }
  return { events: events.sort((a, b) => a.t - b.t), ...entitlements(plans) }
}
