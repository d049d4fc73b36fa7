import type { Permission, Topics } from '@mchat/schema'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/database.ts'
import { holds } from '../../db/directory.ts'
import { credentials, type DeviceRow } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import { members } from '../../db/repositories/members.ts'
import { type Acl, employeeAcls } from './acl.ts'

/** What the broker is to know of an employee. */
export interface Wanted {
  readonly employeeId: string
  readonly active: boolean
  /** None of somebody who is not active. */
  readonly acls: readonly Acl[]
  readonly devices: readonly DeviceRow[]
}

/** As the database says it now, in a fixed number of queries for however many they are. */
export const readWanted = async (
  db: Db,
  employeeIds: readonly string[],
  topics: Topics,
  groupDelivery: Config['groupDelivery'],
): Promise<Wanted[]> => {
  const found = await employees.findMany(db, employeeIds)
  const groups = groupDelivery === 'topic' ? await members.groupIdsOf(db, employeeIds) : new Map<string, string[]>()
  const devices = Map.groupBy(await credentials.devices(db, employeeIds), (device) => device.employee_id)
  return employeeIds.map((employeeId) => {
    const employee = found.get(employeeId)
    const active = employee?.status === 'active'
    const subject = {
      employeeId,
      groupIds: groups.get(employeeId) ?? [],
      holds: (permission: Permission) =>
        employee !== undefined && holds({ roles: employee.roles }, permission, undefined, undefined),
    }
    return {
      employeeId,
      active,
      acls: active ? employeeAcls(topics, subject) : [],
      devices: devices.get(employeeId) ?? [],
    }
  })
}
