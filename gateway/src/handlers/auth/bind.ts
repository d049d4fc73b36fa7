import { MChatError, ownerOf } from '@mchat/schema'
import { members } from '#src/db/repositories/members.ts'
import type { ConnectionContext } from '#src/router/context.ts'
import { defineHandler } from '#src/router/define-handler.ts'

export default defineHandler('auth.bind', async (context, input) => {
  const { clientId, db, directory, keeper } = context
  if (ownerOf(clientId) !== input.employee_id) throw new MChatError('bad_credentials')
  const credentialId = await proveIdentity(context, input.employee_id, input.token)
  const employee = await directory.employees.get(input.employee_id)
  if (employee?.active !== true) throw new MChatError('bad_credentials')
  const opened = await keeper.open({
    clientId,
    employeeId: input.employee_id,
    credentialId,
    deviceInfo: input.device_info,
  })
  if (opened === undefined) throw new MChatError('session_revoked')
  const { expiresAt, surplus } = opened
  if (surplus.length > 0) await context.access.syncEmployees([input.employee_id], clientId)
  return {
    employee_id: input.employee_id,
    expires_at: expiresAt.toISOString(),
    groups: await members.groupsOf(db, input.employee_id),
    roles: [...employee.roles],
  }
})

/** The credential the session is opened with: the broker has checked it, or it comes in the request. */
const proveIdentity = async (
  context: ConnectionContext,
  employeeId: string,
  token: string | undefined,
): Promise<string | null> => {
  const { clientId, directory, vouchedEmployeeId } = context
  if (token !== undefined) {
    const login = await context.authenticate({ username: employeeId, secret: token, clientId })
    if (login === undefined) throw new MChatError('bad_credentials')
    return login.credentialId
  }
  if (vouchedEmployeeId !== employeeId) throw new MChatError('bad_credentials')
  const session = await directory.sessions.get(clientId)
  // What was taken away from this connection does not come back by asking over the same connection.
  const ended = session?.endReason
  if (ended === 'revoked' || ended === 'disabled') throw new MChatError('session_revoked')
  return session?.credentialId ?? null
}
