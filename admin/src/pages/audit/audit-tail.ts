import type { AuditEntry } from './audit-columns.tsx'

/** What was written to the log since it was read, as far as it was heard of. */
export interface AuditTail {
  /** Newest first. */
  readonly rows: readonly AuditEntry[]
  /** Rows are known to be missing: they are in the log. */
  readonly hasMissed: boolean
}

export const NO_TAIL: AuditTail = { rows: [], hasMissed: false }
/** What is older is in the log itself. */
const MOST_ROWS = 500

/** Gateways tell of their rows by themselves, so they come nearly in order. Of too many the oldest are left out, and missed. */
export const withArrived = (tail: AuditTail, arrived: readonly AuditEntry[], hasMissed: boolean): AuditTail => {
  const bySeq = new Map([...tail.rows, ...arrived].map((row) => [row.seq, row]))
  const rows = [...bySeq.values()].sort((a, b) => b.seq - a.seq)
  return {
    rows: rows.slice(0, MOST_ROWS),
    hasMissed: tail.hasMissed || hasMissed || rows.length > MOST_ROWS,
  }
}

/** When the log was read up to a row: what was missed is there now, and so is what has arrived, but for what came after that row. */
export const sinceReading = ({ rows }: AuditTail, newest: number): AuditTail => ({
  rows: rows.filter(({ seq }) => seq > newest),
  hasMissed: false,
})
