import { ACTIONS, type AgentProfile, type FieldError, MChatError } from '@mchat/schema'
import { groups } from '../../db/repositories/groups.ts'
import { members } from '../../db/repositories/members.ts'
import { authorise } from '../../policies/authorise.ts'
import { lockedFacts } from '../../policies/facts.ts'
import type { ChangeContext } from '../../router/context.ts'
import { join, type LockedGroup } from '../joiners.ts'

/** A group that an agent is to join, locked. */
export interface GroupToJoin extends LockedGroup {
  /** Where it is named. */
  readonly field: string
}

/**
 * Locks the groups that a profile newly lists, for before the employee is locked, as `lockGroupsOf` does. Those listed before
 * are left as they are: whoever was removed from a group since does not come back by a change of something else.
 * @throws MChatError for those that the caller could not add the agent to: `field_forbidden`; `group_not_found` where the
 *   caller may see every group
 */
export const lockGroupsToJoin = async (
  context: ChangeContext,
  profile: AgentProfile | undefined,
  before: AgentProfile | null,
  path: string,
): Promise<readonly GroupToJoin[]> => {
  const { tx } = context
  const known = new Set(before?.auto_join_groups)
  const listed = (profile?.auto_join_groups ?? []).map(
    (groupId, i) => [groupId, `${path}.auto_join_groups[${i}]`] as const,
  )
  const found: GroupToJoin[] = []
  const forbidden: FieldError[] = []
  const absent: FieldError[] = []
  for (const [groupId, field] of listed.filter(([id]) => !known.has(id)).sort(byGroup)) {
    const group = await groups.findForUpdate(tx, groupId)
    const roles = new Map((await members.all(tx, groupId)).map((member) => [member.employee_id, member.role]))
    const refusal = await refusalOf(context, groupId, group === undefined ? {} : { group, members: roles })
    if (refusal?.key === 'group_not_found') absent.push({ field, rule: 'exists', message: 'There is no such one.' })
    else if (refusal !== undefined)
      forbidden.push({ field, rule: refusal.key, message: 'You may not add members to it.' })
    else if (group !== undefined) found.push({ group, roles, field })
  }
  if (forbidden.length > 0) throw new MChatError('field_forbidden', { fields: forbidden })
  if (absent.length > 0) throw new MChatError('group_not_found', { fields: absent })
  return found
}

/** With the notices and effects of `group.member_add`. The employee is there, and locked. */
export const joinGroups = async (
  context: ChangeContext,
  employeeId: string,
  toJoin: readonly GroupToJoin[],
): Promise<void> => {
  for (const { field, ...locked } of toJoin) {
    if (locked.roles.has(employeeId)) continue
    try {
      await join(context, locked, new Map([[employeeId, field]]))
    } catch (error) {
      if (!(error instanceof MChatError) || error.key !== 'group_full') throw error
      throw new MChatError('group_full', { fields: [{ field, rule: 'groupMembers', message: 'is full' }] })
    }
  }
}

type Locked = Parameters<typeof lockedFacts>[1]

/** Why the caller could not add members to the group. */
const refusalOf = async (
  { caller, config, tx }: ChangeContext,
  groupId: string,
  locked: Locked,
): Promise<MChatError | undefined> => {
  const { membersMayCreateGroups } = config
  const facts = lockedFacts(tx, locked)
  try {
    const input = { group_id: groupId }
    await authorise(ACTIONS['group.member_add'], { employee: caller.employee, facts, membersMayCreateGroups }, input)
    return undefined
  } catch (error) {
    if (error instanceof MChatError) return error
    throw error
  }
}

const byGroup = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1)
