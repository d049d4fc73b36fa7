import type { ActionDefinition, ErrorKey } from '@mchat/schema'
import type { IncomingRequest } from '../link/link.ts'
import type { ParsedObject } from '../platform/strict-json.ts'
import type { ProvedChallenge } from '../second-factor/second-factor.ts'
import type { Caller } from './context.ts'

/** One request on its way through the pipeline: each step fills in what it has found out. */
export interface Request {
  readonly incoming: IncomingRequest
  readonly clientId: string
  readonly seqId: string
  readonly startedAt: number
  /** As sent; `unknown` until it is known to be an action. */
  action: string
  definition: ActionDefinition | undefined
  parsed: ParsedObject | undefined
  caller: Caller | undefined
  /** Whether the fields were checked and found right. */
  isValid: boolean
  /** The checked fields of the action. */
  input: Readonly<Record<string, unknown>>
  /** The second factor that was proved, where one is needed. */
  challenge: ProvedChallenge | undefined
  /** What the handler says for the audit log, beside the fields. */
  noted: Readonly<Record<string, unknown>>
  /** SHA-256 of the payload: what makes a repetition the same request. */
  payloadHash: string
  /** Set: the request is done, and answered when this resolves, which may take a while. */
  later: Promise<Outcome> | undefined
}

/** What the sender is told. */
export type Outcome =
  | { readonly ok: true; readonly data: object }
  | {
      readonly ok: false
      readonly key: ErrorKey
      readonly data: object | null
      readonly retryAfterMs: number | undefined
      /** What went wrong inside, for the log alone. */
      readonly cause: unknown
    }

export const createRequest = (
  incoming: IncomingRequest,
  clientId: string,
  seqId: string,
  startedAt: number,
): Request => ({
  incoming,
  clientId,
  seqId,
  startedAt,
  action: 'unknown',
  definition: undefined,
  parsed: undefined,
  caller: undefined,
  isValid: false,
  input: {},
  challenge: undefined,
  noted: {},
  payloadHash: '',
  later: undefined,
})

/** `note` of a handler's context. */
export const noteIn =
  (request: Request) =>
  (facts: Readonly<Record<string, unknown>>): void => {
    request.noted = { ...request.noted, ...facts }
  }
