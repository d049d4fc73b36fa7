import type { Access } from '../access/access.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../db/directory.ts'
import { requestLog } from '../db/repositories/request-log.ts'
import type { Log } from '../ops/log.ts'
import type { Request } from './request.ts'

export interface ClosingParts {
  readonly access: Access
  readonly database: Database
  readonly directory: Directory
  readonly log: Log
}

/**
 * The connection whose own request has ended its session (logout, new credentials) is closed once it is answered. Where
 * that fails, or the gateway dies before, the change is unfinished and maintenance comes back to it.
 */
export const closeEndedSession =
  ({ access, database, directory, log }: ClosingParts) =>
  (request: Pick<Request, 'clientId' | 'seqId' | 'definition'>): void => {
    if (request.definition?.kind !== 'change') return
    const { clientId, seqId } = request
    const close = async (): Promise<void> => {
      const session = await directory.sessions.get(clientId)
      const employee = session === undefined ? undefined : await directory.employees.get(session.employeeId)
      if (session === undefined || (session.endReason === null && employee?.active === true)) return
      await access.syncEmployees([session.employeeId])
      await requestLog.settle(database.kysely, clientId, seqId)
    }
    // The answer and the PUBACK are still on their way out of this turn.
    setImmediate(() =>
      setImmediate(() =>
        close().catch((error: unknown) => log.warn({ error: String(error) }, 'an ended session could not be closed')),
      ),
    )
  }
