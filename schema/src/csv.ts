/**
 * One line of CSV (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe, which makes it a text
 * (OWASP, CSV injection); `withoutApostrophe` takes it off again.
 */
export const csvLine = (values: readonly (string | number | boolean | null)[]): string =>
  `${values.map(cell).join(',')}\r\n`

const cell = (value: string | number | boolean | null): string => {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The text that such a cell was made of. */
export const withoutApostrophe = (text: string): string => text.replace(/^'(?='*[=+\-@\t\r])/, '')
