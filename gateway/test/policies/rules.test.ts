import { type GroupRole, MChatError, type RoleGrant, type RoleName, RULES, type RuleName } from '@mchat/schema'
import { describe, expect, test } from 'vitest'
import { createCache } from '#src/db/cache.ts'
import { ALL_DEPARTMENTS, type Directory, type EmployeeEntry, type GroupEntry } from '#src/db/directory.ts'
import { authorise } from '#src/policies/rules.ts'

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
  roles,
})

const PEOPLE: readonly EmployeeEntry[] = [
  person('in_nothing'),
  { ...person('in_backend'), departmentId: 'backend' },
  { ...person('in_sales'), departmentId: 'sales' },
  { ...person('bot'), isAgent: true, departmentId: 'sales' },
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
    await authorise(rule, { employee, directory, membersMayCreateGroups: mayCreate }, { ...input })
    return 'allowed'
  } catch (error) {
    if (error instanceof MChatError) return error.key
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
    { input: { client_id: 'not_there_web_1' }, may: [], otherwise: 'session_not_found' },
    { input: {}, may: [], otherwise: 'session_not_found' },
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
  employee_manage: [
    { input: { employee_id: 'in_backend' }, may: IN_ENG },
    { input: { employee_id: 'in_nothing' }, may: EVERYWHERE },
    { input: { employee_id: 'bot' }, may: [...EVERYWHERE, 'agent_manager'] },
    { input: { employee_id: 'not_there' }, may: IN_ENG },
  ],
  department_manage: [
    { input: { department_id: 'eng' }, may: IN_ENG },
    { input: { department_id: 'backend', parent_id: 'sales' }, may: IN_ENG },
    { input: { department_id: 'root' }, may: EVERYWHERE },
    { input: { department_id: 'sales' }, may: EVERYWHERE },
    { input: { department_id: 'sales', parent_id: 'eng' }, may: EVERYWHERE },
    { input: { parent_id: 'backend' }, may: IN_ENG },
    { input: { parent_id: null }, may: EVERYWHERE },
    { input: { department_id: 'new', parent_id: 'eng' }, may: IN_ENG },
    { input: { department_id: 'new' }, may: EVERYWHERE },
  ],
  group_create: [
    { input: {}, may: all },
    { input: {}, may: ['owner', 'admin', 'member'], membersMayCreateGroups: false },
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

test('agent managers manage agents and nobody else', async () => {
  for (const rule of ['self_or_org_manage', 'employee_manage', 'employee_update'] as const) {
    for (const name of AGENTS) expect(await judge(rule, CALLERS[name], { employee_id: 'bot' })).toBe('allowed')
    expect(await judge(rule, CALLERS.agent_manager, { employee_id: 'in_sales' })).toBe('forbidden')
  }
})
