import { type ErrorKey, MChatError } from '@mchat/schema'
import type { SessionKeeper } from '../../access/sessions.ts'
import type { Directory, SessionEntry } from '../../db/directory.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Request } from '../request.ts'

const whyNot = (session: SessionEntry | undefined, now: number): ErrorKey | undefined => {
  if (session === undefined) return 'no_session'
  if (session.endReason === null) return session.expiresAt <= now ? 'session_expired' : undefined
  return WHY_ENDED[session.endReason] ?? 'session_revoked'
}

const WHY_ENDED: Readonly<Record<string, ErrorKey>> = { logout: 'no_session', expired: 'session_expired' }

/** Finds out who asks. Actions of kind `connection` need no session. */
export const createSessionStep =
  (directory: Directory, keeper: SessionKeeper, clock: Clock) =>
  async (request: Request): Promise<void> => {
    if (request.definition?.kind === 'connection') return
    const { clientId } = request
    const remembered = directory.sessions.peek(clientId)
    let session = remembered ?? (await directory.sessions.get(clientId))
    let problem = whyNot(session, clock.now())
    if (problem !== undefined && remembered !== undefined) {
      // Another gateway may have prolonged it, which nobody is told of.
      directory.sessions.invalidate(clientId)
      session = await directory.sessions.get(clientId)
      problem = whyNot(session, clock.now())
    }
    if (session === undefined || problem !== undefined) throw new MChatError(problem ?? 'no_session')
    const vouched = request.incoming.vouchedEmployeeId
    if (vouched !== undefined && vouched !== session.employeeId) throw new MChatError('no_session')
    const { employeeId } = session
    const employee = directory.employees.peek(employeeId) ?? (await directory.employees.get(employeeId))
    if (employee?.active !== true) throw new MChatError('session_revoked')
    keeper.used(clientId, session.lastSeenAt)
    request.caller = { clientId, employeeId, employee, session }
  }
