import { type AuditRow, LIMITS } from '@mchat/schema'
import { auditLog } from '../../db/repositories/audit-log.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { csvLine } from '../csv.ts'
import { cursorOf, filterOf, presentRow } from './filter.ts'

const BATCH = 500
const COLUMNS = [
  'seq',
  'at',
  'operator_employee_id',
  'client_id',
  'seq_id',
  'action',
  'target',
  'params',
  'code',
  'reason',
  'instance',
  'hash',
] as const satisfies readonly (keyof AuditRow)[]

const FORMATS = {
  csv: {
    contentType: 'text/csv; charset=utf-8',
    head: csvLine(COLUMNS),
    line: (row: AuditRow): string =>
      csvLine(COLUMNS.map((column) => (column === 'params' ? JSON.stringify(row.params) : row[column]))),
  },
  ndjson: {
    contentType: 'application/x-ndjson',
    head: '',
    line: (row: AuditRow): string => `${JSON.stringify(row)}\n`,
  },
}

export default defineHandler('audit.export', async ({ db }, input) => {
  const { contentType, head, line } = FORMATS[input.format]
  const filter = filterOf(input)
  const lines = [head]
  let bytes = Buffer.byteLength(head)
  let rows = 0
  let last = cursorOf(input)
  let isMore = true
  let isFull = false
  while (isMore && !isFull) {
    const found = await auditLog.list(db, filter, BATCH, last)
    isMore = found.length === BATCH
    for (const row of found) {
      const next = line(presentRow(row))
      const size = Buffer.byteLength(next)
      // A single row always fits: a request is smaller than that.
      isFull = bytes + size > LIMITS.auditExportBytes
      if (isFull) break
      lines.push(next)
      bytes += size
      rows++
      last = row.seq
    }
  }
  return {
    content_type: contentType,
    file_name: `audit.${input.format}`,
    content: lines.join(''),
    rows,
    next_cursor: isFull && last !== undefined ? String(last) : null,
  }
})
