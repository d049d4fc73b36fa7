import { MChatError } from '@mchat/schema'
import { groups } from '../../db/repositories/groups.ts'
import { members } from '../../db/repositories/members.ts'
import type { Caller, ChangeContext } from '../../router/context.ts'
import type { LockedGroup } from '../joiners.ts'
import { may } from '../rights.ts'

/** The group and its members, locked until the transaction ends, with the rule of the action judged again by them. */
export const lockGroup = async (context: ChangeContext, groupId: string): Promise<LockedGroup> => {
  const { tx, caller } = context
  const group = await groups.findForUpdate(tx, groupId)
  if (group === undefined) {
    await context.judge({})
    throw absentGroup(caller)
  }
  const roles = new Map((await members.all(tx, groupId)).map((member) => [member.employee_id, member.role]))
  await context.judge({ group, members: roles })
  return { group, roles }
}

/** What is answered for a group that is not there: only those who may see every group learn that. */
export const absentGroup = (caller: Caller): MChatError =>
  new MChatError(may(caller.employee, 'group.manage') ? 'group_not_found' : 'not_group_member')
