import { MChatError } from '@mchat/schema'
import { isWithin } from '../../db/directory.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('org.tree', async ({ db }, input) => {
  // Read before the rest: what changes meanwhile is then newer than the version says, never older.
  const version = await counters.get(db, 'org')
  if (input.if_version === version) return { version, unchanged: true as const }
  const all = await departments.all(db)
  const root = input.department_id
  if (root === undefined) return { version, departments: all, employees: await employees.directory(db) }
  const parents = new Map(all.map((department) => [department.department_id, department.parent_id]))
  if (!parents.has(root)) throw new MChatError('department_not_found')
  const below = all.filter((department) => isWithin(department.department_id, root, parents))
  const ids = below.map((department) => department.department_id)
  return { version, departments: below, employees: await employees.directory(db, ids) }
})
