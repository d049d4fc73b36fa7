import { MChatError } from '@mchat/schema'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { employees } from '../../db/repositories/employees.ts'
import { defineHandler } from '../../router/define-handler.ts'

export default defineHandler('department.delete', async (context, { department_id }) => {
  const { tx, effects } = context
  await counters.bump(tx, 'org')
  await context.judge({ parents: await departments.parents(tx) })
  if ((await departments.find(tx, department_id)) === undefined) throw new MChatError('department_not_found')
  // Their grants go with the department.
  const employee_ids = await employees.limitedTo(tx, department_id)
  if (!(await departments.remove(tx, department_id))) throw new MChatError('department_not_empty')
  if (employee_ids.length > 0) effects.push({ kind: 'employees_changed', employee_ids })
  effects.push({ kind: 'departments_changed' }, { kind: 'org_changed' })
  return { department_id }
})
