import type { Group, GroupRole } from '@mchat/schema'
import type { ChatGroupTable } from '@mchat/schema/tables'
import { type Selectable, sql } from 'kysely'
import type { Db } from '../database.ts'
import { containing } from './text.ts'

export interface NewGroup {
  readonly group_id: string
  readonly name: string
  readonly description: string | null
  readonly avatar: string | null
  readonly creator_employee_id: string
  readonly now: Date
}

/** What is absent or undefined stays as it is. */
export interface GroupPatch {
  readonly name?: string | undefined
  readonly description?: string | null | undefined
  readonly avatar?: string | null | undefined
}

export interface GroupFilter {
  /** Whose role is shown. */
  readonly viewerId: string
  /** false: only groups that the viewer belongs to. */
  readonly all: boolean
  /** Part of the name or the id, in any case. */
  readonly query?: string | undefined
  /** Only groups that this employee belongs to, with the role there. */
  readonly memberId?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface GroupWithRole extends Group {
  /** The viewer's; null when not a member. */
  readonly role: GroupRole | null
}

export interface ListedGroup extends GroupWithRole {
  /** Of the member whose groups are listed. */
  readonly member_role?: GroupRole
}

type GroupRow = Selectable<ChatGroupTable> & { member_count: number }

/** Groups that exist: a dismissed one is found by nothing here, but its id stays taken. */
export const groups = {
  /** Counts the members: about a millisecond for 5,000 of them. */
  async find(db: Db, id: string): Promise<Group | undefined> {
    const row = await selectGroups(db).where('chat_group.group_id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : toGroup(row)
  },

  /**
   * As `find`, and keeps the group locked against other changes until the transaction ends. Whoever changes members takes
   * this lock first, so that limits and the owner are judged on what is really there.
   */
  async findForUpdate(db: Db, id: string): Promise<Group | undefined> {
    await db.selectFrom('chat_group').select('group_id').where('group_id', '=', id).forNoKeyUpdate().executeTakeFirst()
    return groups.find(db, id)
  },

  /** One page in the order of the ids. With `all`, `query` reads every group. */
  async list(db: Db, filter: GroupFilter): Promise<ListedGroup[]> {
    const { viewerId, query, memberId, after } = filter
    let select = selectGroups(db)
      .leftJoin('group_member as viewer', (join) =>
        join.onRef('viewer.group_id', '=', 'chat_group.group_id').on('viewer.employee_id', '=', viewerId),
      )
      .leftJoin('group_member as listed', (join) =>
        join.onRef('listed.group_id', '=', 'chat_group.group_id').on('listed.employee_id', '=', memberId ?? ''),
      )
      .select(['viewer.role', 'listed.role as member_role'])
      .orderBy('chat_group.group_id')
      .limit(filter.limit)
    if (!filter.all) select = select.where('viewer.role', 'is not', null)
    if (memberId !== undefined) select = select.where('listed.role', 'is not', null)
    if (after !== undefined) select = select.where('chat_group.group_id', '>', after)
    if (query !== undefined) {
      const pattern = containing(query)
      select = select.where((eb) =>
        eb.or([eb('chat_group.name', 'ilike', pattern), eb('chat_group.group_id', 'ilike', pattern)]),
      )
    }
    return (await select.execute()).map(({ member_role, role, ...row }) => ({
      ...toGroup(row),
      role,
      ...(member_role === null ? {} : { member_role }),
    }))
  },

  /** Adds a group without members. Rejects with `unique_violation` when the id is or was taken. */
  async insert(db: Db, group: NewGroup): Promise<Group> {
    const { now, ...values } = group
    const row = await db
      .insertInto('chat_group')
      .values({ ...values, created_at: now, updated_at: now })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toGroup({ ...row, member_count: 0 })
  },

  /** Rejects when there is no such group. */
  async update(db: Db, id: string, patch: GroupPatch, now: Date): Promise<Group> {
    await db
      .updateTable('chat_group')
      .set({ ...patch, updated_at: now })
      .where('group_id', '=', id)
      .where('dismissed_at', 'is', null)
      .returning('group_id')
      .executeTakeFirstOrThrow()
    return toGroup(await selectGroups(db).where('chat_group.group_id', '=', id).executeTakeFirstOrThrow())
  },

  /** Its members stay on record. false when there is no such group, or no more. */
  async dismiss(db: Db, id: string, now: Date): Promise<boolean> {
    const row = await db
      .updateTable('chat_group')
      .set({ dismissed_at: now, updated_at: now })
      .where('group_id', '=', id)
      .where('dismissed_at', 'is', null)
      .returning('group_id')
      .executeTakeFirst()
    return row !== undefined
  },
}

const selectGroups = (db: Db) =>
  db
    .selectFrom('chat_group')
    .selectAll('chat_group')
    .select(
      sql<number>`(select count(*)::int from group_member where group_member.group_id = chat_group.group_id)`.as(
        'member_count',
      ),
    )
    .where('chat_group.dismissed_at', 'is', null)

const toGroup = (row: GroupRow): Group => ({
  group_id: row.group_id,
  name: row.name,
  description: row.description,
  avatar: row.avatar,
  creator_employee_id: row.creator_employee_id,
  member_count: row.member_count,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})
