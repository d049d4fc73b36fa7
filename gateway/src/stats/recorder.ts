import type { GatewayReport } from '@mchat/schema/tables'
import type { Database } from '../db/database.ts'
import { gatewayReports } from '../db/repositories/gateway-reports.ts'
import { type CountedInMinute, statCounts } from '../db/repositories/stat-counts.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Clock } from '../platform/clock.ts'
import { createPendingCounts } from './pending-counts.ts'

export interface StatRecorderParts {
  readonly database: Database
  readonly instance: string
  readonly metrics: Pick<Metrics, 'busyGroups' | 'eachTotal'>
  readonly report: () => Promise<GatewayReport>
  /** What was written down before is not the newest any more. */
  readonly onWritten: () => void
  readonly clock: Clock
  readonly log: Log
}

/**
 * Adds what this gateway has counted to what all of them have, every five seconds. When it dies, what it has counted since
 * the last time is lost; when the database is away it waits. Nothing is added twice.
 */
export interface StatRecorder {
  /** Beside the timer: what was counted until now is written down when this resolves, if the database is there. */
  write(): Promise<void>
  start(): void
  /** Writes down the rest, and that this gateway has stopped in order. */
  stop(): Promise<void>
}

const EVERY_MS = 5000
const MINUTE_MS = 60_000

export const createStatRecorder = (parts: StatRecorderParts): StatRecorder => {
  const { clock, database, instance, log, metrics, onWritten, report } = parts
  const startedAt = clock.date()
  const totals = new Map<string, number>()
  const pending = createPendingCounts()
  let countedUntil = clock.now()
  let number = 0
  /** It may be in the database already, so it is not to be changed any more. */
  let unconfirmed: readonly CountedInMinute[] | undefined
  let isFailing = false
  let last: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined

  /** What has happened since the last time did so in the minute of that time: the timer goes off where a minute begins. */
  const collect = (isEnd: boolean): void => {
    const from = countedUntil
    countedUntil = clock.now()
    metrics.eachTotal((name, label, total) => {
      const key = `${name} ${label}`
      pending.add(from, name, label, total - (totals.get(key) ?? 0))
      totals.set(key, total)
    })
    const isOver = isEnd || Math.floor(from / MINUTE_MS) !== Math.floor(countedUntil / MINUTE_MS)
    for (const [groupId, count] of metrics.busyGroups.take(isOver)) pending.add(from, 'group', groupId, count)
  }

  const send = async (counts: readonly CountedInMinute[]): Promise<void> => {
    await statCounts.add(database.kysely, {
      ...{ instance, startedAt, number, counts },
      now: clock.date(),
      report: await report(),
    })
  }

  const writePending = async (): Promise<void> => {
    if (unconfirmed !== undefined) {
      await send(unconfirmed)
      unconfirmed = undefined
    }
    number++
    unconfirmed = pending.take()
    await send(unconfirmed)
    unconfirmed = undefined
    onWritten()
  }

  const attempt = async (): Promise<void> => {
    try {
      await writePending()
      isFailing = false
    } catch (error) {
      // The database being away is told of by whoever needs it more.
      if (!isFailing)
        log.warn({ error: String(error) }, 'what was counted could not be written down; it is tried again')
      isFailing = true
    }
  }

  /** One after the other, and never two that wait. */
  let waiting: Promise<void> | undefined
  const write = (isEnd = false): Promise<void> => {
    collect(isEnd)
    waiting ??= last.then(() => {
      waiting = undefined
      last = attempt()
      return last
    })
    return waiting
  }

  const schedule = (): void => {
    timer = setTimeout(
      () => {
        schedule()
        void write()
      },
      EVERY_MS - (clock.now() % EVERY_MS),
    ).unref()
  }

  return {
    write: () => write(),
    start() {
      schedule()
      void write()
    },
    async stop() {
      clearTimeout(timer)
      await write(true)
      await gatewayReports.remove(database.kysely, instance).catch(() => undefined)
    },
  }
}
