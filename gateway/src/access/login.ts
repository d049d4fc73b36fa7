import type { Authenticate, Login, VerifiedLogin } from './credentials.ts'
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
 * @returns undefined when the connection is refused
 */
export const createVerifiedLogin =
  (parts: LoginParts) =>
  async (login: Login): Promise<VerifiedLogin | undefined> => {
    const { authenticate, keeper } = parts
    const verified = await authenticate(login)
    if (verified === undefined) return undefined
    const { employeeId, credentialId } = verified
    const opened = await keeper.open({ clientId: login.clientId, employeeId, credentialId, deviceInfo: undefined })
    if (opened === undefined) return undefined
    if (opened.surplus.length > 0) await parts.onSurplus(employeeId, opened.surplus)
    return verified
  }

/** The same for a broker that asks for nothing but the employee_id. */
export const createLogin = (parts: LoginParts) => {
  const verify = createVerifiedLogin(parts)
  return async (login: Login): Promise<string | undefined> => (await verify(login))?.employeeId
}
