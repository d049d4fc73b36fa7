import { type Permission, ROLES, type RoleGrant, SCOPED_ROLES } from '@mchat/schema/roles'

/**
 * What somebody may do, as far as it can be known without asking: what they may not is not offered to them. The gateway
 * decides by itself whatever is shown here.
 */
export interface Permissions {
  /** Everywhere, or at least somewhere. */
  has(permission: Permission): boolean
  hasEverywhere(permission: Permission): boolean
  /** Departments that a permission is limited to, with what is below them; empty when it is held everywhere or nowhere. */
  departmentsOf(permission: Permission): readonly string[]
  /** @param departmentId null: at the top, or in no department, which only an unlimited grant reaches */
  hasIn(permission: Permission, departmentId: string | null, isWithin: IsWithin): boolean
  /** Is whatever these grants allow held, at least as widely? */
  covers(grants: readonly RoleGrant[], isWithin: IsWithin): boolean
}

/** Is a department the other one, or below it? */
export type IsWithin = (departmentId: string, root: string) => boolean

export const permissionsOf = (grants: readonly RoleGrant[]): Permissions => {
  const all = [...grants, { role: 'member' as const }]
  const giving = (permission: Permission) =>
    all.filter(({ role }) => (ROLES[role] as readonly Permission[]).includes(permission))
  const isLimited = ({ department_id, role }: RoleGrant): boolean =>
    department_id !== undefined && SCOPED_ROLES.includes(role)
  const hasIn = (permission: Permission, departmentId: string | null, isWithin: IsWithin): boolean =>
    giving(permission).some(
      (grant) => !isLimited(grant) || (departmentId !== null && isWithin(departmentId, grant.department_id ?? '')),
    )
  return {
    hasIn,
    covers: (grants, isWithin) =>
      grants.every(({ department_id, role }) =>
        ROLES[role].every((permission) => hasIn(permission, department_id ?? null, isWithin)),
      ),
    has: (permission) => giving(permission).length > 0,
    hasEverywhere: (permission) => giving(permission).some((grant) => !isLimited(grant)),
    departmentsOf(permission) {
      const grants = giving(permission)
      if (grants.some((grant) => !isLimited(grant))) return []
      return grants.map(({ department_id }) => department_id ?? '')
    },
  }
}
