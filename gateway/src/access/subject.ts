import type { Permission, RightsSubject } from '@mchat/schema'
import type { Config } from '../config.ts'
import { type Directory, holds } from '../db/directory.ts'

export interface SubjectSource {
  readonly directory: Directory
  readonly groupDelivery: Config['groupDelivery']
}

/**
 * The rights of a client as the directory knows them at this moment; undefined when its session is over or its employee
 * is not active, and it has none. Loads what is missing first and then answers without an await, so that a change
 * committed meanwhile cannot slip in between looking and deciding.
 */
export const rightsSubject = async (
  { directory, groupDelivery }: SubjectSource,
  clientId: string,
  employeeId: string,
): Promise<RightsSubject | undefined> => {
  for (;;) {
    const employee = directory.employees.peek(employeeId)
    const session = directory.sessions.peek(clientId)
    const groupIds = directory.groupsOf.peek(employeeId)
    if (employee !== undefined && session !== undefined && groupIds !== undefined) {
      if (!employee.active || session.endReason !== null) return undefined
      break
    }
    const found = [
      employee ?? (await directory.employees.get(employeeId)),
      session ?? (await directory.sessions.get(clientId)),
      groupIds ?? (await directory.groupsOf.get(employeeId)),
    ]
    if (found.includes(undefined)) return undefined
  }
  return {
    clientId,
    employeeId,
    // By inbox there is nothing on the topics of groups, so that nobody needs a right to them.
    isMember: (groupId) => groupDelivery === 'topic' && (directory.groupsOf.peek(employeeId)?.has(groupId) ?? false),
    holds(permission: Permission) {
      const employee = directory.employees.peek(employeeId)
      return employee !== undefined && holds(employee, permission, undefined, undefined)
    },
  }
}
