export type DatabaseErrorKind = 'unavailable' | 'unique_violation' | 'foreign_key_violation' | 'invalid_text'

/** SQLSTATE classes and codes after which the same statement may well succeed later, on another connection. */
const UNAVAILABLE_STATES = new Set([
  '25006', // read-only: connected to a server that was demoted
  '25P03', // idle in transaction for too long
  '3D000', // the database is not there (yet)
  '40001', // serialisation failure, after the retry
  '40P01', // deadlock, after the retry
  '55P03', // a lock was not given in time
  '57014', // statement timeout
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '58030', // the server cannot read or write its files
])
const UNAVAILABLE_CLASSES = ['08', '28', '53'] // connection, authorisation, resources

const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOENT', // the Unix socket of a stopped server
])

/** What the drivers say where they give no code. */
const UNAVAILABLE_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed and is not queryable|Cannot use a pool after calling end|driver has already been destroyed|Query read timeout|PGlite is clos(ed|ing)|PGlite instance is already closed|Postgres connection has been discarded)/

const INVALID_TEXT_STATES = new Set([
  '22021', // not valid in the encoding, such as U+0000
  '22P02', // such as a lone surrogate in jsonb
  '22P05', // U+0000 in jsonb
])

/** Some system codes, such as `EPIPE`, have five characters too, but no digit. */
const isSqlState = (code: string): boolean => /^[0-9A-Z]{5}$/.test(code) && /[0-9]/.test(code)

const kindOf = (error: Error): DatabaseErrorKind | undefined => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === '23505') return 'unique_violation'
  if (code === '23503') return 'foreign_key_violation'
  if (INVALID_TEXT_STATES.has(code)) return 'invalid_text'
  if (UNAVAILABLE_STATES.has(code) || UNAVAILABLE_SYSTEM_CODES.has(code)) return 'unavailable'
  if (isSqlState(code) && UNAVAILABLE_CLASSES.some((prefix) => code.startsWith(prefix))) return 'unavailable'
  if (UNAVAILABLE_MESSAGES.test(error.message)) return 'unavailable'
  return undefined
}

/** The SQLSTATE of an error of either driver, looked for in its causes too. */
export const sqlStateOf = (error: unknown): string | undefined => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string' && isSqlState(cause.code)) return cause.code
  }
  return undefined
}

/**
 * What an error thrown by a database call means to the caller, on both drivers; undefined for a defect of ours and for
 * anything that did not come from the database. Give it only what a database call threw: a refused connection of an
 * HTTP client looks the same.
 *
 * - `unavailable`: the database is away, full, overloaded or locked for too long. Nothing was committed that was not
 *   acknowledged; the one doubtful case is a connection that broke during `commit`. The same request may succeed later.
 * - `unique_violation`, `foreign_key_violation`: somebody else was faster; the transaction is lost.
 * - `invalid_text`: a text holds what PostgreSQL cannot store, such as U+0000.
 */
export const toDatabaseError = (error: unknown): DatabaseErrorKind | undefined => {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const kind = kindOf(cause)
    if (kind !== undefined) return kind
    if (cause instanceof AggregateError && cause.errors.some((each) => toDatabaseError(each) === 'unavailable')) {
      return 'unavailable'
    }
  }
  return undefined
}
