import type { Outcome, RowResult } from './import-run.ts'
import type { PlannedRow } from './plan-rows.ts'

export const OUTCOMES = ['error', 'created', 'updated', 'unchanged', 'left'] as const
/** `left`: nothing is known of the row yet, or it was not reached. */
export type ShownOutcome = Outcome | 'left'

export const countsOf = (
  rows: readonly PlannedRow[],
  results: ReadonlyMap<number, RowResult>,
): Readonly<Record<ShownOutcome, number>> => {
  const counts = { created: 0, updated: 0, unchanged: 0, error: 0, left: 0 }
  for (const { number } of rows) counts[results.get(number)?.outcome ?? 'left'] += 1
  return counts
}
