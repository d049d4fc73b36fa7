import { ACTION_IDS } from '@mchat/schema/action-ids'

export interface FieldRow {
  readonly name?: string | undefined
  readonly value?: string | undefined
}

const isFilled = ({ value = '' }: FieldRow): boolean => value.trim() !== ''

/** The rows to fill in for an action: what was filled in already, and the ids that its requests hold. */
export const rowsFor = (action: string, rows: readonly FieldRow[]): FieldRow[] => {
  const filled = rows.filter(isFilled)
  const names = filled.map(({ name }) => name?.trim())
  const missing = (ACTION_IDS[action] ?? []).filter((name) => !names.includes(name))
  return [...filled, ...missing.map((name) => ({ name, value: '' }))]
}

/**
 * Fields of a request from what was typed: `updates.status` is a field of a field, and a value that is JSON (a number, a
 * list, true) is that, everything else text. Rows without a value count for nothing.
 */
export const fieldsOf = (rows: readonly FieldRow[]): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.create(null)
  for (const { name = '', value = '' } of rows.filter(isFilled)) {
    const path = name.trim().split('.')
    const last = path.pop()
    if (last === undefined || last === '') continue
    let at = fields
    for (const part of path) {
      const next = Object.hasOwn(at, part) ? at[part] : undefined
      const inner = (typeof next === 'object' && next !== null ? next : Object.create(null)) as Record<string, unknown>
      at[part] = inner
      at = inner
    }
    at[last] = parsed(value)
  }
  return fields
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
