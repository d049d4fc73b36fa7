import { setImmediate as restOfTurn } from 'node:timers/promises'
import type { Changes } from '../changes/changes.ts'
import type { Database } from '../db/database.ts'
import { agentRuns, type EndedRun, type NewRun } from '../db/repositories/agent-runs.ts'
import type { Clock } from '../platform/clock.ts'
import { groupCommit } from '../platform/group-commit.ts'
import type { Run, RunEnd } from './run.ts'

export interface BegunRun {
  readonly isNew: boolean
  /** Of an agent with a limit, this one counted. */
  readonly callsToday: number
  /** The run_ids of what its agent is doing in its conversation on other gateways, and was begun before. */
  readonly before: ReadonlySet<string>
}

/** Where runs are written down, so that whatever happens to the gateway somebody says how they ended. */
export interface RunLedger {
  /**
   * Before the agent is called. Runs are begun in the order of asking, and there is one order for all gateways.
   * @throws Error of the database
   */
  begin(run: Run): Promise<BegunRun>
  /** @returns false when somebody else has ended it */
  end(run: Run, end: RunEnd): Promise<boolean>
}

const AT_ONCE = 500

const NONE: ReadonlySet<string> = new Set()

export interface RunLedgerParts {
  readonly database: Database
  readonly instance: string
  /** There is no other gateway. */
  readonly isAlone: boolean
  /** Hears of what is noted. */
  readonly onRun: Changes['run']
  readonly clock: Clock
}

export const createRunLedger = ({ clock, database, instance, isAlone, onRun }: RunLedgerParts): RunLedger => {
  const write = async (rows: readonly NewRun[]) => {
    if (isAlone) return { fresh: await agentRuns.begin(database.kysely, rows), before: new Map<string, never>() }
    return await database.transaction(async (tx) => {
      // Without it a run may have a lower number than one that another gateway has begun already, and both are called.
      await agentRuns.lock(tx)
      const fresh = await agentRuns.begin(tx, rows)
      return { fresh, before: await agentRuns.before(tx, [...fresh]) }
    })
  }
  const beginAll = async (runs: readonly Run[]): Promise<readonly BegunRun[]> => {
    const { before, fresh } = await write(distinct(runs).map((run) => rowOf(run, instance)))
    // A run that is noted is called: without a count, as if there were no limit.
    const today = await countToday(distinct(runs).filter(({ ask }) => fresh.has(ask.runId))).catch(
      () => new Map<string, number>(),
    )
    return runs.map(({ ask }) => ({
      // The same request twice at a time: the first of them is the one.
      isNew: fresh.delete(ask.runId),
      callsToday: today.get(ask.runId) ?? 0,
      before: before.get(ask.runId) ?? NONE,
    }))
  }
  /**
   * The how manieth call of its agent today each of them is, where there is a limit. A call that is counted and then not made
   * is lost to whoever has so few.
   */
  const countToday = async (runs: readonly Run[]): Promise<ReadonlyMap<string, number>> => {
    const limited = runs.filter(({ ask }) => ask.agent.profile.daily_call_limit !== undefined && ask.isAllowed)
    const calls = new Map<string, number>()
    for (const { ask } of limited) calls.set(ask.agentId, (calls.get(ask.agentId) ?? 0) + 1)
    const after = await agentRuns.count(database.kysely, clock.timestamp().slice(0, 10), calls)
    return new Map(
      limited.toReversed().map(({ ask: { agentId, runId } }) => {
        const nth = after.get(agentId) ?? 0
        after.set(agentId, nth - 1)
        return [runId, nth]
      }),
    )
  }
  const endAll = async (ended: readonly EndedRun[]): Promise<readonly boolean[]> => {
    const done = await agentRuns.end(database.kysely, ended)
    return ended.map(({ run_id }) => done.has(run_id))
  }
  // PGlite works in this thread: what the other connections have sent is read before it, or each run would be alone.
  const begin = groupCommit(AT_ONCE, beginAll, restOfTurn)
  const end = groupCommit(AT_ONCE, endAll, restOfTurn)

  return {
    async begin(run) {
      const begun = await begin(run)
      if (begun.isNew) onRun({ run_id: run.ask.runId, agent_id: run.ask.agentId, state: 'queued' })
      return begun
    },
    async end(run, { msgIds, reason, state }) {
      const isEnded = await end({
        run_id: run.ask.runId,
        end_state: state,
        reason: reason ?? null,
        started_at: run.startedAt ?? null,
        first_answer_at: run.firstAnswerAt ?? null,
        ended_at: clock.date(),
        said: msgIds.length,
        input_tokens: run.usage?.inputTokens ?? null,
        output_tokens: run.usage?.outputTokens ?? null,
      })
      const why = reason === undefined ? {} : { reason }
      if (isEnded) onRun({ run_id: run.ask.runId, agent_id: run.ask.agentId, state, ...why })
      return isEnded
    },
  }
}

/** In their order, each where it is first. */
const distinct = (runs: readonly Run[]): readonly Run[] => {
  const seen = new Set<string>()
  return runs.filter(({ ask: { runId } }) => !seen.has(runId) && seen.add(runId))
}

const rowOf = ({ ask, createdAt }: Run, instance: string): NewRun => ({
  run_id: ask.runId,
  agent_id: ask.agent.employeeId,
  asker_id: ask.askerId,
  group_id: ask.groupId ?? null,
  in_reply_to: ask.message.msgId,
  hops: ask.hops,
  instance,
  created_at: createdAt,
})
