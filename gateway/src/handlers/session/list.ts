import { clientSessions } from '../../db/repositories/client-sessions.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

export default defineHandler('session.list', async ({ db, clock, caller }, input) => {
  const employeeId = input.employee_id ?? caller.employeeId
  if ((await employees.find(db, employeeId)) === undefined) throw notFound('employee_not_found', 'employee_id')
  return { sessions: await clientSessions.listOf(db, employeeId, clock.date()) }
})
