/**
 * Fields of a request from what was typed: `updates.status` is a field of a field, and a value that is JSON (a number, a
 * list, true) is that, everything else text.
 */
export const fieldsOf = (
  rows: readonly { readonly name?: string | undefined; readonly value?: string | undefined }[],
): Record<string, unknown> => {
  const fields: Record<string, unknown> = Object.create(null)
  for (const { name = '', value = '' } of rows) {
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
