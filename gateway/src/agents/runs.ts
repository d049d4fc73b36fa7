import { setTimeout as sleep } from 'node:timers/promises'
import { LIMITS, type RunFailure } from '@mchat/schema'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { Capacity } from './capacity.ts'
import type { Chain } from './chain.ts'
import type { CircuitBreaker } from './circuit-breaker.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { EarlierRuns } from './earlier-runs.ts'
import { type Perform, type Performed, timeoutMsOf } from './perform.ts'
import { type Ask, Run, type RunEnd, RunStopped, stateOf } from './run.ts'
import type { RunLedger } from './run-ledger.ts'
import type { StillAsked } from './still-asked.ts'
import { type AgentVoice, NotAMember } from './voice.ts'

/** The calls of agents that this gateway makes, each on its own: none of them holds up a request or another agent. */
export interface AgentRuns {
  /**
   * Notes the calls and begins them. A run that could not be noted, or is refused, has ended when this resolves or does so
   * at once; a repetition of a request gets the run of its first time.
   */
  start(asks: readonly Ask[]): Promise<readonly Run[]>
  /** @returns false when it is not under way here */
  cancel(runId: string): boolean
  /** Of this gateway. */
  readonly underWay: number
  /** Nothing begins any more; what is under way may end in so many milliseconds, and is given up then. */
  stop(graceMs: number): Promise<void>
}

export interface AgentRunsParts {
  readonly ledger: RunLedger
  readonly capacity: Capacity
  readonly breaker: CircuitBreaker
  readonly earlier: EarlierRuns
  readonly stillAsked: StillAsked
  /** Whoever wants a person is not kept talking to a machine, where there is a person. */
  readonly wantsPerson: (ask: Ask) => boolean
  readonly perform: Perform
  readonly chain: Chain
  readonly voice: AgentVoice
  /** What else an answer asks for: a person is to take over. */
  readonly handOver: (ask: Ask, performed: Performed) => Promise<void>
  /** An agent has begun to fail. */
  readonly onFailing: (ask: Ask) => Promise<void>
  readonly metrics: Pick<Metrics, 'agentRun'>
  readonly clock: Clock
  readonly log: Log
}

const NOTE_AGAIN_MS = 1000
/** So many wait for their turn in one conversation with one agent; what comes on top is refused. */
const LANE_LENGTH = 50

