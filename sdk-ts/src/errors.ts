import type { AgentStatus, FieldError, Message } from './generated/types.ts'

/** Everything this package throws or rejects with, except a `TypeError` for wrong arguments. */
export class MChatClientError extends Error {
  override readonly name: string = 'MChatClientError'
}

/** Which request an error is about. */
export interface RequestIdentity {
  readonly action: string
  /** With the same `seqId` and the same input the request may be sent again (contract 3.1, 3). */
  readonly seqId: string
}

export interface Rejection {
  readonly code: number
  readonly message: string
  readonly reason: string | undefined
  readonly data: Readonly<Record<string, unknown>> | null
}

/** The gateway answered with a code other than 0 (contract section 3). */
export class RequestRejectedError extends MChatClientError {
  override readonly name: string = 'RequestRejectedError'
  readonly action: string
  readonly seqId: string
  /** 400 to 504, as in the contract's table. */
  readonly code: number
  /** The stable word for programs, e.g. `not_group_member`; undefined when the gateway named none. */
  readonly reason: string | undefined
  /** What came with the refusal, e.g. the `msg_id` of a message whose agent did not answer (504). */
  readonly data: Readonly<Record<string, unknown>> | null
  /** Which fields were refused and why, for codes 400 and 403; otherwise empty. */
  readonly fields: readonly FieldError[]

  constructor(request: RequestIdentity, rejection: Rejection) {
    super(`${request.action} was refused with ${rejection.code} ${rejection.reason ?? ''}: ${rejection.message}`)
    this.action = request.action
    this.seqId = request.seqId
    this.code = rejection.code
    this.reason = rejection.reason
    this.data = rejection.data
    const errors = rejection.data?.errors
    this.fields = Array.isArray(errors) ? (errors as FieldError[]) : []
  }
}

/**
 * The request was sent and no answer came in time. Whether it took effect is unknown: send it again with the same
 * `seqId` and input to find out, within 24 h (contract 3.1, 3).
 */
export class RequestTimeoutError extends MChatClientError {
  override readonly name: string = 'RequestTimeoutError'
  readonly action: string
  readonly seqId: string
  readonly timeoutMs: number

  constructor(request: RequestIdentity, timeoutMs: number) {
    super(`${request.action} was not answered within ${timeoutMs} ms`)
    this.action = request.action
    this.seqId = request.seqId
    this.timeoutMs = timeoutMs
  }
}

/**
 * There is no connection to the broker. A request that fails with this never left, so it had no effect.
 * `returnCode` is the broker's when it refused the connection (MQTT 3.1.1, 3.2.2.3: 4 and 5 mean the credentials).
 */
export class NotConnectedError extends MChatClientError {
  override readonly name: string = 'NotConnectedError'
  readonly returnCode: number | undefined

  constructor(message: string, details: { returnCode?: number | undefined; cause?: unknown } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.returnCode = details.returnCode
  }
}

/** The client was closed. `cause` says why when it was not the application that closed it. */
export class ClientClosedError extends MChatClientError {
  override readonly name: string = 'ClientClosedError'

  constructor(cause?: unknown) {
    super('the client is closed', cause === undefined ? undefined : { cause })
  }
}

/** An `AbortSignal` fired; `cause` is its reason. What was already sent may still take effect. */
export class AbortedError extends MChatClientError {
  override readonly name: string = 'AbortedError'

  constructor(cause: unknown) {
    super('aborted by the caller', { cause })
  }
}

/** Which run of which agent an error is about, and how it ended. */
export interface EndedRun extends Pick<AgentStatus, 'state' | 'reason'> {
  readonly run_id: string
  readonly employee_id: string
}

/** An agent that was asked has not answered. The message itself was delivered, and other agents may have answered it. */
export class AgentRunError extends MChatClientError {
  override readonly name: string = 'AgentRunError'
  readonly runId: string
  /** The agent. */
  readonly employeeId: string
  /** `failed`, `timed_out` or `cancelled`. */
  readonly state: AgentStatus['state']
  /** Why, as a stable word, e.g. `unreachable`. */
  readonly reason: AgentStatus['reason']
  /** Of the message that was sent. */
  readonly msgId: string
  /** What was answered nevertheless, by this agent or by others. */
  readonly messages: readonly Message[]

  constructor({ employee_id, reason, run_id, state }: EndedRun, msgId: string, messages: readonly Message[]) {
    super(`${employee_id} did not answer: ${state}${reason === undefined ? '' : ` (${reason})`}`)
    this.runId = run_id
    this.employeeId = employee_id
    this.state = state
    this.reason = reason
    this.msgId = msgId
    this.messages = messages
  }
}

