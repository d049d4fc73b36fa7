import { describe, expect, test } from 'vitest'
import { canMoveInto, planMove } from '../src/directory/department-moves.ts'
import { createDirectory, type DirectoryDepartment, type DirectoryPerson } from '../src/directory/directory.ts'
import { filterPeople, NO_DEPARTMENT, type PeopleFilter, sortPeople } from '../src/pages/organisation/filter-people.ts'

const department = (department_id: string, parent_id: string | null, sort_order = 0): DirectoryDepartment => ({
  department_id,
  name: department_id.toUpperCase(),
  parent_id,
  sort_order,
})
const person = (employee_id: string, more: Partial<DirectoryPerson> = {}): DirectoryPerson => ({
  employee_id,
  name: employee_id,
  department_id: null,
  manager_id: null,
  is_ai_agent: false,
  skills_badge: [],
  ...more,
})

const directory = createDirectory({
  version: 1,
  departments: [
    department('acme', null),
    department('lab', 'acme'),
    department('ops', 'acme'),
    department('deep', 'lab'),
  ],
  employees: [
    person('boss', { name: '王伟', department_id: 'acme' }),
    person('ann', { name: 'Ann', department_id: 'deep', manager_id: 'boss', skills_badge: ['Design'] }),
    person('bot', { name: 'Bot', department_id: 'ops', manager_id: 'boss', is_ai_agent: true }),
    person('eve', { name: 'Eve', manager_id: 'gone' }),
  ],
})

const sortedAfter = (departmentId: string, parentId: string | null, index: number): string[] => {
  const changes = new Map(planMove(directory, departmentId, parentId, index).map((one) => [one.department_id, one]))
  const departments = [...directory.departments.values()].map((one) => ({
    ...one,
    ...(changes.get(one.department_id) as Partial<DirectoryDepartment> | undefined),
  }))
  return createDirectory({ version: 2, departments, employees: [] })
    .departmentsIn(parentId)
    .map(({ department_id }) => department_id)
}

describe('the directory', () => {
  test('counts everybody below a department', () => {
    expect(['acme', 'lab', 'deep', 'ops'].map((id) => directory.countWithin(id))).toEqual([3, 1, 1, 1])
    expect(directory.countIn(null)).toBe(1)
    expect(directory.pathOf('deep').map(({ department_id }) => department_id)).toEqual(['acme', 'lab', 'deep'])
  })

  test('has those at the top of the chart whose manager is not there', () => {
    expect(directory.heads.map(({ employee_id }) => employee_id)).toEqual(['boss', 'eve'])
    expect(directory.reportsOf('boss').map(({ employee_id }) => employee_id)).toEqual(['ann', 'bot'])
  })
})

describe('moving a department', () => {
  test('goes to the place it is put at, though all have had the same number', () => {
    expect(sortedAfter('ops', 'acme', 0)).toEqual(['ops', 'lab'])
    expect(sortedAfter('deep', 'acme', 1)).toEqual(['lab', 'deep', 'ops'])
    expect(sortedAfter('lab', null, 1)).toEqual(['acme', 'lab'])
  })

  test('changes that department alone where there is room', () => {
    expect(planMove(directory, 'ops', 'lab', 0)).toEqual([
      { department_id: 'ops', parent_id: 'lab', sort_order: -1024 },
    ])
  })

  test('is nothing where it is already, and is refused into itself and below', () => {
    expect(planMove(directory, 'lab', 'acme', 0)).toEqual([])
    expect(planMove(directory, 'acme', 'deep', 0)).toEqual([])
    expect([canMoveInto(directory, 'lab', 'deep'), canMoveInto(directory, 'lab', 'ops')]).toEqual([false, true])
  })
})

describe('the list of people', () => {
  const all: PeopleFilter = {
    query: '',
    departmentId: null,
    isDirect: false,
    kind: 'all',
    status: 'active',
    role: undefined,
    sort: 'name',
    isDescending: false,
  }
  const found = (filter: Partial<PeopleFilter>, holders?: ReadonlySet<string>): string[] =>
    filterPeople(directory, directory.people, { ...all, ...filter }, holders).map(({ employee_id }) => employee_id)

  test('is narrowed by words, department, kind and role', () => {
    expect(found({ query: '王' })).toEqual(['boss'])
    expect(found({ query: ' ann DESIGN ' })).toEqual(['ann'])
    expect(found({ departmentId: 'lab' })).toEqual(['ann'])
    expect(found({ departmentId: 'lab', isDirect: true })).toEqual([])
    expect(found({ departmentId: NO_DEPARTMENT })).toEqual(['eve'])
    expect(found({ departmentId: 'gone' })).toEqual([])
    expect(found({ kind: 'agents' })).toEqual(['bot'])
    expect(found({}, new Set(['eve']))).toEqual(['eve'])
  })

  test('puts those last who have no department or manager', () => {
    const sorted = (sort: PeopleFilter['sort'], isDescending = false): string[] =>
      sortPeople(directory, directory.people, { sort, isDescending }, 'en').map(({ employee_id }) => employee_id)
    expect(sorted('department')).toEqual(['boss', 'ann', 'bot', 'eve'])
    expect(sorted('id', true)).toEqual(['eve', 'bot', 'ann', 'boss'])
  })
})
