import type { Employee, InputOf } from '@mchat/schema'
import type { EmployeeEntry } from '../../db/directory.ts'
import { forbiddenFields, managesPlace, may, type Parents } from '../rights.ts'
import { coversGrants, differingGrants } from '../role-grants.ts'
import { CHANGEABLE_FIELDS, type ChangeableField } from './differences.ts'
import { seesEndpoints } from './profile.ts'

const OWN_FIELDS: ReadonlySet<ChangeableField> = new Set(['name', 'skills_badge'])

/**
 * The rule of the action has let the caller through to this employee; which fields they may set is decided here.
 * @throws MChatError `field_forbidden` naming every field that is not theirs to set
 */
export const requireUpdateRights = (
  caller: EmployeeEntry,
  before: Employee,
  updates: InputOf<'employee.update'>['updates'],
  after: Employee,
  parents: Parents,
): void => {
  const managesAgents = before.is_ai_agent && may(caller, 'agent.manage')
  const managesOrg = managesPlace(caller, parents, before.department_id)
  const isSelf = caller.employeeId === before.employee_id

  const maySet = (field: ChangeableField): boolean => {
    switch (field) {
      case 'status':
        return (managesAgents || managesOrg) && (isSelf || coversGrants(caller, before.roles, parents))
      case 'roles':
        return managesOrg && coversGrants(caller, differingGrants(before.roles, after.roles), parents)
      case 'department_id':
        return managesAgents || (managesOrg && managesPlace(caller, parents, after.department_id))
      default:
        return managesAgents || managesOrg || (isSelf && OWN_FIELDS.has(field))
    }
  }
  const forbidden = CHANGEABLE_FIELDS.filter((field) => updates[field] !== undefined && !maySet(field)).map(
    (field) => `updates.${field}`,
  )
  if (updates.agent_profile?.webhook_endpoint !== undefined && !seesEndpoints(caller)) {
    forbidden.push('updates.agent_profile.webhook_endpoint')
  }
  if (forbidden.length > 0) throw forbiddenFields(forbidden)
}
