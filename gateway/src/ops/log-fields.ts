/** What a log line may say beside its message. Only plain values are written, so that a payload cannot slip in. */
export type LogFields = Readonly<Record<string, unknown>>

/** The line's own members must not appear twice; `err` is what drivers call it. */
const RENAMED: Readonly<Record<string, string>> = { level: 'level_', time: 'time_', msg: 'msg_', err: 'error' }

const LONGEST_TEXT = 1000
const LONGEST_STACK = 8000
const MOST_ITEMS = 20
const MOST_CAUSES = 4

/** Names that never belong in a log, should a caller pass one all the same. */
const SECRET = /passw|token|secret|credential_hash|authorization|cookie|payload$|^content$|private_?key/i

type Plain = string | number | boolean | null | undefined

/** Fields as they are written: texts cut, errors as text, secrets and objects left out. */
export const plainFields = (fields: LogFields): Record<string, unknown> => {
  const plain: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    plain[RENAMED[name] ?? name] = SECRET.test(name) ? '[redacted]' : plainValue(value)
  }
  return plain
}

const plainValue = (value: unknown): unknown => {
  if (value instanceof Error) return errorFields(value, 0)
  if (isPlain(value)) return plainScalar(value)
  if (isThrown(value)) return { type: value.name, message: cut(String(value.message ?? ''), LONGEST_TEXT) }
  if (Array.isArray(value)) {
    return value.slice(0, MOST_ITEMS).map((item: unknown) => (isPlain(item) ? plainScalar(item) : '[object]'))
  }
  return typeof value === 'bigint' ? String(value) : '[object]'
}

/** What WebAssembly throws has the names of an Error and is none. */
const isThrown = (value: unknown): value is { readonly name: string; readonly message?: unknown } =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'errno' in value

const isPlain = (value: unknown): value is Plain =>
  value === null || value === undefined || ['string', 'number', 'boolean'].includes(typeof value)

const plainScalar = (value: Plain): Plain => (typeof value === 'string' ? cut(value, LONGEST_TEXT) : value)

const errorFields = (error: Error, depth: number): Record<string, unknown> => ({
  type: error.name,
  message: cut(withoutPassword(error.message), LONGEST_TEXT),
  ...('code' in error && isPlain(error.code) ? { code: error.code } : {}),
  ...(error.stack === undefined ? {} : { stack: cut(withoutPassword(error.stack), LONGEST_STACK) }),
  ...(error.cause instanceof Error && depth < MOST_CAUSES ? { cause: errorFields(error.cause, depth + 1) } : {}),
})

/** Drivers like to quote the address they could not reach. */
const withoutPassword = (text: string): string => text.replace(/(\/\/[^\s/:@]*):[^\s/@]*@/g, '$1:…@')

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length)}…` : text)
