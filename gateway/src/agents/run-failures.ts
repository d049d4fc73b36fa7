import type { RunFailure } from '@mchat/schema'
import { AgentCallError } from './connectors/connector.ts'
import { type Ask, RunStopped } from './run.ts'
import { NotAMember } from './voice.ts'

/** What says something about the endpoint, and not about who asks, or what. */
export const isOfEndpoint = ({ agent }: Ask, failure: RunFailure, error: unknown): boolean => {
  switch (failure) {
    case 'forbidden_address':
    case 'timeout':
    case 'bad_answer':
      return true
    // A client that is away is known to be back by its session.
    case 'unreachable':
      return agent.profile.connector !== 'mqtt'
    case 'http_error': {
      const { status = 500 } = error instanceof AgentCallError ? error : {}
      return status >= 500 || STATUSES_OF_ENDPOINT.has(status)
    }
    default:
      return false
  }
}
/** It, or its key, is not there, or it has too much to do; others are about what it was asked. */
const STATUSES_OF_ENDPOINT: ReadonlySet<number> = new Set([301, 302, 303, 307, 308, 401, 403, 404, 405, 408, 410, 429])

export const failureOf = (error: unknown): RunFailure | undefined => {
  if (error instanceof AgentCallError || error instanceof RunStopped) return error.failure
  return error instanceof NotAMember ? 'not_a_member' : undefined
}

export const detailOf = (error: unknown): string | undefined =>
  error instanceof AgentCallError ? error.message : undefined
