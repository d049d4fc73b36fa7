import { expect, test } from 'vitest'
import type { AuditEntry } from '../src/pages/audit/audit-columns.tsx'
import { NO_TAIL, sinceReading, withArrived } from '../src/pages/audit/audit-tail.ts'

const row = (seq: number): AuditEntry => ({
  seq,
  at: '2030-01-01T00:00:00.000Z',
  instance: 'gw_1',
  operator_employee_id: 'ann',
  client_id: 'ann_pc_1',
  action: 'group.create',
  target: null,
  code: 0,
  reason: null,
  seq_id: 's',
  hash: 'h',
})
const rows = (from: number, to: number): AuditEntry[] => Array.from({ length: to - from + 1 }, (_, i) => row(from + i))
const seqs = (of: readonly AuditEntry[]): number[] => of.map(({ seq }) => seq)

test('rows come newest first, each once, whatever order they are heard of in', () => {
  const tail = withArrived(withArrived(NO_TAIL, [row(3), row(1)], false), [row(2), row(3)], false)
  expect(seqs(tail.rows)).toEqual([3, 2, 1])
  expect(tail.hasMissed).toBe(false)
})

test('what came while the log was being read stays, where it is newer than the answer', () => {
  const tail = withArrived(NO_TAIL, rows(8, 12), true)
  const after = sinceReading(tail, 10)
  expect(seqs(after.rows)).toEqual([12, 11])
  expect(after.hasMissed).toBe(false)
})

test('of too many the oldest are left out, and it is told that rows are missing', () => {
  const full = withArrived(NO_TAIL, rows(1, 500), false)
  expect(full.hasMissed).toBe(false)
  const over = withArrived(full, rows(501, 503), false)
  expect([over.rows.length, over.rows[0]?.seq, over.rows.at(-1)?.seq]).toEqual([500, 503, 4])
  expect(over.hasMissed).toBe(true)
  expect(withArrived(over, [row(504)], false).hasMissed).toBe(true)
})
