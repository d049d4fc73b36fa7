import { backoffDelay } from './backoff.ts'
import {
  AbortedError,
  type CallSite,
  MalformedPayloadError,
  NotConnectedError,
  type Rejection,
  RequestRejectedError,
  RequestTimeoutError,
  withCallSite,
} from './errors.ts'
import { LIMITS } from './generated/contract.ts'
import { isSeqId } from './generated/ids.ts'
import type { Timing } from './options.ts'
import { randomId } from './random.ts'
import type { Connection } from './transport.ts'

export interface RequestOptions {
  /** Milliseconds from the call until it fails, waiting and repetitions included; default 30,000. */
  readonly timeoutMs?: number
  /** Milliseconds after which an unanswered attempt is repeated, with the same seq_id and payload; default 5,000. */
  readonly attemptMs?: number
  /** Gives up at once when it fires, with `AbortedError`. */
  readonly signal?: AbortSignal
  /**
   * The seq_id to use: `[A-Za-z0-9._-]{1,64}`. Keep it beside what is to be done, and the request can be made again
   * after a timeout or a restart without happening twice, within 24 h (contract 3.1, 3). Default: a fresh one.
   */
  readonly seqId?: string
}

interface Answer extends Rejection {
  readonly retryAfterMs: number
}

/**
 * 504 is not among them: the message was delivered, and the agent would be asked once more. A deployment without an object
 * store has none a moment later either.
 */
const isRetryable = ({ code, reason }: Answer): boolean =>
  code === 429 || (code >= 500 && code !== 501 && code !== 504 && reason !== 'no_storage')

/** The session is gone, not the right to have one: binding again may help. */
const LOST_SESSION = ['no_session', 'session_expired']

/** One request from the call to its one outcome. */
export class PendingRequest {
  readonly action: string
  readonly seqId: string
  readonly outcome: Promise<unknown>
  readonly timeoutMs: number
  readonly attemptMs: number
  payload = ''
  settled = false
  /** Whether it was ever handed to a connection: until then it cannot have had any effect. */
  sent = false
  /** When to try again: on the next occasion, when the timer fires, or not before the answer to this attempt. */
  phase: 'ready' | 'backing_off' | 'asked' = 'ready'
  refusals = 0
  /** How many answers had come to the client when it was last asked. */
  answersBefore = 0
  lastRefusal: RequestRejectedError | undefined
  boundAgain = false
  timer: ReturnType<typeof setTimeout> | undefined
  readonly #site: CallSite
  readonly #deadlineAt: number
  readonly #deadline: ReturnType<typeof setTimeout>
  readonly #signal: AbortSignal | undefined
  readonly #aborted = (): void => this.fail(new AbortedError(this.#signal?.reason))
  readonly #onSettled: (request: PendingRequest) => void
  #resolve: (data: unknown) => void = () => undefined
  #reject: (error: unknown) => void = () => undefined

