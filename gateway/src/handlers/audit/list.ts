import { LIMITS } from '@mchat/schema'
import { auditLog } from '../../db/repositories/audit-log.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { cursorOf, filterOf, presentRow } from './filter.ts'

export default defineHandler('audit.list', async ({ db }, input) => {
  const limit = input.limit ?? LIMITS.pageSizeDefault
  const found = await auditLog.list(db, filterOf(input), limit + 1, cursorOf(input))
  const rows = found.slice(0, limit)
  return {
    rows: rows.map(presentRow),
    next_cursor: found.length > limit ? String(rows.at(-1)?.seq) : null,
  }
})
