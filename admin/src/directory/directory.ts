import type { OrgTreeOutput } from '@mchat/sdk'

export type DirectoryDepartment = NonNullable<OrgTreeOutput['departments']>[number]
export type DirectoryPerson = NonNullable<OrgTreeOutput['employees']>[number]

/** The whole organisation, as everybody may see it. */
export interface OrgTree {
  /** undefined: it was put together from pages, which have none. */
  readonly version: number | undefined
  readonly departments: readonly DirectoryDepartment[]
  readonly employees: readonly DirectoryPerson[]
}

/** The organisation to look things up in. Everybody in it is active. */
export interface Directory {
  readonly people: readonly DirectoryPerson[]
  readonly departments: ReadonlyMap<string, DirectoryDepartment>
  person(id: string | null): DirectoryPerson | undefined
  /** In their order; null: at the top. */
  departmentsIn(parentId: string | null): readonly DirectoryDepartment[]
  /** From the top down to the department itself; empty for none. */
  pathOf(departmentId: string | null): readonly DirectoryDepartment[]
  /** The department and everything below it. */
  within(departmentId: string): ReadonlySet<string>
  /** How many are in the department or below it. */
  countWithin(departmentId: string): number
  /** In the department itself; null: in none. */
  countIn(departmentId: string | null): number
  reportsOf(personId: string): readonly DirectoryPerson[]
  /** Those who report to nobody. */
  readonly heads: readonly DirectoryPerson[]
  /** Of a person, in small letters: what a search looks in. */
  searchText(person: DirectoryPerson): string
}

const NONE = '\0'

const groupBy = <T>(all: Iterable<T>, keyOf: (one: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const key = keyOf(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

export const inOrder = (a: DirectoryDepartment, b: DirectoryDepartment): number =>
  a.sort_order - b.sort_order || a.name.localeCompare(b.name) || (a.department_id < b.department_id ? -1 : 1)

export const createDirectory = ({ departments, employees }: OrgTree): Directory => {
  const byId = new Map(departments.map((department) => [department.department_id, department]))
  const people = new Map(employees.map((person) => [person.employee_id, person]))
  // What is above may be missing while two answers were put together.
  const parentKey = ({ parent_id }: DirectoryDepartment): string =>
    parent_id !== null && byId.has(parent_id) ? parent_id : NONE
  const children = groupBy([...departments].sort(inOrder), parentKey)
  const departmentKey = ({ department_id }: DirectoryPerson): string =>
    department_id !== null && byId.has(department_id) ? department_id : NONE
  const members = new Map<string, number>()
  for (const person of employees) members.set(departmentKey(person), (members.get(departmentKey(person)) ?? 0) + 1)
  const reports = groupBy(employees, ({ manager_id }) =>
    manager_id !== null && people.has(manager_id) ? manager_id : NONE,
  )

  const within = new Map<string, ReadonlySet<string>>()
  const collect = (id: string): ReadonlySet<string> => {
    const known = within.get(id)
    if (known !== undefined) return known
    const found = new Set([id])
    // A set is walked through while it grows; a circle ends where it began.
    for (const each of found) for (const child of children.get(each) ?? []) found.add(child.department_id)
    within.set(id, found)
    return found
  }
  const totals = new Map<string, number>()
  const texts = new WeakMap<DirectoryPerson, string>()
  return {
    people: employees,
    departments: byId,
    heads: reports.get(NONE) ?? [],
    person: (id) => (id === null ? undefined : people.get(id)),
    departmentsIn: (parentId) => children.get(parentId ?? NONE) ?? [],
    pathOf(departmentId) {
      const path = new Set<DirectoryDepartment>()
      for (let at = byId.get(departmentId ?? ''); at !== undefined && !path.has(at); at = byId.get(at.parent_id ?? ''))
        path.add(at)
      return [...path].reverse()
    },
    within: collect,
    countWithin(departmentId) {
      const known = totals.get(departmentId)
      if (known !== undefined) return known
      let total = 0
      for (const id of collect(departmentId)) total += members.get(id) ?? 0
      totals.set(departmentId, total)
      return total
    },
    countIn: (departmentId) => members.get(departmentId ?? NONE) ?? 0,
    reportsOf: (personId) => reports.get(personId) ?? [],
    searchText(person) {
      const known = texts.get(person)
      if (known !== undefined) return known
      const text = `${person.name}\n${person.employee_id}\n${person.skills_badge.join('\n')}`.toLowerCase()
      texts.set(person, text)
      return text
    },
  }
}
