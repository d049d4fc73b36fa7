import { type AgentReply, LIMITS, type RunFailure } from '@mchat/schema'
import type { Changes } from '../changes/changes.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { Capacity } from './capacity.ts'
import type { Chain } from './chain.ts'
import type { Admission, CircuitBreaker } from './circuit-breaker.ts'
import { AgentCallError } from './connectors/connector.ts'
import type { EarlierRuns } from './earlier-runs.ts'
import { type Perform, type Performed, timeoutMsOf } from './perform.ts'
import { type Ask, Run, type RunEnd, RunStopped, stateOf } from './run.ts'
import { createRunEndings } from './run-endings.ts'
import { detailOf, failureOf, isOfEndpoint } from './run-failures.ts'
import type { RunLedger } from './run-ledger.ts'
import type { StillAsked } from './still-asked.ts'
import type { StillOurs } from './still-ours.ts'
import type { AgentVoice } from './voice.ts'

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
  /** Whoever wants a person is not kept talking to a machine, where somebody takes over. */
  readonly wantsPerson: (ask: Ask) => boolean
  readonly stillOurs: StillOurs
  readonly perform: Perform
  readonly chain: Chain
  readonly voice: AgentVoice
  /** What else an answer asks for: a person is to take over. @returns whether one does */
  readonly handOver: (ask: Ask, reply: AgentReply) => Promise<boolean>
  /** An agent has begun to fail. */
  readonly onFailing: (ask: Ask) => Promise<void>
  /** Hears when one is called; of its begin and end whoever has noted them tells. */
  readonly onRun: Changes['run']
  readonly metrics: Pick<Metrics, 'agentRun'>
  readonly clock: Clock
  readonly log: Log
}

