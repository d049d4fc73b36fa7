import {
  ACTIONS,
  type ActionDefinition,
  type ActionName,
  type GroupRole,
  MChatError,
  type RoleGrant,
  type RoleName,
  RULES,
  type RuleName,
} from '@mchat/schema'
import { describe, expect, test } from 'vitest'
import { createCache } from '#src/db/cache.ts'
import { ALL_DEPARTMENTS, type Directory, type EmployeeEntry, type GroupEntry } from '#src/db/directory.ts'
import { authorise } from '#src/policies/authorise.ts'
import { rememberedFacts } from '#src/policies/facts.ts'

const FILE_ID = '0b6f2f6e-1c1d-4f5e-8a9b-0c1d2e3f4a5b'

/** root > eng > backend; sales stands alone. */
const PARENTS = new Map<string, string | null>([
  ['root', null],
  ['eng', 'root'],
  ['backend', 'eng'],
  ['sales', null],
])

const person = (employeeId: string, ...roles: RoleGrant[]): EmployeeEntry => ({
  employeeId,
  name: employeeId,
  active: true,
  isAgent: false,
  departmentId: null,
  managerId: null,
  roles,
})

const PEOPLE: readonly EmployeeEntry[] = [
  person('in_nothing'),
  { ...person('in_backend'), departmentId: 'backend' },
  { ...person('in_sales'), departmentId: 'sales' },
  { ...person('bot'), isAgent: true, departmentId: 'sales' },
  { ...person('the_hr', { role: 'hr' }), departmentId: 'backend' },
  { ...person('hr_of_eng', { role: 'hr', department_id: 'eng' }), departmentId: 'backend' },
  { ...person('the_boss', { role: 'owner' }), departmentId: 'backend' },
]

const group: GroupEntry = {
  groupId: 'g',
  name: 'g',
  members: new Map<string, GroupRole>([
    ['the_owner', 'owner'],
    ['the_admin', 'admin'],
    ['the_member', 'member'],
  ]),
}

const directory: Directory = {
  agents: createCache(1, async () => new Map()),
  employees: createCache(10, async (id) => PEOPLE.find((employee) => employee.employeeId === id)),
  groups: createCache(10, async (id) => (id === 'g' ? group : undefined)),
  sessions: createCache(10, async (clientId) => {
    const employeeId = clientId.replace(/_web_1$/, '')
    const isKnown = PEOPLE.some((employee) => employee.employeeId === employeeId) || employeeId === 'self'
    const times = { expiresAt: 0, lastSeenAt: 0, endReason: null, endedAt: null }
    return isKnown ? { clientId, employeeId, credentialId: null, deviceInfo: null, ...times } : undefined
  }),
  groupsOf: createCache<ReadonlySet<string>>(10, async () => undefined),
  sessionsOf: createCache<ReadonlySet<string>>(10, async () => undefined),
  departments: createCache(1, async (key) => (key === ALL_DEPARTMENTS ? PARENTS : undefined)),
}

const facts = rememberedFacts(directory)

type Callers = Readonly<Record<string, EmployeeEntry>>
const CALLERS = {
  nobody: person('self'),
  owner: person('self', { role: 'owner' }),
  admin: person('self', { role: 'admin' }),
  hr: person('self', { role: 'hr' }),
  'hr of eng': person('self', { role: 'hr', department_id: 'eng' }),
  agent_manager: person('self', { role: 'agent_manager' }),
  auditor: person('self', { role: 'auditor' }),
  member: person('self', { role: 'member' }),
} as const satisfies Callers
type Caller = keyof typeof CALLERS

const judge = async (rule: RuleName, employee: EmployeeEntry, input: object, mayCreate = true): Promise<string> => {
  try {
    await authorise({ rule }, { employee, facts, membersMayCreateGroups: mayCreate }, { ...input })
    return 'allowed'
  } catch (error) {
    if (error instanceof MChatError) return error.key
    throw error
  }
}

const refusedFields = async (
  definition: Pick<ActionDefinition, 'rule' | 'fields'>,
  employee: EmployeeEntry,
  input: object,
): Promise<string[]> => {
  try {
    await authorise(definition, { employee, facts, membersMayCreateGroups: true }, { ...input })
    return []
  } catch (error) {
    if (error instanceof MChatError && error.key === 'field_forbidden') {
      return (error.fields ?? []).map(({ field }) => field)
    }
    throw error
  }
}

