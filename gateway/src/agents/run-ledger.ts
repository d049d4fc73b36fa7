import type { Database } from '../db/database.ts'
import { agentRuns, type EndedRun, type NewRun } from '../db/repositories/agent-runs.ts'
import type { Clock } from '../platform/clock.ts'
import { groupCommit } from '../platform/group-commit.ts'
import type { Run, RunEnd } from './run.ts'

/** Where runs are written down, so that whatever happens to the gateway somebody says how they ended. */
export interface RunLedger {
  /**
   * Before the agent is called.
   * @returns whether the run is new, and how often an agent with a limit was called today, this one counted
   * @throws Error of the database
   */
  begin(run: Run): Promise<{ readonly isNew: boolean; readonly callsToday: number }>
  /** @returns false when somebody else has ended it */
  end(run: Run, end: RunEnd): Promise<boolean>
}

const AT_ONCE = 500

export const createRunLedger = (database: Database, instance: string, clock: Clock): RunLedger => {
  const begin = groupCommit(AT_ONCE, async (runs: readonly Run[]) => {
    const rows = distinct(runs).map((run) => rowOf(run, instance))
    const fresh = await agentRuns.begin(database.kysely, rows)
    // A run that is noted is called: without a count, as if there were no limit.
    const today = await countToday(runs.filter(({ ask }) => fresh.has(ask.runId))).catch(
      () => new Map<string, number>(),
    )
    return runs.map(({ ask }) => ({
      // The same request twice at a time: the first of them is the one.
      isNew: fresh.delete(ask.runId),
      callsToday: today.get(ask.agentId) ?? 0,
    }))
  })
  /** Of those that have a limit; a call that is counted and then not made is lost to whoever has so few. */
  const countToday = async (runs: readonly Run[]): Promise<ReadonlyMap<string, number>> => {
    const calls = new Map<string, number>()
    for (const { ask } of runs) {
      if (ask.agent.profile.daily_call_limit === undefined || !ask.isAllowed) continue
      calls.set(ask.agentId, (calls.get(ask.agentId) ?? 0) + 1)
    }
    return await agentRuns.count(database.kysely, clock.timestamp().slice(0, 10), calls)
  }
  const end = groupCommit(AT_ONCE, async (ended: readonly EndedRun[]) => {
    const done = await agentRuns.end(database.kysely, ended)
    return ended.map(({ run_id }) => done.has(run_id))
  })

  return {
    begin,
    end: (run, { reason, state }) =>
      end({
        run_id: run.ask.runId,
        end_state: state,
        reason: reason ?? null,
        started_at: run.startedAt ?? null,
        first_answer_at: run.firstAnswerAt ?? null,
        ended_at: clock.date(),
        input_tokens: run.usage?.inputTokens ?? null,
        output_tokens: run.usage?.outputTokens ?? null,
      }),
  }
}

const distinct = (runs: readonly Run[]): readonly Run[] => [
  ...new Map(runs.toReversed().map((run) => [run.ask.runId, run])).values(),
]

export const rowOf = ({ ask, createdAt }: Run, instance: string): NewRun => ({
  run_id: ask.runId,
  agent_id: ask.agent.employeeId,
  asker_id: ask.askerId,
  group_id: ask.groupId ?? null,
  in_reply_to: ask.message.msgId,
  hops: ask.hops,
  instance,
  created_at: createdAt,
})
