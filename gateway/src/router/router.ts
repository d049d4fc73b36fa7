import { ERRORS, MChatError, type Topics } from '@mchat/schema'
import type { IncomingRequest, Link } from '../link/link.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { RequestLine } from '../ops/request-log.ts'
import type { Clock } from '../platform/clock.ts'
import { createPipeline, type PipelineParts } from './pipeline.ts'
import { createRequest, type Outcome, type Request } from './request.ts'
import { responsePayload, toOutcome } from './respond.ts'

export interface RouterParts extends PipelineParts {
  readonly topics: Topics
  readonly link: Link
  readonly clock: Clock
  readonly log: Log
  readonly noteRequest: (line: RequestLine) => void
  readonly metrics: Pick<Metrics, 'request' | 'dropped' | 'delivery' | 'message'>
  /** Called after a request was answered, e.g. to close the connection it has ended. */
  readonly afterAnswer: (request: Request) => void
}

export interface Router {
  /** @see createRouter */
  take(incoming: IncomingRequest): Promise<void>
  /** Resolves when everything has been answered that waited for something else than the request itself. */
  settled(): Promise<void>
}

/**
 * Takes every request through the pipeline to its one answer. When the returned promise resolves the request may be
 * acknowledged to the broker; it rejects when the answer could not be handed over, and then the request must come again.
 */
export const createRouter = (parts: RouterParts): Router => {
  const { afterAnswer, clock, link, log, metrics, noteRequest, topics } = parts
  const { language } = parts.services.config
  const pipeline = createPipeline(parts)

  const run = async (request: Request): Promise<object> => {
    for (const step of pipeline.steps) {
      if ('check' in step) {
        const pending = step.check(request)
        if (pending !== undefined) await pending
        continue
      }
      const data = await step.answer(request)
      if (data !== undefined) return data
    }
    throw new Error('the pipeline ended without an answer')
  }

  const process = async (request: Request): Promise<Outcome> => {
    try {
      return { ok: true, data: await run(request) }
    } catch (error) {
      return await failed(request, error)
    }
  }

  const failed = async (request: Request, error: unknown): Promise<Outcome> => {
    try {
      const data = await pipeline.recover(request, error)
      if (data !== undefined) return { ok: true, data }
    } catch (recoveryError) {
      return toOutcome(recoveryError)
    }
    return toOutcome(error)
  }

  const answer = async (request: Request, outcome: Outcome): Promise<void> => {
    if (request.definition?.answered === false && outcome.ok) return
    const topic = topics.response(request.clientId, request.seqId)
    const send = (given: Outcome): Promise<void> =>
      link.publish(topic, responsePayload(request, given, language), { qos: 1, durable: false })
    try {
      await send(outcome)
    } catch (error) {
      if (!(error instanceof MChatError) || error.key !== 'answer_too_large') throw error
      await send(toOutcome(error))
    }
    metrics.delivery('response')
  }

  const note = (request: Request, outcome: Outcome): void => {
    const ms = clock.monotonic() - request.startedAt
    const code = outcome.ok ? 0 : ERRORS[outcome.key].code
    const reason = outcome.ok ? undefined : outcome.key
    metrics.request(request.action, code, ms / 1000, reason, request.later !== undefined)
    noteRequest({
      client_id: request.clientId,
      seq_id: request.seqId,
      employee_id: request.caller?.employeeId,
      action: request.action,
      code,
      reason,
      ms,
      error: outcome.ok ? undefined : outcome.cause,
    })
  }

  /** The broker has its acknowledgement by then, so that a slow agent holds up nothing; nobody asks again for this answer. */
  const answerLater = async (request: Request, later: Promise<Outcome>): Promise<void> => {
    const outcome = await parts.audit.answered(request, await later)
    await finish(request, outcome).catch(() => undefined)
  }
  const unanswered = new Set<Promise<void>>()
  const track = (task: Promise<void>): void => {
    unanswered.add(task)
    void task.finally(() => unanswered.delete(task))
  }

  const take = async (incoming: IncomingRequest): Promise<void> => {
    const ids = topics.parseRequest(incoming.topic)
    if (ids === undefined) {
      metrics.dropped('request topic')
      return
    }
    const request = createRequest(incoming, ids.clientId, ids.seqId, clock.monotonic())
    const processed = await process(request)
    if (processed.ok && request.later !== undefined) {
      track(answerLater(request, request.later))
      return
    }
    const outcome = await parts.audit.answered(request, processed)
    if (!outcome.ok && outcome.key === 'rate_limited' && !parts.limits.isAnswered(request)) {
      metrics.dropped('flood')
      return
    }
    await finish(request, outcome)
  }

  const finish = async (request: Request, outcome: Outcome): Promise<void> => {
    note(request, outcome)
    try {
      await answer(request, outcome)
    } catch (error) {
      log.warn({ client_id: request.clientId, action: request.action, error: String(error) }, 'an answer was lost')
      throw error
    }
    if (outcome.ok) parts.secrets.answered(request)
    afterAnswer(request)
  }

  return {
    take,
    async settled() {
      await Promise.all(unanswered)
    },
  }
}
