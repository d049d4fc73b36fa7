import type { Topics } from '@mchat/schema'
import { Status } from '@mchat/schema'
import { LRUCache } from 'lru-cache'
import { Compile } from 'typebox/compile'
import type { Link } from '../link/link.ts'
import type { Clock } from '../platform/clock.ts'

const MAX_STATUS_BYTES = 1024
/**
 * Everybody who is connected gets every status. So an employee has a few changes at once and then one in this time: a
 * client that says something new all the time would keep the whole organisation busy.
 */
const PACE_MS = 1000
const AT_ONCE = 5
const isStatus = Compile(Status)

/** Whether employees are online, as everybody sees it: one retained message for each (contract 2). */
export interface Presence {
  /**
   * What a client (or its will) says of its employee. The time is the gateway's, so that statuses of two devices compare;
   * anything that is not a status is ignored. Of many in a short time the last is published, when its time has come.
   */
  say(employeeId: string, payload: Buffer): Promise<void>
  /** The employee has no connection any more. */
  offline(employeeId: string): Promise<void>
}

export const createPresence = (link: Link, topics: Topics, clock: Clock): Presence => {
  const publish = (employeeId: string, status: object): Promise<void> =>
    link.publish(topics.status(employeeId), Buffer.from(JSON.stringify(status)), { qos: 1, retain: true })
  const waiting = new Map<string, Status>()
  /** When the changes made so far would have been made one by one. */
  const busyUntil = new LRUCache<string, number>({ maxSize: 100_000, sizeCalculation: () => 1 })

  /** Takes one change, or answers after how many milliseconds there will be one. */
  const take = (employeeId: string): number => {
    const now = clock.monotonic()
    const until = Math.max(busyUntil.get(employeeId) ?? 0, now) + PACE_MS
    const wait = until - now - AT_ONCE * PACE_MS
    if (wait <= 0) busyUntil.set(employeeId, until)
    return Math.max(0, wait)
  }

  const tell = (employeeId: string, { status, device }: Status): Promise<void> =>
    publish(employeeId, { status, updated_at: clock.timestamp(), ...(device === undefined ? {} : { device }) })

  const tellLater = (employeeId: string, milliseconds: number): void => {
    const timer = setTimeout(() => {
      const status = waiting.get(employeeId)
      waiting.delete(employeeId)
      take(employeeId)
      // Nobody waits for it; a broker that cannot take it now has been reported.
      if (status !== undefined) tell(employeeId, status).catch(() => undefined)
    }, milliseconds)
    timer.unref()
  }

  return {
    async say(employeeId, payload) {
      const status = readStatus(payload)
      if (status === undefined) return
      const isWaiting = waiting.has(employeeId)
      const wait = isWaiting ? 0 : take(employeeId)
      if (!isWaiting && wait === 0) return await tell(employeeId, status)
      waiting.set(employeeId, status)
      if (!isWaiting) tellLater(employeeId, wait)
    },
    offline(employeeId) {
      // The timer, where there is one, then finds nothing to say.
      waiting.delete(employeeId)
      return publish(employeeId, { status: 'offline', updated_at: clock.timestamp() })
    },
  }
}

const readStatus = (payload: Buffer): Status | undefined => {
  if (payload.length > MAX_STATUS_BYTES) return undefined
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'))
    // Older clients leave the time out; it is replaced anyway.
    const dated = typeof value === 'object' && value !== null ? { updated_at: '', ...value } : value
    return isStatus.Check(dated) ? dated : undefined
  } catch {
    return undefined
  }
}
