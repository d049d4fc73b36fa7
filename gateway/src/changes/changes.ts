import { type AuditRowBrief, type ChangedRun, type ChangedThing, LIMITS } from '@mchat/schema'
import type { Log } from '../ops/log.ts'
import type { Clock } from '../platform/clock.ts'
import { createPendingChanges } from './pending.ts'
import type { Tell } from './tell.ts'

/** What an action, or the gateway itself, has changed. */
export interface Changed extends Pick<ChangedThing, 'action' | 'operator_id' | 'at'> {
  readonly things: readonly ChangedTarget[]
  /** So many things were changed beside these, of the noun of the last. */
  readonly more?: number
}

export interface ChangedTarget {
  readonly noun: ChangedThing['noun']
  readonly id?: string
  /** The department it was in when the change began; null: none. Absent: that is not known. */
  readonly from?: string | null
}

/**
 * Tells those who administer something what has changed of it (docs/reference/topics.md, What has changed). Each of these
 * returns at once and never throws: what is told is gathered, and published a moment later. To be called when it is true.
 */
export interface Changes {
  changed(change: Changed): void
  /** A session was opened with `auth.bind` or by the connection, and these were ended for it. */
  sessionOpened(session: OpenedBy, surplus: readonly string[]): void
  audited(row: AuditRowBrief): void
  run(change: Omit<ChangedRun, 'noun' | 'at'>): void
  /** When the link publishes: until then everything is gathered. */
  start(): void
  /** Tells what is still to be told, while the link publishes it. */
  stop(): Promise<void>
}

export interface OpenedBy {
  readonly clientId: string
  readonly employeeId: string
}

/** So that what one request has changed is told together. */
const GATHER_MS = 25

export const createChanges = (tell: Tell, clock: Clock, log: Log): Changes => {
  const pending = createPendingChanges()
  let isFailing = false
  let timer: NodeJS.Timeout | undefined
  let telling: Promise<void> | undefined
  let lastAt = Number.NEGATIVE_INFINITY
  let isOwing = false
  let isStarted = false

  const tellNow = async (): Promise<void> => {
    lastAt = clock.monotonic()
    const gathered = pending.take()
    try {
      isOwing = !(await tell(gathered))
      isFailing = false
    } catch (error) {
      // Until it works again there is one line, not two in a second.
      if (!isFailing) log.warn({ error: String(error) }, 'what has changed could not be told')
      isFailing = true
      pending.giveBack(gathered)
    }
  }

  const schedule = (): void => {
    if (timer !== undefined || telling !== undefined || !isStarted) return
    const delay = Math.max(GATHER_MS, lastAt + LIMITS.changesEveryMs - clock.monotonic())
    timer = setTimeout(() => {
      timer = undefined
      telling = tellNow().finally(() => {
        telling = undefined
        if (isOwing || !pending.isEmpty) schedule()
      })
    }, delay).unref()
  }

  const changed: Changes['changed'] = ({ action, at, more, operator_id, things }) => {
    for (const { from, id, noun } of things) {
      const target = id === undefined ? {} : { target_id: id }
      pending.add({ change: { noun, action, ...target, operator_id, at }, from })
    }
    const last = things.at(-1)
    if (last !== undefined && more !== undefined) pending.lose(last.noun, more)
    schedule()
  }

  return {
    changed,
    sessionOpened({ clientId, employeeId }, surplus) {
      const things = [clientId, ...surplus].map((id) => ({ noun: 'session', id }) as const)
      changed({ action: 'auth.bind', operator_id: employeeId, at: clock.timestamp(), things })
    },
    audited(row) {
      pending.add({ change: { noun: 'audit', row } })
      schedule()
    },
    run(change) {
      pending.add({ change: { noun: 'run', ...change, at: clock.timestamp() } })
      schedule()
    },
    start() {
      isStarted = true
      if (!pending.isEmpty) schedule()
    },
    async stop() {
      isStarted = false
      clearTimeout(timer)
      await telling
      if (!pending.isEmpty) await tellNow()
    },
  }
}
