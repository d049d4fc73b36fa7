import { ERRORS, errorText, type Language, MChatError } from '@mchat/schema'
import { toDatabaseError } from '../db/database-error.ts'
import { StoreFull, StoreUnavailable } from '../objects/object-store.ts'
import type { Outcome, Request } from './request.ts'

/**
 * The one way from anything thrown to what the sender is told. A known error keeps its key; a database that is away is
 * 503; everything else is 500 without a word about what happened, which only the log tells.
 */
export const toOutcome = (error: unknown): Extract<Outcome, { ok: false }> => {
  const known = error instanceof MChatError ? error : (fromStore(error) ?? fromDatabase(error))
  return {
    ok: false,
    key: known.key,
    data: known.fields === undefined ? null : { errors: known.fields },
    retryAfterMs: known.retryAfterMs,
    cause: known.code >= 500 ? (known.cause ?? known) : undefined,
  }
}

const fromStore = (error: unknown): MChatError | undefined => {
  if (error instanceof StoreUnavailable) return new MChatError('storage_unavailable', { cause: error })
  return error instanceof StoreFull ? new MChatError('quota_exceeded', { cause: error }) : undefined
}

const fromDatabase = (error: unknown): MChatError => {
  switch (toDatabaseError(error)) {
    case 'unavailable':
      return new MChatError('database_unavailable', { cause: error })
    case 'invalid_text':
      return new MChatError('malformed_request', { cause: error })
    default:
      return new MChatError('internal', { cause: error })
  }
}

/** The payload of the response (contract 3). */
export const responsePayload = (request: Request, outcome: Outcome, language: Language): Buffer => {
  // The seq_id matches its grammar, so it needs no escaping.
  const head = `{"seq_id":"${request.seqId}","code":`
  if (outcome.ok) return Buffer.from(`${head}0,"message":"ok","data":${JSON.stringify(outcome.data)}}`)
  const { code } = ERRORS[outcome.key]
  const message = JSON.stringify(errorText(outcome.key, language))
  const retry = outcome.retryAfterMs === undefined ? '' : `,"retry_after_ms":${Math.ceil(outcome.retryAfterMs)}`
  return Buffer.from(
    `${head}${code},"message":${message},"data":${JSON.stringify(outcome.data)},"reason":"${outcome.key}"${retry}}`,
  )
}
