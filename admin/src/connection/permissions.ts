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
}

export const permissionsOf = (grants: readonly RoleGrant[]): Permissions => {
  const all = [...grants, { role: 'member' as const }]
  const giving = (permission: Permission) =>
    all.filter(({ role }) => (ROLES[role] as readonly Permission[]).includes(permission))
  const isLimited = ({ department_id, role }: RoleGrant): boolean =>
    department_id !== undefined && SCOPED_ROLES.includes(role)
  return {
    has: (permission) => giving(permission).length > 0,
    hasEverywhere: (permission) => giving(permission).some((grant) => !isLimited(grant)),
    departmentsOf(permission) {
      const grants = giving(permission)
      if (grants.some((grant) => !isLimited(grant))) return []
      return grants.map(({ department_id }) => department_id ?? '')
    },
  }
}
