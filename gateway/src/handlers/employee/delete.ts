import { MChatError } from '@mchat/schema'
import { agentSilences } from '../../db/repositories/agent-silences.ts'
import { counters } from '../../db/repositories/counters.ts'
import { employees } from '../../db/repositories/employees.ts'
import type { ChangeContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'
import { announcements } from './announcements.ts'
import { handOverReports } from './hand-over-reports.ts'
import { leaveGroups, lockGroupsOf } from './leave-groups.ts'
import { requireRemainingOwner } from './remaining-owner.ts'
import { shutOut } from './shut-out.ts'

export default defineHandler('employee.delete', async (context, { employee_id, hand_over_to }) => {
  const { tx, now, effects } = context
  await lockGroupsOf(context, employee_id)
  const before = await employees.findForUpdate(tx, employee_id)
  if (before === undefined) throw new MChatError('employee_not_found')
  await context.judge({ employee: before })
  await requireRemainingOwner(tx, before, { ...before, status: 'disabled' })

  if (hand_over_to !== undefined) await requireHeir(context, employee_id, hand_over_to)

  const reports = await handOverReports(context, before, hand_over_to)
  const wasActive = before.status === 'active'
  const changesTree = wasActive || reports.movedIds.length > 0
  if (changesTree) await counters.bump(tx, 'org')
  const after = wasActive ? await employees.update(tx, employee_id, { status: 'disabled' }, now) : before
  const left = await leaveGroups(context, employee_id, hand_over_to)
  effects.push({ kind: 'employees_changed', employee_ids: [employee_id, ...reports.movedIds] })
  if (before.is_ai_agent) {
    await agentSilences.removeOf(tx, employee_id)
    effects.push({ kind: 'agents_changed' })
  }
  await shutOut(context, employee_id, 'disabled')
  effects.push(...left.changes, { kind: 'access_changed', employee_ids: [employee_id] }, ...left.notices)
  effects.push(...reports.notices)
  if (wasActive) effects.push(...announcements(before, after, ['status'], false))
  if (changesTree) effects.push({ kind: 'org_changed' })
  return { employee_id, left_group_ids: [...left.groupIds], report_ids: [...reports.reportIds] }
})

const requireHeir = async ({ tx }: ChangeContext, employeeId: string, heirId: string): Promise<void> => {
  const heir = heirId === employeeId ? undefined : (await employees.findManyForShare(tx, [heirId])).get(heirId)
  if (heir?.status !== 'active' || heir.is_ai_agent) throw notFound('employee_not_found', 'hand_over_to')
}
