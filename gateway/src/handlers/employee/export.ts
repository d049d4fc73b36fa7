import {
  csvLine,
  departmentPaths,
  EMPLOYEE_COLUMNS,
  type Employee,
  type EmployeeColumn,
  joined,
  rolesText,
} from '@mchat/schema'
import { ALL_DEPARTMENTS, holds, isWithin } from '../../db/directory.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import type { Parents } from '../../policies/facts.ts'
import type { ReadContext } from '../../router/context.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { notFound } from '../rights.ts'

const BATCH = 500
/** Without it Excel reads the file in the character set of the computer it runs on. */
const BYTE_ORDER_MARK = '\uFEFF'
const CONTENT_TYPE = 'text/csv; charset=utf-8'
const FILE_NAME = 'employees.csv'

export default defineHandler('employee.export', async (context, input) => {
  const { caller, db, files } = context
  const departmentIds = await departmentsFor(context, input.department_id)
  const { pathOf } = departmentPaths(await departments.all(db))
  const columns: readonly EmployeeColumn[] = input.fields ?? EMPLOYEE_COLUMNS
  const cells: Record<EmployeeColumn, (person: Employee) => string | null> = {
    employee_id: (person) => person.employee_id,
    name: (person) => person.name,
    department_id: (person) => person.department_id,
    department: (person) => (person.department_id === null ? null : pathOf(person.department_id)),
    manager_id: (person) => person.manager_id,
    skills_badge: (person) => joined(person.skills_badge, ';'),
    roles: (person) => rolesText(person.roles),
    status: (person) => person.status,
  }
  const line = (person: Employee): string => csvLine(columns.map((column) => cells[column](person)))

  let rows = 0
  const filter = { departmentIds, isAiAgent: false, includeDisabled: input.include_disabled ?? false, limit: BATCH }
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`${BYTE_ORDER_MARK}${csvLine(columns)}`)
    for (let after: string | undefined; ; ) {
      const page = await employees.list(db, { ...filter, after })
      rows += page.length
      yield Buffer.from(page.map(line).join(''))
      if (page.length < BATCH) return
      after = page.at(-1)?.employee_id
    }
  }
  const file = await files.deliver(caller.employeeId, FILE_NAME, CONTENT_TYPE, chunks())
  context.note({ rows })
  return { ...file, content_type: CONTENT_TYPE, file_name: FILE_NAME, rows }
})

/** Where those are whom the caller is shown; undefined: everywhere. */
const departmentsFor = async (
  { caller, directory }: ReadContext,
  departmentId: string | undefined,
): Promise<readonly string[] | undefined> => {
  const parents: Parents = (await directory.departments.get(ALL_DEPARTMENTS)) ?? new Map()
  if (departmentId !== undefined) {
    if (!parents.has(departmentId)) throw notFound('department_not_found', 'department_id')
    return [...parents.keys()].filter((id) => isWithin(id, departmentId, parents))
  }
  if (holds(caller.employee, 'org.manage', parents, null)) return undefined
  return [...parents.keys()].filter((id) => holds(caller.employee, 'org.manage', parents, id))
}
