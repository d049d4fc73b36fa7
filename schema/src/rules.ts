import type { ErrorKey } from './errors.ts'

interface ConditionEntry {
  /** Completes "Allowed when …". */
  readonly text: string
  /** What is answered when this is what was lacking. */
  readonly denied: ErrorKey
}

/**
 * What can be true of a caller and of what a request is about: the words that rules are made of. How each is found out is
 * in gateway/src/policies/conditions.ts, from what the gateway remembers, without a query.
 */
export const CONDITIONS = {
  'group.manage': { text: 'the caller holds `group.manage`', denied: 'forbidden' },
  'group.create': { text: 'the caller holds `group.create`', denied: 'forbidden' },
  'agent.manage': { text: 'the caller holds `agent.manage`', denied: 'forbidden' },

  'audit.read': { text: 'the caller holds `audit.read`', denied: 'forbidden' },
  'system.manage': { text: 'the caller holds `system.manage`', denied: 'forbidden' },
  'org.manage': { text: 'the caller holds `org.manage`, if only over one department', denied: 'forbidden' },

  is_self: { text: 'it is about the caller', denied: 'forbidden' },
  manages_employee: { text: 'the caller holds `org.manage` over the employee', denied: 'forbidden' },
  manages_agent: {
    text: 'the employee is an AI agent and the caller holds `agent.manage`',
    denied: 'forbidden',
  },
  covers_employee: { text: 'the caller holds everything the employee holds', denied: 'forbidden' },
  manages_place: { text: 'the caller holds `org.manage` over `department_id`', denied: 'forbidden' },
  creates_agent: { text: 'it is an AI agent', denied: 'forbidden' },
  manages_new_department: {
    text: 'the caller holds `org.manage` over `updates.department_id`',
    denied: 'forbidden',
  },
  covers_roles_given: { text: 'the caller holds everything the roles allow, as widely', denied: 'forbidden' },
  covers_roles_changed: {
    text: 'the caller holds everything that the roles given and taken away allow, as widely',
    denied: 'forbidden',
  },

  owns_session: { text: 'the session is one of the caller', denied: 'session_not_found' },
  manages_session_owner: {
    text: 'the caller holds `org.manage` over the owner of the session (`agent.manage` for an AI agent)',
    denied: 'session_not_found',
  },
  covers_session_owner: {
    text: 'the caller holds everything the owner of the session holds',
    denied: 'session_not_found',
  },

  manages_department: { text: 'the caller holds `org.manage` over `department_id`', denied: 'forbidden' },
  manages_parent: {
    text: 'the caller holds `org.manage` over `parent_id`, or everywhere when it is at the top',
    denied: 'forbidden',
  },

  members_may_create_groups: { text: 'the deployment lets everybody create groups', denied: 'forbidden' },
  own_groups_only: { text: 'it is about the groups of the caller', denied: 'forbidden' },
  in_private: { text: 'the conversation is a private one', denied: 'not_group_member' },
  own_conversation: { text: 'it is the own private conversation', denied: 'forbidden' },
  in_group: { text: 'the caller is a member of `group_id`', denied: 'not_group_member' },
  is_group_admin: { text: 'the caller is its owner or one of its admins', denied: 'not_group_admin' },
  is_group_owner: { text: 'the caller is its owner', denied: 'not_group_owner' },
  outranks_members: {
    text: 'none of those named is another admin, unless the caller is the owner',
    denied: 'not_group_owner',
  },
  sees_group_named: {
    text: 'no group is named, or one that the caller is in or manages',
    denied: 'not_group_member',
  },
  names_no_department: { text: 'no department is named', denied: 'forbidden' },
  names_no_group: { text: 'no group is named', denied: 'not_group_member' },
  sees_file: {
    text: 'the file is for the caller, for a private conversation of theirs, or for a group they are in now',
    denied: 'forbidden',
  },
  group_exists: { text: 'there is such a group', denied: 'group_not_found' },
} as const satisfies Record<string, ConditionEntry>
export type ConditionName = keyof typeof CONDITIONS

/**
 * Any of these, each of which asks for all of its conditions. Where none is met, the first one says why, unless a later
 * one failed for something else than its first condition: then the caller was the right one and the object was not.
 */
export type Alternatives = readonly (readonly ConditionName[])[]

interface RuleEntry {
  /** For the reference page. */
  readonly text: string
  readonly anyOf: Alternatives
}

/**
 * Who may call an action: one name for each rule, checked in one step that no action can skip. What is not allowed here is
 * denied.
 */
