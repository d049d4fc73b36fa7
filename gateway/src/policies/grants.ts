import type { Employee, RoleGrant } from '@mchat/schema'

export type Grants = Employee['roles']

/** The grants as they are kept: in order, each once, without `member`, which everybody has anyway. */
export const normaliseGrants = (grants: Grants): Grants => {
  const kept = grants.filter((grant) => grant.role !== 'member')
  const byKey = new Map(kept.map((grant) => [keyOf(grant), grant]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, grant]) => grant)
}

/** The grants that are in one of the two only. */
export const differingGrants = (before: readonly RoleGrant[], after: readonly RoleGrant[]): readonly RoleGrant[] => {
  const inBoth = new Set(before.map(keyOf)).intersection(new Set(after.map(keyOf)))
  return [...before, ...after].filter((grant) => !inBoth.has(keyOf(grant)))
}

const keyOf = (grant: RoleGrant): string => `${grant.role} ${grant.department_id ?? ''}`