interface Line {
  readonly input: object
  /** Those of CALLERS who may; everybody else is answered `otherwise`. */
  readonly may: readonly Caller[] | 'everybody'
  readonly otherwise?: string
  readonly membersMayCreateGroups?: boolean
}

const EVERYWHERE: readonly Caller[] = ['owner', 'admin', 'hr']
const IN_ENG: readonly Caller[] = [...EVERYWHERE, 'hr of eng']
const AGENTS: readonly Caller[] = ['owner', 'admin', 'agent_manager']
const all = 'everybody'

/** Who holds what is contract 6; who may do what is contract 5. */
const TABLE: Partial<Record<RuleName, readonly Line[]>> = {
  agent_manage: [
    { input: { employee_id: 'bot' }, may: AGENTS, otherwise: 'forbidden' },
    { input: { employee_id: 'in_eng' }, may: AGENTS, otherwise: 'forbidden' },
  ],
  agent_resume: [
    { input: { employee_id: 'bot' }, may: all },
    { input: { employee_id: 'bot', peer_employee_id: 'self' }, may: all },
    { input: { employee_id: 'bot', peer_employee_id: 'in_eng' }, may: AGENTS, otherwise: 'forbidden' },
    { input: { employee_id: 'bot', group_id: 'g' }, may: AGENTS, otherwise: 'forbidden' },
  ],
  connection: [{ input: {}, may: all }],
  everyone: [{ input: {}, may: all }],
  self_or_org_manage: [
    { input: {}, may: all },
    { input: { employee_id: 'self' }, may: all },
    { input: { employee_id: 'in_nothing' }, may: EVERYWHERE },
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'in_sales' }, may: EVERYWHERE },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
    { input: { employee_id: 'not_there' }, may: IN_ENG },
  ],
  session_owner_or_org_manage: [
    { input: { client_id: 'self_web_1' }, may: all },
    { input: { client_id: 'in_backend_web_1' }, may: IN_ENG, otherwise: 'session_not_found' },
    { input: { client_id: 'in_sales_web_1' }, may: EVERYWHERE, otherwise: 'session_not_found' },
    { input: { client_id: 'bot_web_1' }, may: [...EVERYWHERE, 'agent_manager'], otherwise: 'session_not_found' },
    { input: { client_id: 'the_hr_web_1' }, may: EVERYWHERE, otherwise: 'session_not_found' },
    { input: { client_id: 'the_boss_web_1' }, may: ['owner'], otherwise: 'session_not_found' },
    { input: { client_id: 'not_there_web_1' }, may: [], otherwise: 'session_not_found' },
    { input: {}, may: [], otherwise: 'session_not_found' },
  ],
  rights_view: [
    { input: {}, may: all },
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'in_backend', fields: { employee_id: 'in_sales' } }, may: IN_ENG },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
    { input: { employee_id: 'self', fields: { group_id: 'g' } }, may: all },
  ],
  employee_create: [
    { input: {}, may: EVERYWHERE },
    { input: { department_id: 'eng' }, may: IN_ENG },
    { input: { department_id: 'backend' }, may: IN_ENG },
    { input: { department_id: 'root' }, may: EVERYWHERE },
    { input: { department_id: 'not_there' }, may: EVERYWHERE },
    { input: { is_ai_agent: true }, may: [...EVERYWHERE, 'agent_manager'] },
    { input: { is_ai_agent: true, department_id: 'backend' }, may: [...IN_ENG, 'agent_manager'] },
    { input: { is_ai_agent: 'true' }, may: EVERYWHERE },
  ],
  employee_update: [
    { input: { employee_id: 'self' }, may: all },
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'in_sales' }, may: EVERYWHERE },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
  ],
  credentials_manage: [
    { input: {}, may: all },
    { input: { employee_id: 'self' }, may: all },
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'hr_of_eng' }, may: IN_ENG },
    { input: { employee_id: 'the_hr' }, may: EVERYWHERE },
    { input: { employee_id: 'the_boss' }, may: ['owner'] },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
  ],
  employee_manage: [
    { input: { employee_id: 'hr_of_eng' }, may: IN_ENG },
    { input: { employee_id: 'the_hr' }, may: EVERYWHERE },
    { input: { employee_id: 'the_boss' }, may: ['owner'] },
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'in_nothing' }, may: EVERYWHERE },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
    { input: { employee_id: 'not_there' }, may: IN_ENG },
  ],
  employee_import: [{ input: {}, may: IN_ENG }],
  employee_export: [
    { input: {}, may: IN_ENG },
    { input: { department_id: 'backend' }, may: IN_ENG },
    { input: { department_id: 'root' }, may: EVERYWHERE },
    { input: { department_id: 'sales' }, may: EVERYWHERE },
    { input: { department_id: 'not_there' }, may: EVERYWHERE },
  ],
  department_manage: [
    { input: { department_id: 'eng' }, may: IN_ENG },
    { input: { department_id: 'backend', parent_id: 'sales' }, may: IN_ENG },
    { input: { department_id: 'root' }, may: EVERYWHERE },
    { input: { department_id: 'sales' }, may: EVERYWHERE },
    { input: { department_id: 'sales', parent_id: 'eng' }, may: EVERYWHERE },
    { input: { department_id: 'new', parent_id: 'eng' }, may: EVERYWHERE },
    { input: { department_id: 'new' }, may: EVERYWHERE },
  ],
  department_create: [
    { input: { parent_id: 'backend' }, may: IN_ENG },
    { input: { parent_id: null }, may: EVERYWHERE },
    { input: { department_id: 'new', parent_id: 'eng' }, may: IN_ENG },
    { input: { department_id: 'new', parent_id: 'not_there' }, may: EVERYWHERE },
    { input: { department_id: 'eng' }, may: EVERYWHERE },
  ],
  group_create: [
    { input: {}, may: all },
    { input: {}, may: ['owner', 'admin', 'member'], membersMayCreateGroups: false },
  ],
  system_manage: [{ input: {}, may: ['owner', 'admin'] }],
  audit_read: [{ input: {}, may: ['owner', 'auditor'] }],
  file_upload: [
    { input: {}, may: all },
    { input: { to_employee_id: 'in_backend' }, may: all },
    { input: { group_id: 'g' }, may: [], otherwise: 'not_group_member' },
    { input: { group_id: null }, may: [], otherwise: 'not_group_member' },
  ],
  file_read: [
    { input: { key: `mchat/employee/self/${FILE_ID}` }, may: all },
    { input: { key: `mchat/employee/in_backend/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/private/in_backend/self/${FILE_ID}` }, may: all },
    { input: { key: `mchat/private/self/zoe/${FILE_ID}` }, may: all },
    { input: { key: `mchat/private/self/in_backend/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/private/in_backend/zoe/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/group/g/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/group/none/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/incoming/employee/self/${FILE_ID}` }, may: [] },
    { input: { key: `mchat/employee/self/../in_backend/${FILE_ID}` }, may: [] },
    { input: { key: 'mchat/employee/self/other' }, may: [] },
    { input: {}, may: [] },
    { input: { key: [`mchat/employee/self/${FILE_ID}`] }, may: [] },
  ],
  group_list: [
    { input: {}, may: all },
    { input: { all: false }, may: all },
    { input: { all: true }, may: ['owner', 'admin'] },
  ],
}