/**
 * No agent was called by what was asked. Whom it was sent to is no agent, has no endpoint, is disabled, or is silent since
 * it has handed over to a person; in a group it was for none. The message itself was delivered.
 */
export class AgentNotCalledError extends MChatClientError {
  override readonly name: string = 'AgentNotCalledError'
  /** Of the message that was sent. */
  readonly msgId: string

  constructor(msgId: string) {
    super(`no agent was called: ${msgId} was delivered, and is for none that can be called now`)
    this.msgId = msgId
  }
}

/** What the object store answered when it did not take or give the bytes. */
export interface StoreAnswer {
  /** Of HTTP; undefined: no answer came, or it broke off, and `cause` says why. */
  readonly status?: number | undefined
  /** The store's own word, e.g. `AccessDenied`. */
  readonly reason?: string | undefined
  readonly cause?: unknown
}

/** The object store did not take or give the bytes of a file, also when asked again. */
export class StoreError extends MChatClientError {
  override readonly name: string = 'StoreError'
  readonly status: number | undefined
  readonly reason: string | undefined

  constructor(message: string, { cause, reason, status }: StoreAnswer = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.status = status
    this.reason = reason
  }
}

/** An upload in parts, to go on with where it broke off: pass it as `resume`. It is plain, and may be kept as JSON. */
export interface UploadResume {
  readonly key: string
  readonly uploadId: string
}

/**
 * An upload in parts broke off; `cause` says why (`AbortedError` where it was the caller). What has arrived is kept for a
 * day: give `resume` back with the same source, or to `files.delete`.
 */
export class UploadInterruptedError extends MChatClientError {
  override readonly name: string = 'UploadInterruptedError'
  readonly resume: UploadResume

  constructor(resume: UploadResume, cause: unknown) {
    super(`the upload broke off: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.resume = resume
  }
}

/** The broker refused a SUBSCRIBE several times (SUBACK 128). Reported through the `error` event. */
export class SubscriptionRefusedError extends MChatClientError {
  override readonly name: string = 'SubscriptionRefusedError'
  readonly filter: string

  constructor(filter: string) {
    super(`the broker refuses the subscription ${filter}`)
    this.filter = filter
  }
}

/** A handler of the application threw or rejected; `cause` is what it threw. Reported through the `error` event. */
export class HandlerError extends MChatClientError {
  override readonly name: string = 'HandlerError'
  readonly event: string

  constructor(event: string, cause: unknown) {
    super(`a handler of '${event}' failed`, { cause })
    this.event = event
  }
}

/** A reader of `messages()` or `events()` was too slow; thrown after it has been given everything up to the loss. */
export class BufferOverflowError extends MChatClientError {
  override readonly name: string = 'BufferOverflowError'
  readonly limit: number

  constructor(limit: number) {
    super(`more than ${limit} events were waiting to be read`)
    this.limit = limit
  }
}

/** Something arrived that is not what the contract says. It was dropped. Reported through the `error` event. */
export class MalformedPayloadError extends MChatClientError {
  override readonly name: string = 'MalformedPayloadError'
  readonly topic: string

  constructor(topic: string, cause?: unknown) {
    super(`what arrived on ${topic} is not of the contract`, cause === undefined ? undefined : { cause })
    this.topic = topic
  }
}

/** The device store failed; the client goes on with what it has in memory. Reported through the `error` event. */
export class DeviceStoreError extends MChatClientError {
  override readonly name: string = 'DeviceStoreError'

  constructor(cause: unknown) {
    super('the device store failed', { cause })
  }
}

/** Where the caller stood, so that an error that arrives with a packet still points at their line. */
export interface CallSite {
  readonly stack?: string
}

const traceable = Error as { captureStackTrace?: (target: object, below: (...args: never[]) => unknown) => void }

/** @param below the public function whose own frame and everything above it are left out */
export const captureCallSite = (below: (...args: never[]) => unknown): CallSite => {
  const site: { stack?: string } = {}
  traceable.captureStackTrace?.(site, below)
  return site
}

/** Replaces the frames of a socket or timer callback by those of the caller. */
export const withCallSite = <E extends Error>(error: E, site: CallSite): E => {
  const frames = site.stack?.slice(site.stack.indexOf('\n') + 1)
  if (frames !== undefined && frames !== '') error.stack = `${error.name}: ${error.message}\n${frames}`
  return error
}
