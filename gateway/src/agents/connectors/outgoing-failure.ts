import type { RunFailure } from '@mchat/schema'
import type { OutgoingError, OutgoingFailure } from '../../platform/outgoing-error.ts'
import { AgentCallError } from './connector.ts'

const FAILURES: Readonly<Record<OutgoingFailure, RunFailure>> = {
  forbidden_address: 'forbidden_address',
  unreachable: 'unreachable',
  timeout: 'timeout',
  too_large: 'too_large',
  bad_response: 'bad_answer',
  aborted: 'cancelled',
}

/** What a failed call means for its run. */
export const failureOf = (error: OutgoingError): AgentCallError =>
  new AgentCallError(FAILURES[error.kind], error.message, { cause: error })
