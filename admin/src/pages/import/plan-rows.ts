import { withoutApostrophe } from '@mchat/schema/csv'
import type { DepartmentPaths } from '@mchat/schema/department-paths'
import type { EmployeeColumn } from '@mchat/schema/employee-columns'
import type { InputOf } from '@mchat/sdk'
import type { Sheet } from './sheet.ts'

export type ImportRow = InputOf<'employee.import'>['rows'][number]

export interface RowProblem {
  readonly field: string
  /** As the gateway names it, or `repeated`, which only the whole file shows. */
  readonly rule: string
  readonly message: string
  /** Other rows that it is about. */
  readonly rows?: readonly number[]
}

/** A row of the file, as it would be asked for. */
export interface PlannedRow {
  readonly number: number
  readonly cells: readonly string[]
  readonly row: ImportRow
  /** What speaks against it already. */
  readonly problems: readonly RowProblem[]
}

const idOf = (cell: string | null | undefined): string => withoutApostrophe(cell ?? '').trim()

export const employeeIdOf = ({ row }: PlannedRow): string => idOf(row.employee_id)
export const managerIdOf = ({ row }: PlannedRow): string => idOf(row.manager_id)

/**
 * The rows in an order in which they can be done in parts: nobody comes before their manager. Ids that are there twice and
 * managers in a circle are problems of all rows concerned; somebody without an id whose name is there before, of the later one.
 * @param mapping what each column is; null: not imported
 * @param paths which departments there are
 */
export const planRows = (
  sheet: Sheet,
  mapping: readonly (EmployeeColumn | null)[],
  paths: Pick<DepartmentPaths, 'idsAt'>,
): readonly PlannedRow[] => {
  const planned = sheet.rows.map(({ cells, number }): PlannedRow => {
    const given = mapping.flatMap((column, i) => (column === null || !cells[i]?.trim() ? [] : [[column, cells[i]]]))
    return { number, cells, row: Object.fromEntries(given) as ImportRow, problems: [] }
  })
  const byId = Map.groupBy(planned, employeeIdOf)
  byId.delete('')
  const circles = circlesOf(planned, byId)
  const judged = planned.map((each) => ({ ...each, problems: [...repeated(each, byId), ...inCircle(each, circles)] }))
  return withNamesakes(managersFirst(judged), paths)
}

type ById = ReadonlyMap<string, readonly PlannedRow[]>

const repeated = (each: PlannedRow, byId: ById): readonly RowProblem[] => {
  const others = (byId.get(employeeIdOf(each)) ?? []).filter(({ number }) => number !== each.number)
  if (others.length === 0) return []
  const rows = others.map(({ number }) => number)
  return [{ field: 'employee_id', rule: 'repeated', message: `This id is in row ${rows.join(', ')}, too.`, rows }]
}

const inCircle = (each: PlannedRow, circles: ReadonlyMap<number, readonly number[]>): readonly RowProblem[] => {
  const circle = circles.get(each.number)
  if (circle === undefined) return []
  const rows = circle.filter((number) => number !== each.number)
  return [{ field: 'manager_id', rule: 'manager_cycle', message: 'The line of managers leads back here.', rows }]
}

/** By the number of each row that is in one: all that are in it. */
const circlesOf = (planned: readonly PlannedRow[], byId: ById): ReadonlyMap<number, readonly number[]> => {
  const circles = new Map<number, readonly number[]>()
  const known = new Set<number>()
  for (const start of planned) {
    const line: PlannedRow[] = []
    let at: PlannedRow | undefined = start
    while (at !== undefined && !known.has(at.number)) {
      known.add(at.number)
      line.push(at)
      at = byId.get(managerIdOf(at))?.[0]
    }
    const begin = at === undefined ? -1 : line.indexOf(at)
    if (begin < 0) continue
    const circle = line.slice(begin).map(({ number }) => number)
    for (const number of circle) circles.set(number, circle)
  }
  return circles
}

/**
 * The gateway sees them only where both are in one part of a dry run, and always when they are imported: it would refuse then
 * what the check had promised. As there, only rows that are good make somebody after them a namesake.
 */
const withNamesakes = (
  planned: readonly PlannedRow[],
  paths: Pick<DepartmentPaths, 'idsAt'>,
): readonly PlannedRow[] => {
  const there = new Set<string>()
  return planned.map((each) => {
    const { name } = each.row
    const departmentId = departmentOf(each, paths)
    if (name === undefined || departmentId === undefined || each.problems.length > 0) return each
    const key = JSON.stringify([withoutApostrophe(name), departmentId])
    const isNamesake = employeeIdOf(each) === '' && there.has(key)
    there.add(key)
    return isNamesake ? { ...each, problems: [NAMESAKE] } : each
  })
}

/**
 * null: none. undefined: only the gateway knows, because somebody who may be there stays where they are, or it will refuse
 * what is said.
 */
const departmentOf = (each: PlannedRow, paths: Pick<DepartmentPaths, 'idsAt'>): string | null | undefined => {
  const id = idOf(each.row.department_id)
  const path = withoutApostrophe(each.row.department ?? '')
  if (path.trim() === '') return id !== '' ? id : employeeIdOf(each) === '' ? null : undefined
  const found = paths.idsAt(path)
  if (id !== '') return found.includes(id) ? id : undefined
  return found.length === 1 ? found[0] : undefined
}

/** As the gateway has it. */
const NAMESAKE: RowProblem = {
  field: 'name',
  rule: 'unique',
  message: 'Somebody in this department has this name; give an employee_id, theirs or a new one.',
}

/** Otherwise as they are in the file. */
const managersFirst = (planned: readonly PlannedRow[]): readonly PlannedRow[] => {
  const byId = Map.groupBy(planned, employeeIdOf)
  byId.delete('')
  const ordered = new Set<PlannedRow>()
  for (const each of planned) {
    const line = new Set<PlannedRow>()
    for (let at: PlannedRow | undefined = each; at !== undefined && !ordered.has(at) && !line.has(at); ) {
      line.add(at)
      at = byId.get(managerIdOf(at))?.[0]
    }
    for (const above of [...line].reverse()) ordered.add(above)
  }
  return [...ordered]
}
