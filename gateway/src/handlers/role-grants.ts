import {
  type Employee,
  invalidField,
  MChatError,
  type Permission,
  ROLES,
  type RoleGrant,
  SCOPED_ROLES,
} from '@mchat/schema'
import { type EmployeeEntry, holds } from '../db/directory.ts'
import { notFound, type Parents } from './rights.ts'

type Grants = Employee['roles']

/** The grants as they are kept: in order, each once, without `member`, which everybody has anyway. */
export const normaliseGrants = (grants: Grants): Grants => {
  const kept = grants.filter((grant) => grant.role !== 'member')
  const byKey = new Map(kept.map((grant) => [keyOf(grant), grant]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant)
}

/** @throws MChatError for a limit where the role takes none, or to a department that is not there */
export const checkGrants = (grants: Grants, parents: Parents, field: string): void => {
  grants.forEach(({ role, department_id }, i) => {
    if (department_id === undefined) return
    const name = `${field}[${i}].department_id`
    if (!SCOPED_ROLES.includes(role)) throw invalidField(name, 'unscoped', `${role} cannot be limited to a department`)
    if (!parents.has(department_id)) throw notFound('department_not_found', name)
  })
}

/** Nobody grants, takes away or acts for what they do not have themselves, at least as widely. */
export const coversGrants = (employee: EmployeeEntry, grants: readonly RoleGrant[], parents: Parents): boolean =>
  grants.every((grant) => {
    const permissions: readonly Permission[] = ROLES[grant.role]
    return permissions.every((permission) => holds(employee, permission, parents, grant.department_id ?? null))
  })

/** The grants that are in one of the two only. */
export const differingGrants = (before: Grants, after: Grants): Grants => {
  const inBoth = new Set(before.map(keyOf)).intersection(new Set(after.map(keyOf)))
  return [...before, ...after].filter((grant) => !inBoth.has(keyOf(grant)))
}

export const isActiveOwner = (employee: Employee): boolean =>
  employee.status === 'active' && employee.roles.some((grant) => grant.role === 'owner')

/**
 * Whoever gets the credential of somebody more powerful, or shuts them out, would have more power than was granted.
 * @throws MChatError `forbidden` unless the caller holds everything the target holds
 */
export const requireCovers = (caller: EmployeeEntry, target: Employee, parents: Parents): void => {
  if (caller.employeeId === target.employee_id) return
  if (!coversGrants(caller, target.roles, parents)) throw new MChatError('forbidden')
}

const keyOf = (grant: RoleGrant): string => `${grant.role} ${grant.department_id ?? ''}`
