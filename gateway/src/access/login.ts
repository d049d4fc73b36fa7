import type { Directory } from '../db/directory.ts'
import type { Clock } from '../platform/clock.ts'
import type { Authenticate, Login } from './credentials.ts'
import type { SessionKeeper } from './sessions.ts'

export interface LoginParts {
  readonly authenticate: Authenticate
  readonly directory: Directory
  readonly keeper: SessionKeeper
  readonly clock: Clock
  /** Sessions of this employee were ended to make room. */
  readonly onSurplus: (employeeId: string, clientIds: readonly string[]) => Promise<void>
}

/**
 * A connection to a broker that vouches for it: the credential is checked and the session opened in one go, so that
 * clients need no auth.bind (contract 5). A live session of the same credential is left as it is: a reconnect costs no
 * write.
 * @returns the employee_id, or undefined when the connection is refused
 */
export const createLogin =
  (parts: LoginParts) =>
  async (login: Login): Promise<string | undefined> => {
    const { authenticate, clock, directory, keeper } = parts
    const verified = await authenticate(login)
    if (verified === undefined) return undefined
    const { employeeId, credentialId } = verified
    const session = await directory.sessions.get(login.clientId)
    const isLive =
      session?.endReason === null && session.credentialId === credentialId && session.expiresAt > clock.now()
    if (isLive) {
      keeper.used(login.clientId, session.lastSeenAt)
      return employeeId
    }
    const opened = await keeper.open({
      clientId: login.clientId,
      employeeId,
      credentialId,
      deviceInfo: undefined,
    })
    if (opened === undefined) return undefined
    if (opened.surplus.length > 0) await parts.onSurplus(employeeId, opened.surplus)
    return employeeId
  }