/** For `g` and for a group that is not there, by the caller's place in it. */
const IN_GROUP: Partial<
  Record<RuleName, Readonly<Record<GroupRole | 'stranger' | 'manager', readonly [string, string]>>>
> = {
  group_view: {
    owner: ['allowed', 'not_group_member'],
    admin: ['allowed', 'not_group_member'],
    member: ['allowed', 'not_group_member'],
    stranger: ['not_group_member', 'not_group_member'],
    manager: ['allowed', 'group_not_found'],
  },
  group_admin: {
    owner: ['allowed', 'not_group_member'],
    admin: ['allowed', 'not_group_member'],
    member: ['not_group_admin', 'not_group_member'],
    stranger: ['not_group_member', 'not_group_member'],
    manager: ['allowed', 'group_not_found'],
  },
  group_ranked: {
    owner: ['allowed', 'not_group_member'],
    admin: ['allowed', 'not_group_member'],
    member: ['not_group_admin', 'not_group_member'],
    stranger: ['not_group_member', 'not_group_member'],
    manager: ['allowed', 'group_not_found'],
  },
  group_owner: {
    owner: ['allowed', 'not_group_member'],
    admin: ['not_group_owner', 'not_group_member'],
    member: ['not_group_owner', 'not_group_member'],
    stranger: ['not_group_member', 'not_group_member'],
    manager: ['allowed', 'group_not_found'],
  },
  group_member: {
    owner: ['allowed', 'not_group_member'],
    admin: ['allowed', 'not_group_member'],
    member: ['allowed', 'not_group_member'],
    stranger: ['not_group_member', 'not_group_member'],
    manager: ['not_group_member', 'not_group_member'],
  },
}

