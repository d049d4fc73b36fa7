import { expiryOf, issueToken } from '../../access/issue-token.ts'
import { clientSessions } from '../../db/repositories/client-sessions.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import type { ChangeContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'
import { shutOut } from './shut-out.ts'

export default defineHandler('employee.reset_credentials', async (context, input) => {
  const { tx, caller, config, now } = context
  const employee_id = input.employee_id ?? caller.employeeId
  const employee = await employees.findForUpdate(tx, employee_id)
  if (employee?.status !== 'active') throw notFound('employee_not_found', 'employee_id')
  await context.judge({ employee })
  const { overlap_minutes = 0 } = input
  if (overlap_minutes === 0) await shutOut(context, employee_id, 'revoked')
  else await endLater(context, employee_id, new Date(now.getTime() + overlap_minutes * 60_000))
  const expiresAt = expiryOf(config, now, input.expires_in_days)
  const mqtt_connection = await issueToken(context, tx, { employeeId: employee_id, now, expiresAt })
  context.effects.push({ kind: 'access_changed', employee_ids: [employee_id] })
  return { employee_id, mqtt_connection }
})

/** What there is goes on until then: no device is cut off before it was changed over. */
const endLater = async ({ tx, effects }: ChangeContext, employeeId: string, at: Date): Promise<void> => {
  await credentials.endAllOf(tx, employeeId, at)
  const client_ids = await clientSessions.endAllAt(tx, employeeId, at)
  if (client_ids.length > 0) effects.push({ kind: 'sessions_changed', client_ids })
}
