import { MChatError, type Permission } from '@mchat/schema'
import { type EmployeeEntry, holds } from '../db/directory.ts'

/** Does the employee hold a permission that cannot be limited to a department? Decides what is shown, not what is allowed. */
export const may = (employee: EmployeeEntry, permission: Exclude<Permission, 'org.manage'>): boolean =>
  holds(employee, permission, undefined, undefined)

/** Something a field names is not there. */
export const notFound = (
  key: 'employee_not_found' | 'department_not_found',
  ...fields: readonly string[]
): MChatError =>
  new MChatError(key, { fields: fields.map((field) => ({ field, rule: 'exists', message: 'There is no such one.' })) })
