import { type Group, type GroupRole, MChatError } from '@mchat/schema'
import { groups } from '../../db/repositories/groups.ts'
import { members } from '../../db/repositories/members.ts'
import type { Caller, ChangeContext } from '../../router/context.ts'
import { may } from '../rights.ts'

export interface LockedGroup {
  readonly group: Group
  readonly roles: ReadonlyMap<string, GroupRole>
  /** The caller's; undefined when not a member. */
  readonly ownRole: GroupRole | undefined
  /** Does the caller hold `group.manage`? */
  readonly managesGroups: boolean
}

const RANK: Record<GroupRole, number> = { member: 1, admin: 2, owner: 3 }

/**
 * The group and its members, locked until the transaction ends. The rule of the action was judged by what the gateway
 * remembered before the lock was got; a change that came between is noticed here.
 * @param least the role that is needed; for `admin` and `owner`, `group.manage` will do instead
 */
export const lockGroup = async (context: ChangeContext, groupId: string, least: GroupRole): Promise<LockedGroup> => {
  const { tx, caller } = context
  const group = await groups.findForUpdate(tx, groupId)
  const managesGroups = may(caller.employee, 'group.manage')
  const mayManage = managesGroups && least !== 'member'
  if (group === undefined) throw mayManage ? new MChatError('group_not_found') : new MChatError('not_group_member')
  const roles = new Map((await members.all(tx, groupId)).map((member) => [member.employee_id, member.role]))
  const ownRole = roles.get(caller.employeeId)
  if (mayManage || (ownRole !== undefined && RANK[ownRole] >= RANK[least])) {
    return { group, roles, ownRole, managesGroups }
  }
  if (ownRole === undefined) throw new MChatError('not_group_member')
  throw new MChatError(least === 'owner' ? 'not_group_owner' : 'not_group_admin')
}

/** What is answered for a group that is not there: only those who may see every group learn that. */
export const absentGroup = (caller: Caller): MChatError =>
  new MChatError(may(caller.employee, 'group.manage') ? 'group_not_found' : 'not_group_member')
