import type { OutputOf } from '@mchat/sdk'
import type { Permissions } from '../../connection/permissions.ts'

type Role = OutputOf<'group.get'>['role']

/** What somebody is offered in a group; the rules are the gateway's (schema/src/rules.ts: group_admin, group_ranked, group_owner). */
export interface GroupRights {
  readonly mayEdit: boolean
  readonly mayOwn: boolean
  readonly mayLeave: boolean
  /** Remove a member of this role, or change what they are. */
  mayChange(role: NonNullable<Role>): boolean
}

export const groupRights = (role: Role, permissions: Permissions): GroupRights => {
  const manages = permissions.has('group.manage')
  const mayOwn = manages || role === 'owner'
  const mayEdit = mayOwn || role === 'admin'
  return {
    mayEdit,
    mayOwn,
    mayLeave: role === 'admin' || role === 'member',
    mayChange: (of) => of !== 'owner' && (of === 'admin' ? mayOwn : mayEdit),
  }
}
