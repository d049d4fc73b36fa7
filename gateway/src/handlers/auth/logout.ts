import { clientSessions } from '../../db/repositories/client-sessions.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('auth.logout', async ({ tx, now, effects, caller }) => {
  const client_ids = await clientSessions.end(tx, [caller.clientId], 'logout', now)
  effects.push({ kind: 'sessions_changed', client_ids }, { kind: 'access_changed', employee_ids: [caller.employeeId] })
  return {}
})
