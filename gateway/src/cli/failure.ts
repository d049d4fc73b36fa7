import { type Config, ConfigError } from '../config.ts'
import { sqlStateOf, toDatabaseError } from '../db/database-error.ts'
import { OwnerUnavailable } from '../db/prepare-schema.ts'
import { codeOf, explain } from '../platform/private-file.ts'
import { UserError } from '../platform/user-error.ts'

/**
 * What to tell the operator about a failure they can mend; undefined for a defect of ours.
 * @param config undefined when it is what failed
 */
export const explainFailure = (
  error: unknown,
  config: Pick<Config, 'databaseUrl' | 'databaseOwnerUrl'> | undefined,
): string | undefined => {
  if (error instanceof ConfigError) {
    const [first = '', ...more] = error.problems
    if (more.length === 0) return first
    return [
      `The configuration has ${error.problems.length} problems:`,
      ...error.problems.map((each) => `- ${each}`),
    ].join('\n')
  }
  if (error instanceof UserError) return error.message
  if (error instanceof Error && error.name === 'HeldByAnother') return error.message
  if (error instanceof OwnerUnavailable) {
    return databaseFailure(error.cause, config?.databaseOwnerUrl ?? '', 'MCHAT_DATABASE_OWNER_URL')
  }
  const databaseUrl = config?.databaseUrl
  if (databaseUrl !== undefined && (toDatabaseError(error) === 'unavailable' || sqlStateOf(error) === LACKS_A_RIGHT)) {
    return databaseFailure(error, databaseUrl, 'MCHAT_DATABASE_URL')
  }
  return undefined
}

/** Also of connecting, which only the server can say. */
const LACKS_A_RIGHT = '42501'

const databaseFailure = (error: unknown, databaseUrl: string, setting: string): string => {
  const url = URL.parse(databaseUrl)
  const where = url === null ? `of ${setting}` : `at ${url.host || 'localhost'}${url.pathname}`
  return `The database ${where} cannot be used: ${reason(error)}; check ${setting}.`
}

const BY_STATE: Readonly<Record<string, string>> = {
  '28P01': 'it does not accept the user or the password',
  28000: 'it does not accept the user',
  '3D000': 'there is no database of that name',
  53300: 'it has too many connections',
  '57P03': 'it is still starting',
}
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its host name cannot be resolved',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its network cannot be reached',
  ECONNRESET: 'it ended the connection',
}

const reason = (error: unknown): string => {
  const state = sqlStateOf(error)
  if (state !== undefined && BY_STATE[state] !== undefined) return BY_STATE[state]
  for (const cause of causes(error)) {
    const code = codeOf(cause)
    if (code !== undefined && BY_CODE[code] !== undefined) return BY_CODE[code]
  }
  return error instanceof Error && /time(d )?out/i.test(error.message) ? 'it does not answer' : explain(error)
}

/** Node reports a host with several addresses as one error for each. */
function* causes(error: unknown): Generator<unknown> {
  yield error
  if (error instanceof AggregateError) yield* error.errors as unknown[]
  if (error instanceof Error && error.cause !== undefined) yield* causes(error.cause)
}
