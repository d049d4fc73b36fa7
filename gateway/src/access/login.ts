import type { Authenticate, Login } from './credentials.ts'
import type { SessionKeeper } from './sessions.ts'

export interface LoginParts {
  readonly authenticate: Authenticate
  readonly keeper: SessionKeeper
  /** Sessions of this employee were ended to make room. */
  readonly onSurplus: (employeeId: string, clientIds: readonly string[]) => Promise<void>
}

/**
 * A connection to a broker that vouches for it: the credential is checked and the session opened in one go, so that
 * clients need no auth.bind (contract 5).
 * @returns the employee_id, or undefined when the connection is refused
 */
export const createLogin =
  (parts: LoginParts) =>
  async (login: Login): Promise<string | undefined> => {
    const { authenticate, keeper } = parts
    const verified = await authenticate(login)
    if (verified === undefined) return undefined
    const { employeeId, credentialId } = verified
    const opened = await keeper.open({ clientId: login.clientId, employeeId, credentialId, deviceInfo: undefined })
    if (opened === undefined) return undefined
    if (opened.surplus.length > 0) await parts.onSurplus(employeeId, opened.surplus)
    return employeeId
  }
