/** What a role allows (contract 6). A role without permissions still marks an employee, e.g. for a console. */
export const PERMISSIONS = [
  'org.manage',
  'group.manage',
  'group.create',
  'agent.manage',
  'audit.read',
  'system.manage',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ROLES = {
  owner: PERMISSIONS,
  admin: ['org.manage', 'group.manage', 'agent.manage', 'group.create', 'system.manage'],
  hr: ['org.manage'],
  agent_manager: ['agent.manage'],
  auditor: ['audit.read'],
  /** Everybody has it. `group.create` comes with it unless the deployment switches it off. */
  member: ['group.create'],
} as const satisfies Record<string, readonly Permission[]>
export type RoleName = keyof typeof ROLES
export const ROLE_NAMES = Object.keys(ROLES) as RoleName[]

/** Roles whose grant may be limited to a department and what is below it (contract 6). */
export const SCOPED_ROLES: readonly RoleName[] = ['hr']

/** A role as it is held: with `department_id`, only for that department and what is below it. */
export interface RoleGrant {
  readonly role: RoleName
  readonly department_id?: string
}