test('every rule of the schema has its lines', () => {
  expect(Object.keys({ ...TABLE, ...IN_GROUP, conversation: [] }).sort()).toEqual(Object.keys(RULES).sort())
})

for (const [rule, lines] of Object.entries(TABLE) as [RuleName, readonly Line[]][]) {
  describe(rule, () => {
    for (const { input, may, otherwise = 'forbidden', membersMayCreateGroups = true } of lines) {
      test(`${JSON.stringify(input)}${membersMayCreateGroups ? '' : ' where members may not'}`, async () => {
        const outcomes: Record<string, string> = {}
        const expected: Record<string, string> = {}
        for (const [name, employee] of Object.entries(CALLERS) as [Caller, EmployeeEntry][]) {
          outcomes[name] = await judge(rule, employee, input, membersMayCreateGroups)
          expected[name] = may === 'everybody' || may.includes(name) ? 'allowed' : otherwise
        }
        expect(outcomes).toEqual(expected)
      })
    }
  })
}

const PLACES = {
  owner: person('the_owner'),
  admin: person('the_admin'),
  member: person('the_member'),
  stranger: person('self'),
  manager: person('self', { role: 'admin' }),
} as const

for (const [rule, places] of Object.entries(IN_GROUP) as [RuleName, Record<keyof typeof PLACES, [string, string]>][]) {
  test(rule, async () => {
    for (const [place, employee] of Object.entries(PLACES) as [keyof typeof PLACES, EmployeeEntry][]) {
      const outcomes = [
        await judge(rule, employee, { group_id: 'g' }),
        await judge(rule, employee, { group_id: 'none' }),
      ]
      expect(outcomes, place).toEqual(places[place])
      for (const groupId of [undefined, 7, ['g'], { g: 1 }]) {
        expect(await judge(rule, employee, { group_id: groupId }), place).not.toBe('allowed')
      }
    }
  })
}

test('conversation: a private one is everybody’s, a group one its members’', async () => {
  const hr: RoleName = 'hr'
  for (const employee of [...Object.values(PLACES), person('self', { role: hr })]) {
    expect(await judge('conversation', employee, { conversation_type: 'private', group_id: 'g' })).toBe('allowed')
    const isMember = group.members.has(employee.employeeId)
    expect(await judge('conversation', employee, { conversation_type: 'group', group_id: 'g' })).toBe(
      isMember ? 'allowed' : 'not_group_member',
    )
    expect(await judge('conversation', employee, { conversation_type: 'group' })).toBe('not_group_member')
  }
})

test('file_read: a file for a group is its members’, as long as they are', async () => {
  const input = { key: `mchat/group/g/${FILE_ID}` }
  for (const [place, employee] of Object.entries(PLACES)) {
    expect(await judge('file_read', employee, input), place).toBe(
      group.members.has(employee.employeeId) ? 'allowed' : 'forbidden',
    )
  }
})

test('rights_view: of a group one is not in, only whoever manages groups learns who may what', async () => {
  const input = { employee_id: 'in_backend', fields: { group_id: 'g' } }
  expect(await judge('rights_view', CALLERS.admin, input)).toBe('allowed')
  expect(await judge('rights_view', CALLERS['hr of eng'], input)).toBe('not_group_member')
  const member = { ...CALLERS['hr of eng'], employeeId: 'the_member' }
  expect(await judge('rights_view', member, input)).toBe('allowed')
  expect(await judge('rights_view', CALLERS.nobody, input)).toBe('forbidden')
})

