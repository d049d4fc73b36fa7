import type { Topics } from '@mchat/schema'
import { Status } from '@mchat/schema'
import { Compile } from 'typebox/compile'
import type { Link } from '../link/link.ts'
import type { Clock } from '../platform/clock.ts'

const MAX_STATUS_BYTES = 1024
const isStatus = Compile(Status)

/** Whether employees are online, as everybody sees it: one retained message for each (contract 2). */
export interface Presence {
  /**
   * What a client (or its will) says of its employee. The time is the gateway's, so that statuses of two devices compare;
   * anything that is not a status is ignored.
   */
  say(employeeId: string, payload: Buffer): Promise<void>
  /** The employee has no connection any more. */
  offline(employeeId: string): Promise<void>
}

export const createPresence = (link: Link, topics: Topics, clock: Clock): Presence => {
  const publish = (employeeId: string, status: object): Promise<void> =>
    link.publish(topics.status(employeeId), Buffer.from(JSON.stringify(status)), { qos: 1, retain: true })
  return {
    async say(employeeId, payload) {
      const status = readStatus(payload)
      if (status === undefined) return
      const device = status.device === undefined ? {} : { device: status.device }
      await publish(employeeId, { status: status.status, updated_at: clock.timestamp(), ...device })
    },
    offline: (employeeId) => publish(employeeId, { status: 'offline', updated_at: clock.timestamp() }),
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
