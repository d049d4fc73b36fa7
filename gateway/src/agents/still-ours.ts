import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import { type Run, RunStopped } from './run.ts'

/**
 * Whether a run is this gateway's to answer. One that stood still may have been taken for dead: people were told that the run
 * has failed, and must not be answered then.
 */
export interface StillOurs {
  /** Resolves when it is. Rejects with the reason of the run's signal, or with RunStopped. */
  require(run: Run): Promise<void>
  /** Without asking; false: it may be or not. */
  isSure(run: Run): boolean
  /** What a run is begun with (`Run.term`). */
  readonly term: number
}

const ASK_AGAIN_MS = 200

export const createStillOurs = (database: Database, lease: Pick<Lease, 'isValid' | 'term'>): StillOurs => ({
  get term() {
    return lease.term
  },
  // Nobody takes for dead who has had its lease all the time.
  isSure: (run) => lease.isValid() && lease.term === run.term,
  async require(run) {
    const { signal } = run.stop
    while (!this.isSure(run)) {
      signal.throwIfAborted()
      const found = await agentRuns.underWay(database.kysely, [run.ask.runId]).catch(() => undefined)
      if (found?.has(run.ask.runId) === true) return
      if (found !== undefined) throw new RunStopped('gateway_lost')
      await sleep(ASK_AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  },
})
