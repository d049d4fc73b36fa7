import { MChatError } from '@mchat/schema'
import { counters } from '../../db/repositories/counters.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { announcements } from './announcements.ts'
import { leaveGroups, lockGroupsOf } from './leave-groups.ts'
import { requireRemainingOwner } from './remaining-owner.ts'
import { shutOut } from './shut-out.ts'

export default defineHandler('employee.delete', async (context, { employee_id }) => {
  const { tx, now, effects } = context
  await lockGroupsOf(context, employee_id)
  const before = await employees.findForUpdate(tx, employee_id)
  if (before === undefined) throw new MChatError('employee_not_found')
  await context.judge({ employee: before })
  await requireRemainingOwner(tx, before, { ...before, status: 'disabled' })

  const wasActive = before.status === 'active'
  if (wasActive) await counters.bump(tx, 'org')
  const after = wasActive ? await employees.update(tx, employee_id, { status: 'disabled' }, now) : before
  const left = await leaveGroups(context, employee_id)
  effects.push({ kind: 'employees_changed', employee_ids: [employee_id] })
  await shutOut(context, employee_id, 'disabled')
  effects.push(...left.changes, { kind: 'access_changed', employee_ids: [employee_id] }, ...left.notices)
  if (wasActive) effects.push(...announcements(before, after, ['status'], true))
  return { employee_id, left_group_ids: [...left.groupIds] }
})