test('group_ranked: an admin does not act on another admin, but on oneself', async () => {
  const others = [{ employee_id: 'the_admin' }, { member_ids: ['the_member', 'the_admin'] }]
  const second = new Map(group.members).set('second_admin', 'admin')
  const withTwo = { ...facts, group: () => ({ members: second }) }
  const judgeIn = async (employeeId: string, input: object): Promise<unknown> => {
    const context = { employee: person(employeeId), facts: withTwo, membersMayCreateGroups: true }
    try {
      await authorise({ rule: 'group_ranked' }, context, { group_id: 'g', ...input })
      return 'allowed'
    } catch (error) {
      return error instanceof MChatError ? [error.key, error.fields?.map(({ field }) => field)] : error
    }
  }
  for (const input of others) {
    expect(await judgeIn('the_owner', input)).toBe('allowed')
    expect(await judgeIn('the_admin', input)).toBe('allowed')
  }
  expect(await judgeIn('second_admin', others[0] ?? {})).toEqual(['not_group_owner', undefined])
  expect(await judgeIn('second_admin', others[1] ?? {})).toEqual(['not_group_owner', ['member_ids[1]']])
  expect(await judgeIn('second_admin', { member_ids: ['the_member'] })).toBe('allowed')
})

/** Of actions with rights of their own for some fields: who may set them, among those whom the rule lets through. */
const FIELDS: Partial<Record<ActionName, Readonly<Record<string, readonly Line[]>>>> = {
  'employee.create': {
    roles: [
      { input: { roles: [] }, may: EVERYWHERE },
      { input: { department_id: 'eng', roles: [] }, may: IN_ENG },
      { input: { roles: [{ role: 'member' }] }, may: EVERYWHERE },
      { input: { roles: [{ role: 'owner' }] }, may: ['owner'] },
      { input: { roles: [{ role: 'admin' }] }, may: ['owner', 'admin'] },
      { input: { roles: [{ role: 'auditor' }] }, may: ['owner'] },
      { input: { department_id: 'eng', roles: [{ role: 'hr' }] }, may: EVERYWHERE },
      { input: { department_id: 'eng', roles: [{ role: 'hr', department_id: 'eng' }] }, may: IN_ENG },
      { input: { department_id: 'eng', roles: [{ role: 'hr', department_id: 'backend' }] }, may: IN_ENG },
      { input: { department_id: 'eng', roles: [{ role: 'hr', department_id: 'sales' }] }, may: EVERYWHERE },
      { input: { is_ai_agent: true, roles: [{ role: 'agent_manager' }] }, may: ['owner', 'admin'] },
    ],
    'agent_profile.system_prompt': [
      { input: { is_ai_agent: true, agent_profile: { system_prompt: 'x' } }, may: AGENTS },
    ],
    'agent_profile.webhook_endpoint': [
      { input: { is_ai_agent: true, agent_profile: { webhook_endpoint: 'https://a.test' } }, may: AGENTS },
    ],
  },
  'department.update': {
    parent_id: [
      { input: { department_id: 'backend', parent_id: 'eng' }, may: IN_ENG },
      { input: { department_id: 'eng', parent_id: 'root' }, may: IN_ENG },
      { input: { department_id: 'backend', parent_id: 'root' }, may: EVERYWHERE },
      { input: { department_id: 'backend', parent_id: null }, may: EVERYWHERE },
    ],
  },
  'employee.update': {
    'updates.name': [
      { input: { employee_id: 'self', updates: { name: 'x' } }, may: all },
      { input: { employee_id: 'in_backend', updates: { name: 'x' } }, may: IN_ENG },
      { input: { employee_id: 'bot', updates: { name: 'x' } }, may: [...EVERYWHERE, 'agent_manager'] },
    ],
    'updates.skills_badge': [
      { input: { employee_id: 'self', updates: { skills_badge: [] } }, may: all },
      { input: { employee_id: 'in_sales', updates: { skills_badge: [] } }, may: EVERYWHERE },
    ],
    'updates.department_id': [
      { input: { employee_id: 'in_backend', updates: { department_id: 'eng' } }, may: IN_ENG },
      { input: { employee_id: 'in_backend', updates: { department_id: 'sales' } }, may: EVERYWHERE },
      { input: { employee_id: 'in_backend', updates: { department_id: null } }, may: EVERYWHERE },
      { input: { employee_id: 'in_sales', updates: { department_id: 'eng' } }, may: EVERYWHERE },
      { input: { employee_id: 'bot', updates: { department_id: 'eng' } }, may: [...EVERYWHERE, 'agent_manager'] },
    ],
    'updates.manager_id': [{ input: { employee_id: 'in_backend', updates: { manager_id: null } }, may: IN_ENG }],
    'updates.agent_profile': [
      { input: { employee_id: 'bot', updates: { agent_profile: {} } }, may: [...EVERYWHERE, 'agent_manager'] },
    ],
    'updates.agent_profile.system_prompt': [
      { input: { employee_id: 'bot', updates: { agent_profile: { system_prompt: 'x' } } }, may: AGENTS },
    ],
    'updates.agent_profile.webhook_endpoint': [
      {
        input: { employee_id: 'bot', updates: { agent_profile: { webhook_endpoint: 'https://a.test' } } },
        may: AGENTS,
      },
    ],
    'updates.status': [
      { input: { employee_id: 'in_backend', updates: { status: 'disabled' } }, may: IN_ENG },
      { input: { employee_id: 'hr_of_eng', updates: { status: 'disabled' } }, may: IN_ENG },
      { input: { employee_id: 'the_hr', updates: { status: 'disabled' } }, may: EVERYWHERE },
      { input: { employee_id: 'the_boss', updates: { status: 'disabled' } }, may: ['owner'] },
      { input: { employee_id: 'bot', updates: { status: 'disabled' } }, may: [...EVERYWHERE, 'agent_manager'] },
    ],
    'updates.roles': [
      { input: { employee_id: 'in_backend', updates: { roles: [] } }, may: IN_ENG },
      { input: { employee_id: 'in_backend', updates: { roles: [{ role: 'owner' }] } }, may: ['owner'] },
      { input: { employee_id: 'in_backend', updates: { roles: [{ role: 'auditor' }] } }, may: ['owner'] },
      { input: { employee_id: 'in_backend', updates: { roles: [{ role: 'hr' }] } }, may: EVERYWHERE },
      { input: { employee_id: 'the_boss', updates: { roles: [] } }, may: ['owner'] },
      { input: { employee_id: 'the_boss', updates: { roles: [{ role: 'owner' }] } }, may: IN_ENG },
      {
        input: { employee_id: 'hr_of_eng', updates: { roles: [{ role: 'hr', department_id: 'backend' }] } },
        may: IN_ENG,
      },
      { input: { employee_id: 'bot', updates: { roles: [] } }, may: EVERYWHERE },
    ],
  },
}

