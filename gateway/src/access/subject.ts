import type { Permission, RightsSubject } from '@mchat/schema'
import { type Directory, holds } from '../db/directory.ts'

/**
 * The rights of a client as the directory knows them at this moment. Loads what is missing first and then answers
 * without an await, so that a change committed meanwhile cannot slip in between looking and deciding.
 */
export const rightsSubject = async (
  directory: Directory,
  clientId: string,
  employeeId: string,
): Promise<RightsSubject> => {
  while (directory.groupsOf.peek(employeeId) === undefined) await directory.groupsOf.get(employeeId)
  if (directory.employees.peek(employeeId) === undefined) await directory.employees.get(employeeId)
  return {
    clientId,
    employeeId,
    isMember: (groupId) => directory.groupsOf.peek(employeeId)?.has(groupId) ?? false,
    holds(permission: Permission) {
      const employee = directory.employees.peek(employeeId)
      return employee !== undefined && holds(employee, permission, undefined, undefined)
    },
  }
}
