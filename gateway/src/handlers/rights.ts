import { MChatError, type Permission } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { type EmployeeEntry, holds } from '../db/directory.ts'
import { departments } from '../db/repositories/departments.ts'

/** parent_id by department_id. */
export type Parents = ReadonlyMap<string, string | null>

export const parentsOf = async (db: Db): Promise<Parents> =>
  new Map((await departments.all(db)).map((department) => [department.department_id, department.parent_id]))

/** Does the employee hold a permission that cannot be limited to a department? */
export const may = (employee: EmployeeEntry, permission: Exclude<Permission, 'org.manage'>): boolean =>
  holds(employee, permission, undefined, undefined)

/** @param departmentId null: outside of every department, which only an unlimited grant covers */
export const managesPlace = (employee: EmployeeEntry, parents: Parents, departmentId: string | null): boolean =>
  holds(employee, 'org.manage', parents, departmentId)

export const forbiddenFields = (fields: readonly string[]): MChatError =>
  new MChatError('field_forbidden', {
    fields: fields.map((field) => ({ field, rule: 'forbidden', message: 'You are not allowed to set this.' })),
  })

/** Something a field names is not there. */
export const notFound = (
  key: 'employee_not_found' | 'department_not_found',
  ...fields: readonly string[]
): MChatError =>
  new MChatError(key, { fields: fields.map((field) => ({ field, rule: 'exists', message: 'There is no such one.' })) })