/** So many wait for their turn in one conversation with one agent, and in a group of one asker; what comes on top is refused. */
const LANE_LENGTH = 50
const LANE_SHARE = 10

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
    onFailing,
    onRun,
    perform,
    voice,
    stillAsked,
    stillOurs,
    wantsPerson,
  } = parts
  const active = new Map<string, Run>()
  const lanes = new Map<string, Lane>()
  const repetitions = new Map<string, Promise<RunEnd>>()
  const tasks = new Set<Promise<unknown>>()
  const stopping = new AbortController()

  const track = (task: Promise<unknown>): void => {
    const tracked: Promise<unknown> = task
      .catch((error: unknown) => log.error({ error: String(error) }, 'a run of an agent went wrong'))
      .finally(() => tasks.delete(tracked))
    tasks.add(tracked)
  }

  const endings = createRunEndings({ ...parts, track, stopping: stopping.signal })

  const announce = (run: Run): void => {
    voice.status(run.ask, run.state).catch(() => undefined)
  }

  /** Once for each run: it is not active afterwards. @param isNoted false: the database knows nothing of it */
  const end = async (run: Run, result: RunEnd, isNoted = true): Promise<void> => {
    if (active.delete(run.ask.runId)) await endings.end(run, result, isNoted)
  }
  const fail = (run: Run, failure: RunFailure, isNoted = true): Promise<void> =>
    end(run, { state: stateOf(failure), reason: failure, msgIds: [] }, isNoted)

  const call = async (run: Run, before: ReadonlySet<string>, timer: NodeJS.Timeout): Promise<void> => {
    const { agent } = run.ask
    const { signal } = run.stop
    let release: (() => void) | undefined
    let admission: Admission | undefined
    try {
      await earlier.ended(before, signal)
      run.waitsFor = 'rate_limited'
      release = await capacity.take(agent, signal)
      // It is its turn; perform has a timer of its own.
      clearTimeout(timer)
      admission = breaker.admit(agent)
      if (admission === undefined) throw new AgentCallError('circuit_open', 'It failed too often of late.')
      run.ask = await stillAsked(run.ask)
      signal.throwIfAborted()
      run.state = 'running'
      run.startedAt = clock.date()
      announce(run)
      onRun({ run_id: run.ask.runId, agent_id: run.ask.agentId, state: 'running' })
      const performed = await perform(run, () => stillOurs.require(run))
      admission.succeeded()
      await end(run, { state: 'done', reason: undefined, msgIds: performed.said.map(({ msgId }) => msgId) })
      track(goOn(run, performed))
    } catch (error) {
      await failed(run, error, admission)
    } finally {
      admission?.over()
      release?.()
    }
  }

  const goOn = async ({ ask }: Run, performed: Performed): Promise<void> => {
    await start(await chain(ask, performed.reply, performed.said))
    await handOver(ask, performed.reply)
  }

  const failed = async (run: Run, error: unknown, admission?: Admission): Promise<void> => {
    const failure = failureOf(run.stop.signal.aborted ? run.stop.signal.reason : error)
    if (failure === undefined) log.error({ run_id: run.ask.runId, error }, 'a call of an agent failed here')
    else
      log.info({ run_id: run.ask.runId, agent_id: run.ask.agentId, failure, detail: detailOf(error) }, 'agent failed')
    if (failure !== undefined && isOfEndpoint(run.ask, failure, error) && admission?.failed() === true) {
      track(onFailing(run.ask))
    }
    await fail(run, failure ?? 'unavailable')
  }

  /** A person takes over before the agent is called, and the run has ended then. */
  const handOverFirst = async (run: Run): Promise<void> => {
    try {
      const isTaken = await handOver(run.ask, { silent: true, handoff: {} })
      if (isTaken) await end(run, { state: 'done', reason: undefined, msgIds: [] })
    } catch (error) {
      await failed(run, error)
    }
  }

  /**
   * At once, whatever is still to be found out about it: another order than that of the ledger would let gateways wait for
   * each other.
   * @param ready when it may be called, unless it has ended by then
   */
  const enqueue = async (run: Run, before: ReadonlySet<string>, ready?: Promise<void>): Promise<void> => {
    const { askerId, groupId } = run.ask
    const lane = lanes.get(run.lane) ?? { last: Promise.resolve(), askers: [] }
    const own = lane.askers.filter((id) => id === askerId).length
    if (lane.askers.length >= LANE_LENGTH || (groupId !== undefined && own >= LANE_SHARE)) {
      await ready
      return await fail(run, 'busy')
    }
    announce(run)
    lane.askers.push(askerId)
    const timer = setTimeout(() => run.stop.abort(new RunStopped(run.waitsFor)), timeoutMsOf(run.ask))
    lane.last = lane.last.then(async () => {
      await ready
      // It may have been stopped while it waited.
      if (active.get(run.ask.runId) === run) await call(run, before, timer).catch((error) => failed(run, error))
      clearTimeout(timer)
      lane.askers.splice(lane.askers.indexOf(askerId), 1)
      if (lane.askers.length === 0) lanes.delete(run.lane)
    })
    lanes.set(run.lane, lane)
    track(lane.last)
  }

  /** What became of the run that was begun for the same request before; asked once, however often it is repeated. */
  const repeated = (run: Run): void => {
    const { runId } = run.ask
    active.delete(runId)
    const known = repetitions.get(runId) ?? earlier.endOf(run, stopping.signal)
    repetitions.set(runId, known)
    track(known.then((ended) => run.end(ended)).finally(() => repetitions.delete(runId)))
  }

  const begin = async (ask: Ask): Promise<Run> => {
    const known = active.get(ask.runId)
    if (known !== undefined) return known
    const run = new Run(ask, clock.date(), stillOurs.term)
    active.set(ask.runId, run)
    try {
      if (stopping.signal.aborted) throw new Error('the gateway is stopping')
      const { before, callsToday, isNew } = await ledger.begin(run)
      const { daily_call_limit: limit = Number.POSITIVE_INFINITY } = ask.agent.profile
      const isPastLimit = callsToday > limit
      if (!isNew) {
        run.state = 'running'
        repeated(run)
      } else if (!ask.isAllowed) await fail(run, 'not_allowed')
      else if (wantsPerson(ask)) {
        const first = handOverFirst(run).then(() => (isPastLimit ? fail(run, 'daily_limit') : undefined))
        track(first)
        await enqueue(run, before, first)
      } else if (isPastLimit) await fail(run, 'daily_limit')
      else await enqueue(run, before)
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

interface Lane {
  last: Promise<void>
  /** Of those that wait or are called, in no order. */
  readonly askers: string[]
}
