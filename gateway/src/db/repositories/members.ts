import type { GroupMember, GroupRole } from '@mchat/schema'
import { sql } from 'kysely'
import type { Db } from '../database.ts'

export interface Membership {
  readonly employee_id: string
  readonly role: GroupRole
}

export interface MembershipOf {
  readonly group_id: string
  readonly name: string
  readonly role: GroupRole
}

export interface MemberFilter {
  readonly groupId: string
  /** The last employee_id of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * Who belongs to which group. Functions that take a group_id do not ask whether the group is dismissed (its members stay
 * on record); those that take employees count only groups that exist.
 */
export const members = {
  /** One page in the order of the employee_ids. */
  async page(db: Db, filter: MemberFilter): Promise<GroupMember[]> {
    let select = db
      .selectFrom('group_member')
      .innerJoin('employee', 'employee.employee_id', 'group_member.employee_id')
      .select([
        'group_member.employee_id',
        'employee.name',
        'employee.is_ai_agent',
        'group_member.role',
        'group_member.joined_at',
      ])
      .where('group_member.group_id', '=', filter.groupId)
      .orderBy('group_member.employee_id')
      .limit(filter.limit)
    if (filter.after !== undefined) select = select.where('group_member.employee_id', '>', filter.after)
    return (await select.execute()).map((row) => ({ ...row, joined_at: row.joined_at.toISOString() }))
  },

  /** Every member in the order of the ids: up to 5,000 rows. */
  async all(db: Db, groupId: string): Promise<Membership[]> {
    return db
      .selectFrom('group_member')
      .select(['employee_id', 'role'])
      .where('group_id', '=', groupId)
      .orderBy('employee_id')
      .execute()
  },

  /**
   * Adds those who are not in yet and answers their ids, sorted; who is in keeps their role. One statement for any number.
   * Rejects with `foreign_key_violation` for an unknown employee and with `unique_violation` for a second owner.
   */
  async add(db: Db, groupId: string, added: readonly Membership[], now: Date): Promise<string[]> {
    const { rows } = await sql<{ employee_id: string }>`
      insert into group_member (group_id, employee_id, role, joined_at)
      select ${groupId}, employee_id, role, ${now}::timestamptz
      from unnest(${added.map((member) => member.employee_id)}::text[], ${added.map((member) => member.role)}::text[])
        as added (employee_id, role)
      on conflict (group_id, employee_id) do nothing
      returning employee_id`.execute(db)
    return rows.map((row) => row.employee_id).sort()
  },

  /** Answers, sorted, the ids of those who were in. Removes an owner too: the caller has ruled that out. */
  async remove(db: Db, groupId: string, ids: readonly string[]): Promise<string[]> {
    const rows = await db
      .deleteFrom('group_member')
      .where('group_id', '=', groupId)
      .where('employee_id', '=', sql<string>`any(${ids}::text[])`)
      .returning('employee_id')
      .execute()
    return rows.map((row) => row.employee_id).sort()
  },

  /**
   * false when they are not a member. To hand a group over, make the old owner something else first: a second owner
   * rejects with `unique_violation`.
   */
  async setRole(db: Db, groupId: string, employeeId: string, role: GroupRole): Promise<boolean> {
    const row = await db
      .updateTable('group_member')
      .set({ role })
      .where('group_id', '=', groupId)
      .where('employee_id', '=', employeeId)
      .returning('employee_id')
      .executeTakeFirst()
    return row !== undefined
  },

  /** The groups of one employee in the order of the group_ids: up to 500 rows. */
  async groupsOf(db: Db, employeeId: string): Promise<MembershipOf[]> {
    return db
      .selectFrom('group_member')
      .innerJoin('chat_group', 'chat_group.group_id', 'group_member.group_id')
      .select(['group_member.group_id', 'chat_group.name', 'group_member.role'])
      .where('group_member.employee_id', '=', employeeId)
      .where('chat_group.dismissed_at', 'is', null)
      .orderBy('group_member.group_id')
      .execute()
  },

  /**
   * The group_ids, sorted, of these employees who are in one; in one query. @param employeeIds undefined: of everybody, over
   * all memberships, for tools that run once
   */
  async groupIdsOf(db: Db, employeeIds?: readonly string[]): Promise<Map<string, string[]>> {
    let select = db
      .selectFrom('group_member')
      .innerJoin('chat_group', 'chat_group.group_id', 'group_member.group_id')
      .select(['group_member.employee_id', 'group_member.group_id'])
      .where('chat_group.dismissed_at', 'is', null)
      .orderBy('group_member.group_id')
    if (employeeIds !== undefined) {
      select = select.where('group_member.employee_id', '=', sql<string>`any(${employeeIds}::text[])`)
    }
    const rows = await select.execute()
    const groups = new Map<string, string[]>()
    for (const { employee_id, group_id } of rows) {
      const known = groups.get(employee_id)
      if (known === undefined) groups.set(employee_id, [group_id])
      else known.push(group_id)
    }
    return groups
  },

  /** How many groups each of them is in; every id that was asked for is in the map. */
  async countGroupsOf(db: Db, ids: readonly string[]): Promise<Map<string, number>> {
    const rows = await db
      .selectFrom('group_member')
      .innerJoin('chat_group', 'chat_group.group_id', 'group_member.group_id')
      .select(['group_member.employee_id', sql<number>`count(*)::int`.as('groups')])
      .where('group_member.employee_id', '=', sql<string>`any(${ids}::text[])`)
      .where('chat_group.dismissed_at', 'is', null)
      .groupBy('group_member.employee_id')
      .execute()
    const counts = new Map(ids.map((id) => [id, 0]))
    for (const row of rows) counts.set(row.employee_id, row.groups)
    return counts
  },

  async count(db: Db, groupId: string): Promise<number> {
    const row = await db
      .selectFrom('group_member')
      .select(sql<number>`count(*)::int`.as('members'))
      .where('group_id', '=', groupId)
      .executeTakeFirstOrThrow()
    return row.members
  },
}
