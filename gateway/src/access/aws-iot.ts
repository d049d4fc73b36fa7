import { LRUCache } from 'lru-cache'
import type { Database } from '../db/database.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { employees } from '../db/repositories/employees.ts'
import type { Clock } from '../platform/clock.ts'
import type { Access } from './access.ts'
import { LONGEST_SECONDS } from './aws-iot/authorizer.ts'
import type { AwsConnections } from './aws-iot/connections.ts'
import { admitted, confirm } from './confirmation.ts'
import { createTurns } from './turns.ts'

export interface AwsIotAccessParts {
  readonly database: Database
  readonly connections: Pick<AwsConnections, 'end'>
  readonly clock: Pick<Clock, 'now'>
  /** Resolves when no gateway answers the authorizer's questions from before the changes that are committed now. */
  readonly forgotten: () => Promise<void>
  /** An employee has no session any more, and nobody else says so: their wills are suppressed. */
  readonly onGone: (employeeId: string) => Promise<void>
  readonly description: Pick<Access, 'bindsCredentials' | 'connection'>
}

/** No connection lasts longer, so that whatever ended before is over on the broker as well. */
const LOOK_BACK_MS = LONGEST_SECONDS * 1000
/** Ends that this gateway has asked for and need not ask for again. */
const CONFIRMED = 100_000
/** A login that was admitted just before the end is connected by then. */
const ADMITTED_MS = 15_000

/**
 * Access on AWS IoT Core. It asks a gateway who may connect and what for, and holds on to the answer; messages of groups
 * go to inboxes, so all that can be taken from somebody is the session: its connection is ended.
 *
 * What waits for a device that is away stays there: AWS has no means to take it out. Its session is refused when it
 * comes back, so nobody gets it.
 */
export const createAwsIotAccess = (parts: AwsIotAccessParts): Access => {
  const { clock, connections, database } = parts
  const inTurn = createTurns(database)
  const confirmed = new LRUCache<string, number>({ max: CONFIRMED })

  const syncEmployee = (employeeId: string, exceptClientId: string | undefined): Promise<void> =>
    inTurn([employeeId], async (db) => {
      const employee = await employees.find(db, employeeId)
      const sessions = await clientSessions.lately(db, employeeId, new Date(clock.now() - LOOK_BACK_MS))
      const isLive = (session: (typeof sessions)[number]): boolean =>
        employee?.status === 'active' && session.ended_at === null
      const over = sessions.filter(
        (session) =>
          !isLive(session) &&
          session.client_id !== exceptClientId &&
          confirmed.get(session.client_id) !== endOf(session.ended_at),
      )
      if (over.length === 0) return
      // A login that asks for the same client_id meanwhile waits for this turn (sessions.ts): its connection is not ended.
      const ended = await Promise.allSettled(over.map(({ client_id }) => connections.end(client_id)))
      const failure = ended.find((one) => one.status === 'rejected')
      if (failure !== undefined) throw failure.reason
      // Whether or not one was connected: an earlier attempt may have ended it and gone no further.
      if (!sessions.some(isLive)) await parts.onGone(employeeId)
      for (const { client_id, ended_at } of over) {
        if (clock.now() - endOf(ended_at) > ADMITTED_MS) confirmed.set(client_id, endOf(ended_at))
      }
    })

  return {
    syncEmployees: (employeeIds, exceptClientId) =>
      confirm(employeeIds, (id) => syncEmployee(id, exceptClientId), parts.forgotten),
    // It asks when they come, and has no client of theirs to look for.
    admitEmployees: () => admitted(parts.forgotten),
    // There is nothing to listen to: what is said in groups goes to inboxes.
    joinGroup: async () => undefined,
    keepsOwnList: false,
    ...parts.description,
  }
}

/** 0: of somebody who was disabled, whose sessions end with that. */
const endOf = (endedAt: Date | null): number => endedAt?.getTime() ?? 0
