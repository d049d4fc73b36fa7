import { setTimeout as sleep } from 'node:timers/promises'
import type { Changes } from '../changes/changes.ts'
import type { Database } from '../db/database.ts'
import type { Lease } from '../db/lease.ts'
import { type AgentRunRow, agentRuns } from '../db/repositories/agent-runs.ts'
import { groupConversation, privateConversation } from '../delivery/message-ids.ts'
import type { BetweenGateways } from '../link/between-gateways.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import type { RunPlace } from './run.ts'
import type { AgentRuns } from './runs.ts'
import type { AgentVoice } from './voice.ts'

/** Looks after the runs of all gateways: tells people of those whose gateway is gone, and passes on who wants one to stop. */
export interface RunKeeper {
  /** @see Agents.cancel */
  cancel(runId: string, by: string): Promise<void>
  /** What another gateway tells. @returns undefined when it is something else */
  told(news: object): true | undefined
  start(): void
  stop(): Promise<void>
}

export interface RunKeeperParts {
  readonly database: Database
  readonly lease: Pick<Lease, 'isValid' | 'term'>
  readonly between: Pick<BetweenGateways, 'tell'>
  readonly instance: string
  readonly isAlone: boolean
  readonly runs: AgentRuns
  readonly voice: AgentVoice
  /** Hears of the ends that it notes. */
  readonly onRun: Changes['run']
  readonly metrics: Pick<Metrics, 'agentRun'>
  readonly clock: Clock
  readonly log: Log
}

interface Cancelled {
  readonly about: 'agent.cancel'
  readonly run_id: string
}

/** A lease lasts three seconds: people hear of a lost gateway within six. */
const ORPHANS_EVERY_MS = 2000
const LOOKING = 'looking for runs of gateways that are gone'
/** A lease that was lost is taken again within a second of the database being back. */
const SETTLED_AFTER_MS = 4000
const CANCELLED_EVERY_MS = 500
const CANCEL_PATIENCE_MS = 1000

export const createRunKeeper = (parts: RunKeeperParts): RunKeeper => {
  const { between, clock, database, instance, isAlone, lease, log, metrics, onRun, runs, voice } = parts
  const timers = new Set<NodeJS.Timeout>()
  const tasks = new Set<Promise<unknown>>()
  let stopped = false

  /** @returns whether there can be no more of them */
  const endOrphans = async (): Promise<boolean> => {
    // After the database was away all leases are over, and their gateways there all the same.
    if (!isAlone && !isSettled()) return false
    const rows = await agentRuns.orphans(database.kysely, instance, isAlone)
    const results = await Promise.allSettled(rows.map(endOrphan))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return rows.length > 0 ? await endOrphans() : isAlone
  }

  /** Told before it is noted: twice is harmless (the event has the same id), and never is not. */
  const endOrphan = async (row: AgentRunRow): Promise<void> => {
    if (!(await agentRuns.underWay(database.kysely, [row.run_id])).has(row.run_id)) return
    await voice.status(placeOf(row), 'failed', 'gateway_lost')
    const end = { ...row, end_state: 'failed', reason: 'gateway_lost', ended_at: clock.date() } as const
    const ended = await agentRuns.end(database.kysely, [end])
    if (!ended.has(row.run_id)) return
    onRun({ run_id: row.run_id, agent_id: row.agent_id, state: 'failed', reason: 'gateway_lost' })
    metrics.agentRun({ state: 'failed', reason: 'gateway_lost' })
    log.warn({ run_id: row.run_id, instance: row.instance }, 'a run was given up: its gateway is gone')
  }

  let term = lease.term
  let since = clock.monotonic()
  /** Whether this gateway has had its lease for as long as others need to have theirs again. */
  const isSettled = (): boolean => {
    if (!lease.isValid() || lease.term !== term) {
      term = lease.term
      since = clock.monotonic()
    }
    return clock.monotonic() - since >= SETTLED_AFTER_MS
  }

  const stopCancelled = async (): Promise<false> => {
    if (runs.underWay === 0) return false
    for (const runId of await agentRuns.toBeCancelled(database.kysely, instance)) runs.cancel(runId)
    return false
  }

  /** So much later than the last time ended, until it returns true; the first time after `firstMs`. */
  const every = (milliseconds: number, firstMs: number, what: string, work: () => Promise<boolean>): void => {
    let isDone = false
    const schedule = (delay: number): void => {
      if (stopped || isDone) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        const task = work()
          .then((done) => {
            isDone = done
          })
          .catch((error: unknown) => log.warn({ error: String(error) }, `${what} failed; it is tried again`))
          .finally(() => {
            tasks.delete(task)
            schedule(milliseconds)
          })
        tasks.add(task)
      }, delay).unref()
      timers.add(timer)
    }
    schedule(firstMs)
  }

  return {
    async cancel(runId, by) {
      if (!runs.cancel(runId)) {
        const caller = await agentRuns.askToCancel(database.kysely, runId, by)
        if (caller !== undefined) between.tell(caller, { about: 'agent.cancel', run_id: runId } satisfies Cancelled)
      }
      for (const until = clock.monotonic() + CANCEL_PATIENCE_MS; clock.monotonic() < until; ) {
        if (!(await agentRuns.underWay(database.kysely, [runId])).has(runId)) return
        await sleep(20)
      }
    },
    told(news) {
      const { about, run_id } = news as Cancelled
      if (about !== 'agent.cancel') return undefined
      runs.cancel(run_id)
      return true
    },
    start() {
      if (isAlone) {
        // All there are were under way when it last stopped; there are no more of them later.
        every(ORPHANS_EVERY_MS, 0, LOOKING, endOrphans)
        return
      }
      every(ORPHANS_EVERY_MS, ORPHANS_EVERY_MS, LOOKING, endOrphans)
      every(CANCELLED_EVERY_MS, CANCELLED_EVERY_MS, 'looking for runs that are to stop', stopCancelled)
    },
    async stop() {
      stopped = true
      for (const timer of timers) clearTimeout(timer)
      await Promise.all(tasks)
    },
  }
}

export const placeOf = (
  row: Pick<AgentRunRow, 'run_id' | 'agent_id' | 'asker_id' | 'group_id' | 'in_reply_to'>,
): RunPlace => ({
  runId: row.run_id,
  agentId: row.agent_id,
  askerId: row.asker_id,
  groupId: row.group_id ?? undefined,
  conversation:
    row.group_id === null ? privateConversation(row.agent_id, row.asker_id) : groupConversation(row.group_id),
  inReplyTo: row.in_reply_to,
})
