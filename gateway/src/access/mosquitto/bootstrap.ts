import type { Permission, Topics } from '@mchat/schema'
import type { Config } from '../../config.ts'
import type { Database } from '../../db/database.ts'
import { holds } from '../../db/directory.ts'
import { credentials } from '../../db/repositories/credentials.ts'
import { employees } from '../../db/repositories/employees.ts'
import { members } from '../../db/repositories/members.ts'
import { isShutOut } from '../shut-out.ts'
import type { TokenOf } from '../tokens.ts'
import { deviceAcls, employeeAcls } from './acl.ts'
import type { DynsecClient, DynsecRole } from './configuration.ts'
import { deviceRole, employeeRole } from './names.ts'

/**
 * Everybody who may connect now, for the file a new broker starts with: ten thousand employees by commands would take
 * most of an hour.
 */
export const readOrganisation = async (
  database: Database,
  topics: Topics,
  tokenOf: TokenOf,
  groupDelivery: Config['groupDelivery'],
): Promise<{ readonly clients: readonly DynsecClient[]; readonly roles: readonly DynsecRole[] }> => {
  const db = database.kysely
  const groups = groupDelivery === 'topic' ? await members.groupIdsOf(db) : new Map<string, string[]>()
  const clients: DynsecClient[] = []
  const roles: DynsecRole[] = []
  const active = new Set<string>()
  for await (const employee of employees.allActive(db)) {
    const employeeId = employee.employee_id
    active.add(employeeId)
    const subject = {
      employeeId,
      groupIds: groups.get(employeeId) ?? [],
      holds: (permission: Permission) => holds({ roles: employee.roles }, permission, undefined, undefined),
    }
    roles.push({ rolename: employeeRole(topics, employeeId), acls: employeeAcls(topics, subject) })
  }
  for (const device of await credentials.devices(db)) {
    if (!active.has(device.employee_id) || isShutOut(device, device)) continue
    const { client_id: clientId } = device
    roles.push({ rolename: deviceRole(topics, clientId), acls: deviceAcls(topics, clientId) })
    clients.push({
      username: clientId,
      clientId,
      password: tokenOf(device.credential_id),
      roles: [deviceRole(topics, clientId), employeeRole(topics, device.employee_id)],
    })
  }
  return { clients, roles }
}
