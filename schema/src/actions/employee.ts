import Type from 'typebox'
import { defineAction } from '../action.ts'
import { AgentProfile, PRIVATE_PROFILE_FIELDS } from '../agent-profile.ts'
import { EMPLOYEE_COLUMNS } from '../employee-columns.ts'
import { EmployeeRow } from '../employee-row.ts'
import {
  CHALLENGE_FIELDS,
  Cursor,
  Employee,
  EmployeeStatus,
  ExpiresInDays,
  Limit,
  MqttConnection,
  Name,
  NextCursor,
  Roles,
  SkillsBadge,
  Timestamp,
} from '../entities.ts'
import { FieldError } from '../envelope.ts'
import { ClientId, DepartmentId, EmployeeId } from '../id-fields.ts'
import { ID_PATTERN } from '../ids.ts'
import { LIMITS } from '../limits.ts'
import { ROLE_NAMES } from '../roles.ts'

/** All of a profile but what may hold a secret. */
const profileFields = (path: string): string[] =>
  Object.keys(AgentProfile.properties)
    .filter((name) => !PRIVATE_PROFILE_FIELDS.includes(name))
    .map((name) => `${path}.${name}`)

/** Of `auto_join_groups`: as `group.member_add`, but naming the field. */
const AUTO_JOIN_ERRORS = ['group_not_found', 'group_full', 'too_many_groups'] as const

