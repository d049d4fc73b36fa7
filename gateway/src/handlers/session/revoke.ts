import { MChatError, ownerOf } from '@mchat/schema'
import { clientSessions } from '../../db/repositories/client-sessions.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('session.revoke', async (context, { client_id }) => {
  const { tx, now, effects } = context
  const employeeId = ownerOf(client_id)
  // Locked, as opening a session does: one that is being opened comes before or after.
  const owner = await employees.findForUpdate(tx, employeeId)
  if (owner !== undefined) await context.judge({ sessionOwner: owner })
  const ended = await clientSessions.end(tx, [client_id], 'revoked', now)
  // A credential of this device alone goes with it, also when there is no session; one that other devices share stays.
  const bound = await credentials.boundTo(tx, client_id)
  const wasUsable = bound !== undefined && (await credentials.revoke(tx, bound.credential_id, now))
  if (ended.length === 0 && !wasUsable) throw new MChatError('session_not_found')
  effects.push(
    { kind: 'sessions_changed', client_ids: [client_id] },
    { kind: 'access_changed', employee_ids: [employeeId] },
  )
  return { client_id }
})
