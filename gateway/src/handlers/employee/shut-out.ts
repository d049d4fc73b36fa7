import type { SessionEndReason } from '@mchat/schema/tables'
import { clientSessions } from '../../db/repositories/client-sessions.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import type { ChangeContext } from '../../router/context.ts'

/** Ends every session of an employee and revokes every credential. The caller of this queues `access_changed`. */
export const shutOut = async (context: ChangeContext, employeeId: string, reason: SessionEndReason): Promise<void> => {
  const { tx, now } = context
  const live = await clientSessions.liveOf(tx, employeeId)
  const ended = await clientSessions.end(
    tx,
    live.map((session) => session.client_id),
    reason,
    now,
  )
  await credentials.revokeAllOf(tx, employeeId, now)
  if (ended.length > 0) context.effects.push({ kind: 'sessions_changed', client_ids: ended })
}
