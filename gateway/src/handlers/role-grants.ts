import { type Employee, invalidField, SCOPED_ROLES } from '@mchat/schema'
import type { Parents } from '../policies/facts.ts'
import type { Grants } from '../policies/grants.ts'
import { notFound } from './rights.ts'

/** @throws MChatError for a limit where the role takes none, or to a department that is not there */
export const checkGrants = (grants: Grants, parents: Parents, field: string): void => {
  grants.forEach(({ role, department_id }, i) => {
    if (department_id === undefined) return
    const name = `${field}[${i}].department_id`
    if (!SCOPED_ROLES.includes(role)) throw invalidField(name, 'unscoped', `${role} cannot be limited to a department`)
    if (!parents.has(department_id)) throw notFound('department_not_found', name)
  })
}

export const isActiveOwner = (employee: Employee): boolean =>
  employee.status === 'active' && employee.roles.some((grant) => grant.role === 'owner')