export const createAgentRuns = (parts: AgentRunsParts): AgentRuns => {
  const {
    breaker,
    capacity,
    chain,
    clock,
    earlier,
    handOver,
    ledger,
    log,
    metrics,
    onFailing,
    perform,
    voice,
    stillAsked,
    wantsPerson,
  } = parts
  const active = new Map<string, Run>()
  const lanes = new Map<string, { last: Promise<void>; length: number }>()
  const tasks = new Set<Promise<unknown>>()
  const stopping = new AbortController()

  const track = (task: Promise<unknown>): void => {
    const tracked = task
      .catch((error: unknown) => log.error({ error: String(error) }, 'a run of an agent went wrong'))
      .finally(() => tasks.delete(tracked))
    tasks.add(tracked)
  }

  const announce = (run: Run): void => {
    voice.status(run.ask, run.state).catch(() => undefined)
  }

  const count = ({ createdAt, firstAnswerAt }: Run, { reason, state }: RunEnd): void => {
    const since = (time: Date | number): number => Math.max(0, Number(time) - Number(createdAt)) / 1000
    const firstAnswerSeconds = firstAnswerAt === undefined ? undefined : since(firstAnswerAt)
    metrics.agentRun({ state, reason, firstAnswerSeconds, seconds: since(clock.now()) })
  }

  /**
   * Once for each run: it is not active afterwards. Told before it is noted: twice, should the gateway die in between, is
   * harmless, and never is not.
   * @param isNoted false: the database knows nothing of it
   */
  const end = async (run: Run, result: RunEnd, isNoted = true): Promise<void> => {
    if (!active.delete(run.ask.runId)) return
    run.state = result.state
    const said = result.state === 'done' ? result.msgIds : undefined
    await voice.status(run.ask, result.state, result.reason, said).catch((error: unknown) => {
      log.warn({ run_id: run.ask.runId, error: String(error) }, 'the end of a run could not be told')
    })
    const isOurs = isNoted
      ? await ledger.end(run, result).catch((error) => noteLost(run, result, error))
      : noteLater(run, result)
    if (isOurs) count(run, result)
    // Another gateway has ended it, which took this one for dead.
    run.end(isOurs ? result : await earlier.endOf(run, stopping.signal).catch(() => result))
  }
  const fail = (run: Run, failure: RunFailure, isNoted = true): Promise<void> =>
    end(run, { state: stateOf(failure), reason: failure, msgIds: [] }, isNoted)

  /** For everybody else it is under way as long as it is not noted, so it is tried again for as long as it takes. */
  const noteLost = (run: Run, result: RunEnd, error: unknown): true => {
    log.warn({ run_id: run.ask.runId, error: String(error) }, 'the end of a run could not be noted; it is tried again')
    const again = async (): Promise<void> => {
      while (!stopping.signal.aborted) {
        await sleep(NOTE_AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
        if (
          await ledger.end(run, result).then(
            () => true,
            () => false,
          )
        )
          return
      }
    }
    track(again())
    return true
  }

  /** It may have been noted all the same, when only the answer of the database was lost. */
  const noteLater = (run: Run, result: RunEnd): true => {
    track(ledger.end(run, result).catch((error) => noteLost(run, result, error)))
    return true
  }

  const call = async (run: Run, before: ReadonlySet<string>, timer: NodeJS.Timeout): Promise<void> => {
    const { agent, agentId } = run.ask
    let release: (() => void) | undefined
    let isAdmitted = false
    try {
      await earlier.ended(before, run.stop.signal)
      release = await capacity.take(agent, run.stop.signal)
      // It is its turn; perform has a timer of its own.
      clearTimeout(timer)
      isAdmitted = breaker.admits(agentId)
      if (!isAdmitted) throw new AgentCallError('circuit_open', 'It failed too often of late.')
      run.ask = await stillAsked(run.ask)
      run.state = 'running'
      run.startedAt = clock.date()
      announce(run)
      const performed = await perform(run)
      breaker.succeeded(agentId)
      await end(run, { state: 'done', reason: undefined, msgIds: performed.said.map(({ msgId }) => msgId) })
      track(goOn(run, performed))
    } catch (error) {
      await failed(run, error)
    } finally {
      if (isAdmitted) breaker.over(agentId)
      release?.()
    }
  }

  const goOn = async ({ ask }: Run, performed: Performed): Promise<void> => {
    await start(await chain(ask, performed.reply, performed.said))
    await handOver(ask, performed)
  }

  const failed = async (run: Run, error: unknown): Promise<void> => {
    const failure = failureOf(run.stop.signal.aborted ? run.stop.signal.reason : error)
    if (failure === undefined) log.error({ run_id: run.ask.runId, error }, 'a call of an agent failed here')
    else
      log.info({ run_id: run.ask.runId, agent_id: run.ask.agentId, failure, detail: detailOf(error) }, 'agent failed')
    if (failure !== undefined && ENDPOINT_FAILURES.has(failure) && breaker.failed(run.ask.agentId)) {
      track(onFailing(run.ask))
    }
    await fail(run, failure ?? 'unavailable')
  }

  /** Also where the agent could not be called. */
  const handOverAtOnce = async (run: Run): Promise<void> => {
    await end(run, { state: 'done', reason: undefined, msgIds: [] })
    await handOver(run.ask, { reply: { silent: true, handoff: {} }, said: [] })
  }

  const enqueue = (run: Run, before: ReadonlySet<string>): void => {
    const lane = lanes.get(run.lane) ?? { last: Promise.resolve(), length: 0 }
    if (lane.length >= LANE_LENGTH) {
      track(fail(run, 'rate_limited'))
      return
    }
    announce(run)
    lane.length++
    const timer = setTimeout(() => run.stop.abort(new RunStopped('rate_limited')), timeoutMsOf(run.ask))
    // It may have been stopped while it waited.
    lane.last = lane.last.then(async () => {
      if (active.get(run.ask.runId) === run) await call(run, before, timer).catch((error) => failed(run, error))
      clearTimeout(timer)
      lane.length--
      if (lane.length === 0) lanes.delete(run.lane)
    })
    lanes.set(run.lane, lane)
    track(lane.last)
  }

  /** What became of the run that was begun for the same request before. */
  const repeated = async (run: Run): Promise<void> => {
    active.delete(run.ask.runId)
    run.end(await earlier.endOf(run, stopping.signal))
  }

  const begin = async (ask: Ask): Promise<Run> => {
    const known = active.get(ask.runId)
    if (known !== undefined) return known
    const run = new Run(ask, clock.date())
    active.set(ask.runId, run)
    try {
      if (stopping.signal.aborted) throw new Error('the gateway is stopping')
      const { before, callsToday, isNew } = await ledger.begin(run)
      const { daily_call_limit: limit = Number.POSITIVE_INFINITY } = ask.agent.profile
      if (!isNew) {
        run.state = 'running'
        track(repeated(run))
      } else if (!ask.isAllowed) await fail(run, 'not_allowed')
      else if (wantsPerson(ask)) track(handOverAtOnce(run))
      else if (callsToday > limit) await fail(run, 'daily_limit')
      else enqueue(run, before)
    } catch (error) {
      log.warn({ run_id: ask.runId, error: String(error) }, 'a call of an agent could not be noted')
      await fail(run, 'unavailable', false)
    }
    return run
  }

  const start = (asks: readonly Ask[]): Promise<readonly Run[]> =>
    Promise.all(asks.slice(0, LIMITS.agentsPerMessage).map(begin))

  return {
    start,
    cancel(runId) {
      const run = active.get(runId)
      if (run === undefined) return false
      run.stop.abort(new RunStopped('cancelled'))
      if (run.state === 'queued') track(fail(run, 'cancelled'))
      return true
    },
    get underWay() {
      return active.size
    },
    async stop(graceMs) {
      stopping.abort()
      const settled = async (): Promise<void> => {
        while (tasks.size > 0) await Promise.all(tasks)
      }
      const timer = setTimeout(() => {
        for (const run of active.values()) run.stop.abort(new RunStopped('gateway_lost'))
      }, graceMs)
      await settled()
      clearTimeout(timer)
    },
  }
}

/** What says something about the endpoint, and not about who asks. */
const ENDPOINT_FAILURES: ReadonlySet<RunFailure> = new Set([
  'unreachable',
  'forbidden_address',
  'http_error',
  'bad_answer',
  'too_large',
  'timeout',
])

export const failureOf = (error: unknown): RunFailure | undefined => {
  if (error instanceof AgentCallError || error instanceof RunStopped) return error.failure
  return error instanceof NotAMember ? 'not_a_member' : undefined
}

export const detailOf = (error: unknown): string | undefined =>
  error instanceof AgentCallError ? error.message : undefined
