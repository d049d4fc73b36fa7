import type { Watched } from './page-watch.ts'

/** A line of the table: what was measured, and what it may be at most. */
export interface ConsoleFigure {
  readonly what: string
  readonly measured: string
  readonly target?: { readonly text: string; readonly isMet: boolean }
}

/** Beside a figure without a target there is nothing. */
export const figureRow = ({ measured, target, what }: ConsoleFigure): readonly string[] => [
  what,
  measured,
  target?.text ?? '',
  target === undefined ? '' : target.isMet ? 'met' : '**not met**',
]

/** What the issue of a slow page is: nothing else happens in it meanwhile. */
export const MOST_TASK_MS = 100
export const MOST_OPEN_MS = 1500
export const MOST_FIRST_LOAD_BYTES = 700_000

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] =
    sorted.length % 2 === 1 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1)
  return (low + high) / 2
}

/** The median, with the lowest and the highest in brackets. */
export const spread = (values: readonly number[], unit: string): string => {
  const [low, high] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(0))
  return `${median(values).toFixed(0)} ${unit}${values.length > 1 ? ` (${low}–${high})` : ''}`
}

export const taskText = ({ tasks: { count, longestCpuMs, longestMs, sumMs } }: Watched): string =>
  `${count} over 50 ms, ${sumMs.toFixed(0)} ms of them; the longest ${longestMs.toFixed(0)} ms, ${longestCpuMs.toFixed(0)} ms of CPU time`

export const frameText = ({ cpuMs, droppedGaps, frames, longestGapMs, seconds }: Watched): string =>
  `${(frames / seconds).toFixed(0)} frames/s, ${droppedGaps} gaps over 50 ms, the longest ${longestGapMs.toFixed(0)} ms; ${((cpuMs / seconds) * 0.1).toFixed(0)} % CPU`
