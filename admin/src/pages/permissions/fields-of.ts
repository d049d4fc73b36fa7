import { ACTION_IDS } from '@mchat/schema/action-ids'

export interface FieldRow {
  readonly name?: string | undefined
  /** null: a choice that was taken back. */
  readonly value?: string | null | undefined
}

export type FieldKind = 'person' | 'department' | 'text'

/** What a field is chosen from. The id of something that is to be made is chosen from nothing. */
export const kindOfField = (action: string | undefined, name: string | undefined): FieldKind => {
  const field = name?.trim().split('.').at(-1) ?? ''
  if (action !== undefined && action === `${field.replace(/_id$/, '')}.create`) return 'text'
  if (/(^|_)(employee|manager|member)_id$|^hand_over_to$/.test(field)) return 'person'
  return field === 'department_id' || field === 'parent_id' ? 'department' : 'text'
}

const isFilled = ({ value }: FieldRow): boolean => (value ?? '').trim() !== ''

/** The rows to fill in for an action: what was filled in already, and the ids that its requests hold. */
export const rowsFor = (action: string, rows: readonly FieldRow[]): FieldRow[] => {
  const filled = rows.filter(isFilled)
  const names = filled.map(({ name }) => name?.trim())
  const missing = (ACTION_IDS[action] ?? []).filter((name) => !names.includes(name))
  return [...filled, ...missing.map((name) => ({ name, value: '' }))]
}

/**
 * Fields of a request from what was typed: `updates.status` is a field of a field, and a value that is JSON (a number, a
 * list, true) is that, everything else text, as ids are that look like numbers, but for `null`: nobody. Rows without a value
 * count for nothing.
 */
export const fieldsOf = (rows: readonly FieldRow[]): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.create(null)
  for (const { name = '', value } of rows.filter(isFilled)) {
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
    at[last] = isOfId(last) ? idOf(value ?? '') : parsed(value ?? '')
  }
  return fields
}

const isOfId = (field: string): boolean => field.endsWith('_id') || kindOfField(undefined, field) !== 'text'

const idOf = (text: string): string | null => (text.trim() === 'null' ? null : text.trim())

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
