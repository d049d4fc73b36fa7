import type { Employee } from '@mchat/schema'
import { holds } from '../../db/directory.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import type { ChangeContext } from '../../router/context.ts'
import type { Effect } from '../../router/effects.ts'
import { announcements } from './announcements.ts'

export interface HandedOver {
  readonly reportIds: readonly string[]
  /** The heir too, if that one has another manager now. */
  readonly movedIds: readonly string[]
  readonly notices: readonly Effect[]
}

/**
 * Gives those who report to a leaver another manager, so that the chart has no hole: the heir, where the caller manages
 * both of them, or else the leaver's own manager, to whom an heir among them reports, too.
 */
export const handOverReports = async (
  context: Pick<ChangeContext, 'tx' | 'now' | 'caller'>,
  leaver: Employee,
  heirId: string | undefined,
): Promise<HandedOver> => {
  const { tx, now, caller } = context
  // As whoever gives somebody a manager does: a circle cannot be closed meanwhile, nor a report be added.
  await counters.bump(tx, 'reporting')
  const reports = await employees.reportsForUpdate(tx, leaver.employee_id)
  const parents = await departments.parents(tx)
  const manages = (employee: Employee): boolean => holds(caller.employee, 'org.manage', parents, employee.department_id)
  const named = heirId === undefined ? undefined : await employees.findForUpdate(tx, heirId)
  const heir = named !== undefined && manages(named) ? named : undefined
  const isBelow = heir !== undefined && (await employees.reportsTo(tx, leaver.employee_id, heir.employee_id))
  // First the heir, or whoever stands between the two of them would report to somebody below.
  const moved = isBelow ? [heir, ...reports.filter((report) => report.employee_id !== heir.employee_id)] : reports
  const notices: Effect[] = []
  for (const before of moved) {
    const taker = before !== heir && manages(before) ? heir?.employee_id : undefined
    const manager_id = taker ?? leaver.manager_id
    const after = await employees.update(tx, before.employee_id, { manager_id }, now)
    notices.push(...announcements(before, after, ['manager_id'], false))
  }
  const idsOf = (people: readonly Employee[]): string[] => people.map((employee) => employee.employee_id)
  return { reportIds: idsOf(reports), movedIds: idsOf(moved), notices }
}