export const RULES = {
  connection: { text: 'Any connection; the action itself checks the credential', anyOf: [[]] },
  everyone: { text: 'Any employee with a session', anyOf: [[]] },
  self_or_org_manage: {
    text: 'The employee it is about, or `org.manage` over that employee',
    anyOf: [['is_self'], ['manages_employee'], ['manages_agent']],
  },
  credentials_manage: {
    text: 'The employee it is about, or `org.manage` over that employee by somebody who holds everything they hold',
    anyOf: [['is_self'], ['manages_employee', 'covers_employee'], ['manages_agent', 'covers_employee']],
  },
  session_owner_or_org_manage: {
    text: "The session's owner, or `org.manage` over that employee by somebody who holds everything they hold",
    anyOf: [['owns_session'], ['manages_session_owner', 'covers_session_owner']],
  },
  rights_view: {
    text: 'Everybody for themselves; `org.manage` over the employee (`agent.manage` for AI agents) for others',
    anyOf: [['is_self'], ['manages_employee', 'sees_group_named'], ['manages_agent', 'sees_group_named']],
  },
  employee_create: {
    text: '`org.manage` over the department; for AI agents `agent.manage` will do',
    anyOf: [['creates_agent', 'agent.manage'], ['manages_place']],
  },
  employee_update: {
    text: '`org.manage` over the employee (`agent.manage` for AI agents); everybody for themselves',
    anyOf: [['is_self'], ['manages_employee'], ['manages_agent']],
  },
  employee_manage: {
    text: '`org.manage` over the employee (`agent.manage` for AI agents) by somebody who holds everything they hold',
    anyOf: [
      ['manages_employee', 'covers_employee'],
      ['manages_agent', 'covers_employee'],
    ],
  },
  employee_import: {
    text: '`org.manage`, if only over a department; each row is judged like adding or changing that person alone',
    anyOf: [['org.manage']],
  },
  employee_export: {
    text: '`org.manage`, over the department where one is named',
    anyOf: [['manages_department'], ['names_no_department', 'org.manage']],
  },
  department_create: { text: '`org.manage` over the department above', anyOf: [['manages_parent']] },
  department_manage: { text: '`org.manage` over the department', anyOf: [['manages_department']] },
  group_create: {
    text: 'Whoever holds `group.create`',
    anyOf: [['members_may_create_groups'], ['group.create']],
  },
  group_list: {
    text: 'Any employee for their own groups; `group.manage` for all',
    anyOf: [['own_groups_only'], ['group.manage']],
  },
  group_view: {
    text: 'Members of the group, or `group.manage`',
    anyOf: [['in_group'], ['group.manage', 'group_exists']],
  },
  group_admin: {
    text: 'The owner or an admin of the group, or `group.manage`',
    anyOf: [
      ['in_group', 'is_group_admin'],
      ['group.manage', 'group_exists'],
    ],
  },
  group_ranked: {
    text: 'The owner of the group, an admin where no other admin is concerned, or `group.manage`',
    anyOf: [
      ['in_group', 'is_group_admin', 'outranks_members'],
      ['group.manage', 'group_exists'],
    ],
  },
  group_owner: {
    text: 'The owner of the group, or `group.manage`',
    anyOf: [
      ['in_group', 'is_group_owner'],
      ['group.manage', 'group_exists'],
    ],
  },
  group_member: { text: 'Members of the group', anyOf: [['in_group']] },
  agent_manage: { text: 'Whoever holds `agent.manage`', anyOf: [['agent.manage']] },
  agent_resume: {
    text: 'Members of the group, everybody for their own conversation with the agent, or `agent.manage`',
    anyOf: [['own_conversation'], ['in_group'], ['agent.manage']],
  },
  system_manage: { text: 'Whoever holds `system.manage`', anyOf: [['system.manage']] },
  audit_read: { text: 'Whoever holds `audit.read`', anyOf: [['audit.read']] },
  file_upload: {
    text: 'Any employee for themselves or another one; members for a group',
    anyOf: [['names_no_group'], ['in_group']],
  },
  file_read: {
    text: 'Oneself, the two of a private conversation, the members of a group: whom the file is for, by its key',
    anyOf: [['sees_file']],
  },
  conversation: {
    text: 'Any employee in a private conversation; members in a group',
    anyOf: [['in_private'], ['in_group']],
  },
} as const satisfies Record<string, RuleEntry>
export type RuleName = keyof typeof RULES
