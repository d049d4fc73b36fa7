import type { CalledAgents, Topics } from '@mchat/schema'
import type { RelayedMessage } from '../agents/asks.ts'
import { timeoutMsOf } from '../agents/perform.ts'
import { calledAgent, type Run, type RunEnd } from '../agents/run.ts'
import type { Link } from '../link/link.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Caller, RelayContext, Services } from './context.ts'
import { QueuedDeliveries } from './deliveries.ts'
import { noteIn, type Outcome, type Request } from './request.ts'
import type { AnyHandle } from './run-change.ts'

export interface RelayParts {
  readonly services: Services
  readonly topics: Topics
  readonly link: Link
  readonly metrics: Pick<Metrics, 'delivery' | 'message'>
  readonly log: Pick<Log, 'error'>
  /** Finds the caller and judges the rule anew, as for a request that has just come. */
  readonly judgeAgain: (request: Request) => Promise<Caller>
}

/**
 * Runs a relay and publishes what it has queued. Between the last look at the rights and the publish nothing else can
 * happen: a handler may have waited (for names, for sessions), and a removal answered in that time must hold.
 */
export const createRunRelay = (parts: RelayParts) => {
  const { judgeAgain, link, log, metrics, services, topics } = parts
  const { directory } = services

  const groupOf = (request: Request) => {
    const groupId = request.input.group_id
    return typeof groupId === 'string' ? directory.groups.peek(groupId) : undefined
  }

  return async (request: Request, judged: Caller, handle: AnyHandle): Promise<object> => {
    let caller = judged
    let group = groupOf(request)
    let asked: { readonly message: RelayedMessage; readonly isAwaited: boolean } | undefined
    const deliver = new QueuedDeliveries(topics, directory, caller, services.config.groupDelivery)
    const context: RelayContext = {
      ...services,
      clientId: request.clientId,
      seqId: request.seqId,
      caller,
      note: noteIn(request),
      rawField: (name) => request.parsed?.raw(name) ?? 'null',
      deliver,
      mayAsk(message, isAwaited) {
        const { clientId, seqId } = request
        asked = { message: { ...message, clientId, seqId, sender: judged.employee }, isAwaited }
      },
    }
    const data = await handle(context, request.input)
    await deliver.prepare()
    // An entry that is still the same object has not been invalidated since it was judged.
    while (
      directory.sessions.peek(caller.clientId) !== caller.session ||
      directory.employees.peek(caller.employeeId) !== caller.employee ||
      groupOf(request) !== group
    ) {
      caller = await judgeAgain(request)
      group = groupOf(request)
    }
    await deliver.publish(link, metrics.delivery)
    if (asked === undefined) return data
    metrics.message(asked.message.group?.groupId, asked.message.sender.isAgent)
    // After the people, always; and what becomes of it is nothing that they wait for, or that fails what they have.
    const asks = await services.agents.asksFor(asked.message).catch((error: unknown) => {
      log.error({ client_id: request.clientId, error: String(error) }, 'the agents of a message could not be looked up')
      return []
    })
    if (asks.length === 0) return data
    const runs = await services.agents.start(asks)
    if (asked.isAwaited) request.later = answered(data, runs)
    return { ...data, agents: runs.map((run) => calledAgent(run)) }
  }
}

/** When all of them have ended: code 0 where one has answered, otherwise 504 with what is true all the same (contract 3). */
const answered = async (data: object, runs: readonly Run[]): Promise<Outcome> => {
  const agents = await Promise.all(runs.map(async (run) => calledAgent(run, await endInTime(run))))
  if (agents.some(({ state }) => state === 'done')) return { ok: true, data: { ...data, agents } }
  const isLate = ({ state }: CalledAgents[number]): boolean => !['failed', 'cancelled'].includes(state)
  const key = agents.some(isLate) ? 'agent_timeout' : 'agent_failed'
  const more = { ...data, agents, delivered: true }
  return { ok: false, key, data: more, retryAfterMs: undefined, cause: undefined }
}

/** A run may begin a moment after it was asked for, and takes a moment to end. */
const ENDING_MS = 2000

/** undefined: the agent's time is over, and the run is not: it has waited for its turn. */
const endInTime = async (run: Run): Promise<RunEnd | undefined> => {
  const time = Promise.withResolvers<void>()
  // Of the two ends the run's own is to be told, also when this process was held up and both are due at once.
  let timer = setTimeout(() => {
    if (run.stop.signal.aborted) timer = setTimeout(() => time.resolve(), ENDING_MS)
    else time.resolve()
  }, timeoutMsOf(run.ask) + ENDING_MS)
  const end = await Promise.race([run.ended, time.promise])
  clearTimeout(timer)
  return end ?? undefined
}
