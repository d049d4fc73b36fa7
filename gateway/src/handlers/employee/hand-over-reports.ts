import type { Employee } from '@mchat/schema'
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
 * Gives those who report to a leaver another manager, so that the chart has no hole: the heir, or else the leaver's own
 * manager, to whom an heir among them reports, too.
 */
export const handOverReports = async (
  { tx, now }: ChangeContext,
  leaver: Employee,
  heirId: string | undefined,
): Promise<HandedOver> => {
  const reports = await employees.reportsForUpdate(tx, leaver.employee_id)
  const isBelow = heirId !== undefined && (await employees.reportsTo(tx, leaver.employee_id, heirId))
  const heir = isBelow ? await employees.findForUpdate(tx, heirId) : undefined
  // First the heir, or whoever stands between the two of them would report to somebody below.
  const moved = heir === undefined ? reports : [heir, ...reports.filter((report) => report.employee_id !== heirId)]
  const notices: Effect[] = []
  for (const before of moved) {
    const manager_id = before === heir ? leaver.manager_id : (heirId ?? leaver.manager_id)
    const after = await employees.update(tx, before.employee_id, { manager_id }, now)
    notices.push(...announcements(before, after, ['manager_id'], false))
  }
  const idsOf = (people: readonly Employee[]): string[] => people.map((employee) => employee.employee_id)
  return { reportIds: idsOf(reports), movedIds: idsOf(moved), notices }
}
