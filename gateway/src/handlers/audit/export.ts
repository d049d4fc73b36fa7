import { type AuditRow, csvLine, LIMITS } from '@mchat/schema'
import { auditLog } from '../../db/repositories/audit-log.ts'
import { defineHandler } from '../../router/define-handler.ts'
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

export default defineHandler('audit.export', async ({ caller, db, files }, input) => {
  const { contentType, head, line } = FORMATS[input.format]
  const filter = filterOf(input)
  let rows = 0
  let last = cursorOf(input)
  let isMore = true
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(head)
    while (isMore && rows < LIMITS.auditExportRows) {
      const found = await auditLog.list(db, filter, BATCH, last)
      isMore = found.length === BATCH
      rows += found.length
      last = found.at(-1)?.seq ?? last
      yield Buffer.from(found.map((row) => line(presentRow(row))).join(''))
    }
  }
  const fileName = `audit.${input.format}`
  const file = await files.deliver(caller.employeeId, fileName, contentType, chunks())
  return {
    ...file,
    content_type: contentType,
    file_name: fileName,
    rows,
    next_cursor: isMore && last !== undefined ? String(last) : null,
  }
})
