import { MChatError, type Permission } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { type EmployeeEntry, holds } from '../db/directory.ts'
import { departments } from '../db/repositories/departments.ts'
import type { Parents } from '../policies/facts.ts'

export const parentsOf = async (db: Db): Promise<Parents> =>
  new Map((await departments.all(db)).map((department) => [department.department_id, department.parent_id]))

/** Does the employee hold a permission that cannot be limited to a department? Decides what is shown, not what is allowed. */
export const may = (employee: EmployeeEntry, permission: Exclude<Permission, 'org.manage'>): boolean =>
  holds(employee, permission, undefined, undefined)

/** Something a field names is not there. */
export const notFound = (
  key: 'employee_not_found' | 'department_not_found',
  ...fields: readonly string[]
): MChatError =>
  new MChatError(key, { fields: fields.map((field) => ({ field, rule: 'exists', message: 'There is no such one.' })) })
