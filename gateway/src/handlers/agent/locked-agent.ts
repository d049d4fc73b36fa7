import { type Employee, MChatError } from '@mchat/schema'
import type { Db } from '../../db/database.ts'
import { employees } from '../../db/repositories/employees.ts'

/** @throws MChatError `employee_not_found`, `not_agent` */
export const lockedAgent = async ({ tx }: { readonly tx: Db }, employeeId: string): Promise<Employee> =>
  requireAgent(await employees.findForUpdate(tx, employeeId))

/** @throws MChatError `employee_not_found`, `not_agent` */
export const requireAgent = (employee: Employee | undefined): Employee => {
  if (employee === undefined) throw new MChatError('employee_not_found')
  if (!employee.is_ai_agent) throw new MChatError('not_agent')
  return employee
}