  constructor(
    action: string,
    options: RequestOptions,
    timing: Timing,
    site: CallSite,
    onSettled: (request: PendingRequest) => void,
  ) {
    this.action = action
    this.seqId = options.seqId ?? randomId()
    this.timeoutMs = options.timeoutMs ?? timing.requestMs
    this.attemptMs = options.attemptMs ?? timing.attemptMs
    this.#site = site
    this.#onSettled = onSettled
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#deadlineAt = Date.now() + this.timeoutMs
    this.#deadline = setTimeout(() => this.#expire(), this.timeoutMs)
    this.#signal = options.signal
    this.#signal?.addEventListener('abort', this.#aborted, { once: true })
    if (this.#signal?.aborted === true) this.#aborted()
  }

  get remainingMs(): number {
    return this.#deadlineAt - Date.now()
  }

  succeed(data: unknown): void {
    if (this.#settle()) this.#resolve(data)
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject(withCallSite(error, this.#site))
  }

  #expire(): void {
    if (this.lastRefusal !== undefined) this.fail(this.lastRefusal)
    else if (this.sent) this.fail(new RequestTimeoutError(this, this.timeoutMs))
    else this.fail(new NotConnectedError(`${this.action} could not be sent within ${this.timeoutMs} ms`))
  }

  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    clearTimeout(this.#deadline)
    clearTimeout(this.timer)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#onSettled(this)
    return true
  }
}

export interface RequestsContext {
  readonly timing: Timing
  requestTopic(seqId: string): string
  /** The gateway knows no session for this client_id: bind, then call `release`. */
  bindAgain(): void
  reportError(error: MalformedPayloadError): void
  /** Whether answers are late is otherwise than it was. */
  answersAre(late: boolean): void
}

/**
 * Requests and their answers (contract section 3): sends, repeats with the same seq_id when unanswered, after a lost
 * connection and after 429, 500 and 503, and gives every caller exactly one outcome. One subscription serves them all.
 */
export class Requests {
  readonly #context: RequestsContext
  /** In the order of their first attempt, which is the order in which they are repeated after a reconnect. */
  readonly #pending = new Map<string, PendingRequest>()
  readonly #unsettled = new Set<PendingRequest>()
  #connection: Connection | undefined
  /** Only `auth.bind` may pass before the session is bound. */
  #released = false
  #answers = 0
  #areLate = false
  #closedBy: Error | undefined

  constructor(context: RequestsContext) {
    this.#context = context
  }

  /** Starts the clock of a request that `start` will send, now or when its turn comes. */
  prepare(action: string, options: RequestOptions, site: CallSite): PendingRequest {
    if (options.seqId !== undefined && !isSeqId(options.seqId)) throw new TypeError(`not a seq_id: ${options.seqId}`)
    const request = new PendingRequest(action, options, this.#context.timing, site, (settled) => {
      this.#unsettled.delete(settled)
      if (this.#pending.get(settled.seqId) === settled) this.#pending.delete(settled.seqId)
    })
    if (request.settled) return request
    this.#unsettled.add(request)
    if (this.#closedBy !== undefined) request.fail(this.#closedBy)
    return request
  }

  start(request: PendingRequest, input: object): void {
    if (request.settled) return
    if (this.#pending.has(request.seqId)) {
      request.fail(new TypeError(`a request with the seq_id ${request.seqId} is still waiting for its answer`))
      return
    }
    try {
      request.payload = JSON.stringify({ ...input, action: request.action })
    } catch (error) {
      request.fail(error as Error)
      return
    }
    if (new TextEncoder().encode(request.payload).length > LIMITS.requestBytes) {
      // Larger packets can make a broker close the connection, and repeating them would close it again and again.
      const message = `a request is at most ${LIMITS.requestBytes} bytes`
      request.fail(new RequestRejectedError(request, { code: 413, reason: 'too_large', message, data: null }))
      return
    }
    this.#pending.set(request.seqId, request)
    this.#attempt(request)
  }

  /** A connection whose responses are subscribed to; requests wait for `release`. */
  attach(connection: Connection): void {
    this.#connection = connection
    this.#attemptReady()
  }

  /** The session is bound: sends what is waiting. */
  release(): void {
    this.#released = true
    this.#attemptReady()
  }

  /** Everything but `auth.bind` waits again. */
  hold(): void {
    this.#released = false
  }

  detach(): void {
    this.#answersAre(false)
    this.#connection = undefined
    this.#released = false
    for (const request of this.#pending.values()) {
      if (request.phase === 'asked') this.#makeReady(request)
    }
  }

  /** Fails everything that waits and all that comes, at once. */
  close(error: () => Error): void {
    this.#closedBy = error()
    for (const request of [...this.#unsettled]) request.fail(error())
  }

  /** A PUBLISH on the response topic of `seqId`. Answers nobody waits for any more are dropped. */
  receive(topic: string, seqId: string, response: Readonly<Record<string, unknown>>): void {
    this.#answers += 1
    this.#answersAre(false)
    const request = this.#pending.get(seqId)
    if (request === undefined) return
    const { code } = response
    if (typeof code !== 'number') {
      this.#context.reportError(new MalformedPayloadError(topic))
      return
    }
    if (code === 0) request.succeed(response.data ?? {})
    else this.#refused(request, answerOf(code, response))
  }

  #refused(request: PendingRequest, answer: Answer): void {
    const lostSession = answer.code === 401 && LOST_SESSION.includes(answer.reason ?? '')
    if (lostSession && request.action !== 'auth.bind' && !request.boundAgain) {
      request.boundAgain = true
      this.#makeReady(request)
      this.#context.bindAgain()
      return
    }
    const error = new RequestRejectedError(request, answer)
    if (!isRetryable(answer)) {
      request.fail(error)
      return
    }
    request.lastRefusal = error
    // Two attempts may have been on their way: the second refusal does not shorten the wait for the third.
    if (request.phase === 'backing_off') return
    const delay = Math.max(answer.retryAfterMs, backoffDelay(this.#context.timing.retry, request.refusals))
    request.refusals += 1
    if (delay >= request.remainingMs) {
      request.fail(error)
      return
    }
    request.phase = 'backing_off'
    this.#later(request, delay)
  }

  #attemptReady(): void {
    for (const request of this.#pending.values()) {
      if (request.phase === 'ready') this.#attempt(request)
    }
  }

  #attempt(request: PendingRequest): void {
    const connection = this.#connection
    if (connection === undefined || !(this.#released || request.action === 'auth.bind')) {
      this.#makeReady(request)
      return
    }
    if (request.phase === 'asked' && request.answersBefore === this.#answers) this.#answersAre(true)
    request.sent = true
    request.phase = 'asked'
    request.answersBefore = this.#answers
    const topic = this.#context.requestTopic(request.seqId)
    // A lost PUBLISH is repeated with the next connection; what counts is the answer.
    connection.publish(topic, request.payload, { qos: 1 }).catch(() => undefined)
    this.#later(request, request.attemptMs)
  }

  #answersAre(late: boolean): void {
    if (this.#areLate === late) return
    this.#areLate = late
    this.#context.answersAre(late)
  }

  #later(request: PendingRequest, delayMs: number): void {
    clearTimeout(request.timer)
    request.timer = setTimeout(() => this.#attempt(request), delayMs)
  }

  #makeReady(request: PendingRequest): void {
    clearTimeout(request.timer)
    request.phase = 'ready'
  }
}

const answerOf = (code: number, response: Readonly<Record<string, unknown>>): Answer => {
  const { message, reason, data, retry_after_ms: retryAfterMs } = response
  return {
    code,
    message: typeof message === 'string' ? message : '',
    reason: typeof reason === 'string' ? reason : undefined,
    data: typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : null,
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : 0,
  }
}