test('every field with rights of its own has its lines', () => {
  const declared = Object.entries<ActionDefinition>(ACTIONS).flatMap(([name, { fields }]) =>
    fields === undefined ? [] : [[name, Object.keys(fields).sort()]],
  )
  const tested = Object.entries(FIELDS).map(([name, fields]) => [name, Object.keys(fields).sort()])
  expect(Object.fromEntries(tested)).toEqual(Object.fromEntries(declared))
})

for (const [action, byField] of Object.entries(FIELDS) as [ActionName, Record<string, readonly Line[]>][]) {
  for (const [field, lines] of Object.entries(byField)) {
    test.each(lines)(`${action}: ${field} in $input`, async ({ input, may }) => {
      const { fields, rule } = ACTIONS[action] as ActionDefinition
      const definition = { rule, fields: { [field]: fields?.[field] ?? [] } }
      const outcomes: Record<string, unknown> = {}
      const expected: Record<string, unknown> = {}
      for (const [name, employee] of Object.entries(CALLERS) as [Caller, EmployeeEntry][]) {
        // Whom the rule lets through is told above.
        if ((await judge(rule, employee, input)) !== 'allowed') continue
        outcomes[name] = await refusedFields(definition, employee, input)
        expected[name] = may === 'everybody' || may.includes(name) ? [] : [field]
      }
      expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['owner', 'admin']))
      expect(outcomes).toEqual(expected)
    })
  }
}

test('every forbidden field is named, and one that is not sent is not judged', async () => {
  const definition = ACTIONS['employee.update']
  const updates = { name: 'x', roles: [{ role: 'owner' }], status: 'disabled', manager_id: null }
  const input = { employee_id: 'self', updates }
  const refused = await refusedFields(definition, CALLERS.nobody, input)
  expect(refused).toEqual(['updates.manager_id', 'updates.status', 'updates.roles'])
  expect(await refusedFields(definition, CALLERS.nobody, { ...input, updates: { name: 'x' } })).toEqual([])
})

test('agent managers manage agents and nobody else', async () => {
  for (const rule of ['self_or_org_manage', 'employee_manage', 'employee_update'] as const) {
    for (const name of AGENTS) expect(await judge(rule, CALLERS[name], { employee_id: 'bot' })).toBe('allowed')
    expect(await judge(rule, CALLERS.agent_manager, { employee_id: 'in_sales' })).toBe('forbidden')
  }
})
