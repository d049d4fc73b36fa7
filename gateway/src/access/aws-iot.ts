import { MChatError } from '@mchat/schema'
import type { Database } from '../db/database.ts'
import { clientSessions } from '../db/repositories/client-sessions.ts'
import { employees } from '../db/repositories/employees.ts'
import type { Clock } from '../platform/clock.ts'
import type { Access } from './access.ts'
import { REFRESH_SECONDS } from './aws-iot/authorizer.ts'
import type { AwsConnections } from './aws-iot/connections.ts'
import { withinTime } from './confirmation.ts'
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

/** AWS asks again about every connection by then, and ends those that are refused. */
const LOOK_BACK_MS = (REFRESH_SECONDS + 60) * 1000

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

  const syncEmployee = (employeeId: string, exceptClientId: string | undefined): Promise<void> =>
    inTurn(employeeId, async (db) => {
      const employee = await employees.find(db, employeeId)
      const sessions = await clientSessions.lately(db, employeeId, new Date(clock.now() - LOOK_BACK_MS))
      const isLive = (session: (typeof sessions)[number]): boolean =>
        employee?.status === 'active' && session.ended_at === null
      const over = sessions.filter((session) => !isLive(session) && session.client_id !== exceptClientId)
      const ended = await Promise.all(over.map(({ client_id }) => connections.end(client_id)))
      if (ended.includes(true) && !sessions.some(isLive)) await parts.onGone(employeeId)
    })

  return {
    async syncEmployees(employeeIds, exceptClientId) {
      const sync = async (): Promise<void> => {
        await parts.forgotten()
        await Promise.all([...new Set(employeeIds)].map((id) => syncEmployee(id, exceptClientId)))
      }
      try {
        await withinTime(sync())
      } catch (cause) {
        throw new MChatError('revocation_pending', { cause })
      }
    },
    // There is nothing to listen to: what is said in groups goes to inboxes.
    joinGroup: async () => undefined,
    keepsOwnList: false,
    ...parts.description,
  }
}
