import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../db/database.ts'
import { agentRuns } from '../db/repositories/agent-runs.ts'
import type { MessageIds } from '../delivery/message-ids.ts'
import { timeoutMsOf } from './perform.ts'
import type { Run, RunEnd } from './run.ts'

/** What other gateways are doing that a run has to wait for. */
export interface EarlierRuns {
  /** Resolves when all of them are over. Rejects with the signal's reason. */
  ended(runIds: ReadonlySet<string>, signal: AbortSignal): Promise<void>
  /** How the run of the same id ended, which another gateway has begun; when it takes too long, that it did. */
  endOf(run: Run, stop: AbortSignal): Promise<RunEnd>
}

const FIRST_LOOK_MS = 10
const LOOK_MS = 200

export const createEarlierRuns = (database: Database, messageIds: Pick<MessageIds, 'messageId'>): EarlierRuns => ({
  async ended(runIds, signal) {
    let left = runIds
    for (let pause = FIRST_LOOK_MS; left.size > 0; pause = Math.min(2 * pause, LOOK_MS)) {
      await sleep(pause, undefined, { signal }).catch(() => signal.throwIfAborted())
      left = await agentRuns.underWay(database.kysely, [...left])
    }
  },

  async endOf({ ask }, stop) {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(2 * timeoutMsOf(ask))])
    while (!signal.aborted) {
      // While the database is away nobody knows.
      const row = await agentRuns.find(database.kysely, ask.runId).catch(() => undefined)
      if (row !== undefined && row.end_state !== null) {
        const msgIds = Array.from({ length: row.said }, (_, i) =>
          messageIds.messageId(ask.runId, String(i), ask.agentId, ask.conversation),
        )
        return { state: row.end_state, reason: row.reason ?? undefined, msgIds }
      }
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
    return { state: 'timed_out', reason: 'timeout', msgIds: [] }
  },
})
