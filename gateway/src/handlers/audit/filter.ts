import { AUDITED_READS, type AuditRow, type InputOf, invalidField } from '@mchat/schema'
import type { AuditFilter, AuditRow as StoredRow } from '../../db/repositories/audit-log.ts'

type Input = Omit<InputOf<'audit.list'>, 'limit'>

/** @throws MChatError 400 for a day that no month has */
export const filterOf = (input: Input): AuditFilter => ({
  from: timeOf('from', input.from),
  to: timeOf('to', input.to),
  operator: input.operator,
  action: input.for_action,
  target: input.target,
  code: input.code,
  doneExcept: input.changes_only === true ? AUDITED_READS : undefined,
})

const timeOf = (field: string, text: string | undefined): Date | undefined => {
  if (text === undefined) return undefined
  const time = new Date(text)
  // The 31st of February is taken for the 3rd of March.
  const isSame = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.slice(0, 19))
  if (!isSame) throw invalidField(field, 'time', 'there is no such time')
  return time
}

/** @returns the seq to go on before. @throws MChatError 400 for a cursor that no page ended with */
export const cursorOf = (input: Input): number | undefined => {
  if (input.cursor === undefined) return undefined
  const seq = Number(input.cursor)
  if (!Number.isSafeInteger(seq) || seq < 1 || String(seq) !== input.cursor) {
    throw invalidField('cursor', 'cursor', 'is not a cursor of this list')
  }
  return seq
}

/** A row as it is shown. */
export const presentRow = ({ request_mark: _mark, seal: _seal, ...row }: StoredRow): AuditRow => ({
  ...row,
  at: row.at.toISOString(),
})