export const employeeActions = {
  'employee.create': defineAction({
    summary: 'Adds a person or an AI agent and answers how to connect; the password is in the first answer only.',
    input: Type.Object({
      employee_id: Type.Optional(EmployeeId),
      name: Name,
      is_ai_agent: Type.Optional(Type.Boolean()),
      department_id: Type.Optional(DepartmentId),
      manager_id: Type.Optional(EmployeeId),
      agent_profile: Type.Optional(AgentProfile),
      skills_badge: Type.Optional(SkillsBadge),
      roles: Type.Optional(Roles),
    }),
    output: Type.Object({
      employee_id: EmployeeId,
      name: Name,
      created_at: Timestamp,
      mqtt_connection: MqttConnection,
      webhook_secret: Type.Optional(
        Type.String({ description: 'Of an agent behind a webhook: what its calls are signed with, shown once' }),
      ),
    }),
    rule: 'employee_create',
    fields: {
      roles: [['manages_place', 'covers_roles_given']],
      'agent_profile.webhook_endpoint': [['agent.manage']],
      'agent_profile.system_prompt': [['agent.manage']],
    },
    kind: 'change',
    errors: ['id_taken', 'department_not_found', 'employee_not_found', ...AUTO_JOIN_ERRORS, 'revocation_pending'],
    audited: [
      'employee_id',
      'name',
      'is_ai_agent',
      'department_id',
      'manager_id',
      'skills_badge',
      'roles',
      ...profileFields('agent_profile'),
    ],
    target: 'employee_id',
    secrets: ['mqtt_connection.mqtt_password', 'webhook_secret'],
  }),
  'employee.update': defineAction({
    summary: 'Changes an employee. Setting `status` to `disabled` ends everything of theirs at once.',
    input: Type.Object({
      employee_id: EmployeeId,
      updates: Type.Object(
        {
          name: Type.Optional(Name),
          department_id: Type.Optional(Type.Union([DepartmentId, Type.Null()])),
          manager_id: Type.Optional(Type.Union([EmployeeId, Type.Null()])),
          agent_profile: Type.Optional(AgentProfile),
          skills_badge: Type.Optional(SkillsBadge),
          status: Type.Optional(EmployeeStatus),
          roles: Type.Optional(Roles),
        },
        {
          minProperties: 1,
          description:
            '`agent_profile` is replaced as a whole, but a `webhook_endpoint` left out by somebody who may not see it stays. ' +
            '`status: disabled` also revokes every credential: after `active` again, `employee.reset_credentials` makes a new one.',
        },
      ),
      if_version: Type.Optional(Type.Integer({ minimum: 0 })),
      ...CHALLENGE_FIELDS,
    }),
    output: Employee,
    rule: 'employee_update',
    fields: {
      'updates.name': [['is_self'], ['manages_employee'], ['manages_agent']],
      'updates.department_id': [['manages_employee', 'manages_new_department'], ['manages_agent']],
      'updates.manager_id': [['manages_employee'], ['manages_agent']],
      'updates.agent_profile': [['manages_employee'], ['manages_agent']],
      'updates.agent_profile.webhook_endpoint': [['agent.manage']],
      'updates.agent_profile.system_prompt': [['agent.manage']],
      'updates.skills_badge': [['is_self'], ['manages_employee'], ['manages_agent']],
      'updates.status': [
        ['manages_employee', 'covers_employee'],
        ['manages_agent', 'covers_employee'],
      ],
      'updates.roles': [['manages_employee', 'covers_roles_changed']],
    },
    kind: 'change',
    errors: [
      'employee_not_found',
      'department_not_found',
      'version_conflict',
      'manager_cycle',
      'last_owner',
      ...AUTO_JOIN_ERRORS,
      'revocation_pending',
    ],
    sensitive: { fields: ['updates.status', 'updates.roles'] },
    audited: [
      'employee_id',
      'updates.name',
      'updates.department_id',
      'updates.manager_id',
      'updates.skills_badge',
      'updates.status',
      'updates.roles',
      'if_version',
      'challenge_id',
      ...profileFields('updates.agent_profile'),
    ],
    target: 'employee_id',
  }),
  'employee.get': defineAction({
    summary: 'One employee.',
    input: Type.Object({ employee_id: EmployeeId }),
    output: Employee,
    rule: 'everyone',
    kind: 'read',
    errors: ['employee_not_found'],
  }),
  'employee.list': defineAction({
    summary: 'Employees in the order of their ids: all, or those of a department, with a role, or matching a text.',
    input: Type.Object({
      department_id: Type.Optional(DepartmentId),
      query: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
      role: Type.Optional({ ...Type.Enum(ROLE_NAMES), description: 'Those who were granted it' }),
      is_ai_agent: Type.Optional(Type.Boolean({ description: 'Only AI agents, or only people' })),
      include_disabled: Type.Optional(Type.Boolean()),
      status: Type.Optional({
        ...EmployeeStatus,
        description: 'Only those who have it, whatever `include_disabled` says',
      }),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(Limit),
    }),
    output: Type.Object({ employees: Type.Array(Employee), next_cursor: NextCursor }),
    rule: 'everyone',
    kind: 'read',
    errors: ['department_not_found'],
  }),
  'employee.delete': defineAction({
    summary:
      'Disables an employee who leaves: sessions end, credentials stop working, groups are left. Groups they own and people who report to them are handed over. Made active again by employee.update, they come back without any of these.',
    input: Type.Object({
      employee_id: EmployeeId,
      hand_over_to: Type.Optional(
        Type.String({
          pattern: ID_PATTERN,
          description:
            'Who gets the groups they own and is in, and of the people who report to them those whom the caller manages. Default, and for the others: the longest-serving admin or member of each group, and their manager',
        }),
      ),
      ...CHALLENGE_FIELDS,
    }),
    output: Type.Object({
      employee_id: EmployeeId,
      left_group_ids: Type.Array(Type.String()),
      report_ids: Type.Array(Type.String(), { description: 'Those who have another manager now' }),
    }),
    rule: 'employee_manage',
    kind: 'change',
    errors: ['employee_not_found', 'last_owner', 'revocation_pending'],
    sensitive: 'always',
    audited: ['employee_id', 'hand_over_to', 'challenge_id'],
    target: 'employee_id',
  }),
  'employee.reset_credentials': defineAction({
    summary:
      'Makes a new credential; all the old ones stop working and every session ends, at once or when the overlap is over.',
    input: Type.Object({
      employee_id: Type.Optional(EmployeeId),
      overlap_minutes: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: LIMITS.overlapMinutes,
          description:
            'How long the old credentials and sessions go on, so that devices can be changed over. Default: 0',
        }),
      ),
      expires_in_days: ExpiresInDays,
      ...CHALLENGE_FIELDS,
    }),
    output: Type.Object({ employee_id: EmployeeId, mqtt_connection: MqttConnection }),
    rule: 'credentials_manage',
    kind: 'change',
    errors: ['employee_not_found', 'revocation_pending'],
    sensitive: 'always',
    audited: ['employee_id', 'overlap_minutes', 'expires_in_days', 'challenge_id'],
    target: 'employee_id',
    secrets: ['mqtt_connection.mqtt_password'],
  }),
  'employee.import': defineAction({
    summary:
      'Adds and changes people, one a row, in one transaction. Good rows are done although others are wrong, which are left out whole and reported; a dry run only says what would happen.',
    input: Type.Object({
      rows: Type.Array(EmployeeRow, {
        minItems: 1,
        maxItems: LIMITS.importRows,
        description:
          'People only. An `employee_id` that is taken changes the fields that are named; what is absent stays as it is',
      }),
      dry_run: Type.Optional(Type.Boolean()),
    }),
    output: Type.Object({
      dry_run: Type.Boolean(),
      counts: Type.Object({
        created: Type.Integer(),
        updated: Type.Integer(),
        unchanged: Type.Integer(),
        error: Type.Integer(),
      }),
      mqtt_connection: Type.Optional(
        Type.Object(
          Type.Omit(MqttConnection, ['client_id', 'mqtt_username', 'mqtt_password', 'secret_withheld']).properties,
          {
            description:
              'How those who were created connect: `{ ...mqtt_connection, ...rows[i].credential }` is what `employee.create` answers',
          },
        ),
      ),
      rows: Type.Array(
        Type.Object({
          row: Type.Integer({ description: 'Its place in the request, from 0' }),
          outcome: Type.Union(
            [Type.Literal('created'), Type.Literal('updated'), Type.Literal('unchanged'), Type.Literal('error')],
            { description: 'Of a dry run: what would happen' },
          ),
          employee_id: Type.Optional(Type.String({ description: 'Absent where it would be chosen by the gateway' })),
          errors: Type.Array(FieldError, {
            description: 'Empty unless the outcome is `error`; then nothing of the row is done',
          }),
          credential: Type.Optional(
            Type.Object({
              client_id: Type.Optional(ClientId),
              mqtt_username: Type.String(),
              mqtt_password: Type.Optional(Type.String()),
              secret_withheld: Type.Optional(Type.Literal(true)),
            }),
          ),
        }),
      ),
    }),
    rule: 'employee_import',
    kind: 'change',
    heavy: true,
    errors: ['revocation_pending'],
    audited: ['dry_run'],
    secrets: ['rows[].credential.mqtt_password'],
  }),
  'employee.export': defineAction({
    summary:
      'The people whom the caller manages as a CSV with the columns that `employee.import` takes. Spreadsheets do not take a cell of it for a formula.',
    input: Type.Object({
      department_id: Type.Optional({ ...DepartmentId, description: 'Only those in it and below it' }),
      include_disabled: Type.Optional(Type.Boolean()),
      fields: Type.Optional(
        Type.Array(Type.Enum(EMPLOYEE_COLUMNS), {
          minItems: 1,
          maxItems: EMPLOYEE_COLUMNS.length,
          uniqueItems: true,
          description: 'Which columns, in this order. Default: all',
        }),
      ),
    }),
    output: Type.Object({
      url: Type.String({ description: 'Where the file is to be fetched, until it expires' }),
      expires_at: Timestamp,
      content_type: Type.String(),
      file_name: Type.String(),
      rows: Type.Integer(),
    }),
    rule: 'employee_export',
    kind: 'read',
    heavy: true,
    waits: true,
    errors: ['department_not_found', 'quota_exceeded', 'storage_unavailable', 'no_storage'],
    audited: ['department_id', 'include_disabled', 'fields'],
  }),
}
