import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import { timeoutMsOf } from './perform.ts'
import type { Run, RunEnd } from './run.ts'
import { rowOf } from './run-ledger.ts'

/** What other gateways are doing that a run has to wait for. */
export interface EarlierRuns {
  /** Resolves when the earlier runs of its agent in its conversation are over on all gateways. Rejects when it is stopped. */
  ended(run: Run): Promise<void>
  /** How the run of the same id ended, which another gateway has begun; when it takes too long, that it did. */
  endOf(run: Run, stop: AbortSignal): Promise<RunEnd>
}

const LOOK_MS = 200

export const createEarlierRuns = (
  database: Database,
  instance: string,
  lease: Pick<Lease, 'gateways'>,
): EarlierRuns => ({
  async ended(run) {
    if (lease.gateways === 1) return
    const { signal } = run.stop
    let before: ReadonlySet<string> = new Set(await agentRuns.before(database.kysely, rowOf(run, instance)))
    while (before.size > 0) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
      before = await agentRuns.underWay(database.kysely, [...before])
    }
  },

  async endOf(run, stop) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(2 * timeoutMsOf(run.ask))])
    while (!signal.aborted) {
      const row = await agentRuns.find(database.kysely, run.ask.runId)
      if (row === undefined) break
      if (row.end_state !== null) return { state: row.end_state, reason: row.reason ?? undefined, msgIds: [] }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
    return { state: 'timed_out', reason: 'timeout', msgIds: [] }
  },
})
