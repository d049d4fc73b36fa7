import type { Employee, ProfileEvent } from '@mchat/schema'
import type { EmployeeEntry } from '../../db/directory.ts'
import { seesEndpoints, withoutEndpoint } from './profile.ts'

/** An employee as this reader may see it. */
export const presentEmployee = (employee: Employee, reader: EmployeeEntry): Employee =>
  seesEndpoints(reader) ? employee : { ...employee, agent_profile: withoutEndpoint(employee.agent_profile) }

/** An employee as everybody may see it. */
export const publicProfile = ({ roles: _, ...employee }: Employee): ProfileEvent['profile'] => ({
  ...employee,
  agent_profile: withoutEndpoint(employee.agent_profile),
})
