import Type from 'typebox'
import { defineAction } from '../action.ts'
import {
  Avatar,
  CHALLENGE_FIELDS,
  Cursor,
  Description,
  Group,
  GroupMember,
  GroupRole,
  Limit,
  Name,
  NextCursor,
  Timestamp,
} from '../entities.ts'
import { EmployeeId, GroupId } from '../id-fields.ts'
import { LIMITS } from '../limits.ts'

const MemberIds = Type.Array(EmployeeId, { minItems: 1, maxItems: LIMITS.jsonElements, uniqueItems: true })
const GroupWithRole = Type.Object({ ...Group.properties, role: Type.Union([GroupRole, Type.Null()]) })

export const groupActions = {
  'group.create': defineAction({
    summary: 'Creates a group; the caller owns it and is a member. Every member hears `group_created`.',
    input: Type.Object({
      group_id: Type.Optional(GroupId),
      name: Name,
      member_ids: Type.Array(EmployeeId, { maxItems: LIMITS.jsonElements, uniqueItems: true }),
      opts: Type.Optional(Type.Object({ description: Type.Optional(Description), avatar: Type.Optional(Avatar) })),
    }),
    output: Type.Object({
      group_id: GroupId,
      name: Name,
      member_ids: Type.Array(EmployeeId),
      created_at: Timestamp,
    }),
    rule: 'group_create',
    kind: 'change',
    errors: ['id_taken', 'employee_not_found', 'group_full', 'too_many_groups', 'revocation_pending'],
    audited: ['group_id', 'name', 'member_ids'],
    target: 'group_id',
  }),
  'group.update': defineAction({
    summary: 'Changes name, description or avatar of a group.',
    input: Type.Object({
      group_id: GroupId,
      name: Type.Optional(Name),
      description: Type.Optional(Type.Union([Description, Type.Null()])),
      avatar: Type.Optional(Type.Union([Avatar, Type.Null()])),
    }),
    output: Group,
    rule: 'group_admin',
    kind: 'change',
    errors: [],
    audited: ['group_id', 'name'],
    target: 'group_id',
  }),
  'group.get': defineAction({
    summary: 'One group, and the role of the caller in it.',
    input: Type.Object({ group_id: GroupId }),
    output: GroupWithRole,
    rule: 'group_view',
    kind: 'read',
    errors: [],
  }),
  'group.list': defineAction({
    summary: "The caller's groups, or with `all` every group, in the order of their ids.",
    input: Type.Object({
      all: Type.Optional(Type.Boolean()),
      query: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      member_id: Type.Optional({ ...EmployeeId, description: 'Only groups that this employee is in, too' }),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Limit),
    }),
    output: Type.Object({
      groups: Type.Array(
        Type.Object({
          ...GroupWithRole.properties,
          member_role: Type.Optional({ ...GroupRole, description: 'Of `member_id`' }),
        }),
      ),
      next_cursor: NextCursor,
    }),
    rule: 'group_list',
    kind: 'read',
    errors: [],
  }),
  'group.member_list': defineAction({
    summary: 'The members of a group in the order of their ids.',
    input: Type.Object({ group_id: GroupId, cursor: Type.Optional(Cursor), limit: Type.Optional(Limit) }),
    output: Type.Object({ members: Type.Array(GroupMember), next_cursor: NextCursor }),
    rule: 'group_view',
    kind: 'read',
    errors: [],
  }),
  'group.member_add': defineAction({
    summary: 'Adds members; those who are already in are left as they are.',
    input: Type.Object({ group_id: GroupId, member_ids: MemberIds }),
    output: Type.Object({
      group_id: GroupId,
      added_ids: Type.Array(EmployeeId),
      current_member_count: Type.Integer(),
    }),
    rule: 'group_admin',
    kind: 'change',
    errors: ['employee_not_found', 'group_full', 'too_many_groups', 'revocation_pending'],
    audited: ['group_id', 'member_ids'],
    target: 'group_id',
  }),
  'group.member_remove': defineAction({
    summary: 'Removes members; once answered, nothing published later reaches them.',
    input: Type.Object({ group_id: GroupId, member_ids: MemberIds }),
    output: Type.Object({
      group_id: GroupId,
      removed_ids: Type.Array(EmployeeId),
      current_member_count: Type.Integer(),
    }),
    rule: 'group_ranked',
    kind: 'change',
    errors: ['group_owner_must_transfer', 'revocation_pending'],
    audited: ['group_id', 'member_ids'],
    target: 'group_id',
  }),
  'group.leave': defineAction({
    summary: 'Leaves a group. The owner hands it over first.',
    input: Type.Object({ group_id: GroupId }),
    output: Type.Object({ group_id: GroupId }),
    rule: 'group_member',
    kind: 'change',
    errors: ['group_owner_must_transfer', 'revocation_pending'],
    audited: ['group_id'],
    target: 'group_id',
  }),
  'group.set_role': defineAction({
    summary: 'Makes a member an admin of the group, or an ordinary member again; another admin only by the owner.',
    input: Type.Object({
      group_id: GroupId,
      employee_id: EmployeeId,
      role: Type.Union([Type.Literal('admin'), Type.Literal('member')]),
    }),
    output: Type.Object({ group_id: GroupId, employee_id: EmployeeId, role: GroupRole }),
    rule: 'group_ranked',
    kind: 'change',
    errors: ['member_not_found', 'group_owner_must_transfer'],
    audited: ['group_id', 'employee_id', 'role'],
    target: 'group_id',
  }),
  'group.transfer': defineAction({
    summary: 'Hands the group over to another member; the old owner stays as an admin.',
    input: Type.Object({ group_id: GroupId, employee_id: EmployeeId }),
    output: Type.Object({ group_id: GroupId, owner_id: EmployeeId, previous_owner_id: EmployeeId }),
    rule: 'group_owner',
    kind: 'change',
    errors: ['member_not_found'],
    audited: ['group_id', 'employee_id'],
    target: 'group_id',
  }),
  'group.dismiss': defineAction({
    summary: 'Dissolves a group; every member hears `group_dismissed`, nothing can be sent to it any more.',
    input: Type.Object({ group_id: GroupId, ...CHALLENGE_FIELDS }),
    output: Type.Object({ group_id: GroupId, dismissed_at: Timestamp }),
    rule: 'group_owner',
    kind: 'change',
    errors: ['revocation_pending'],
    sensitive: 'always',
    audited: ['group_id', 'challenge_id'],
    target: 'group_id',
  }),
}
