import type { Employee, Group, GroupRole } from '@mchat/schema'
import type { Db } from '../db/database.ts'
import { ALL_DEPARTMENTS, type Directory, type EmployeeEntry, type GroupEntry } from '../db/directory.ts'
import { departments } from '../db/repositories/departments.ts'
import { employees } from '../db/repositories/employees.ts'
import { groups } from '../db/repositories/groups.ts'
import { members } from '../db/repositories/members.ts'

type Known<T> = T | undefined | Promise<T | undefined>

/** parent_id by department_id. */
export type Parents = ReadonlyMap<string, string | null>

export type KnownEmployee = Pick<EmployeeEntry, 'employeeId' | 'isAgent' | 'departmentId' | 'roles'>
export type KnownGroup = Pick<GroupEntry, 'members'>

/** What rules look at. They change nothing and ask the database only for what is not remembered. */
export interface Facts {
  employee(employeeId: string): Known<KnownEmployee>
  group(groupId: string): Known<KnownGroup>
  parents(): Known<Parents>
}

/** What the gateway remembers. */
export const rememberedFacts = (directory: Directory): Facts => ({
  employee: (employeeId) => directory.employees.peek(employeeId) ?? directory.employees.get(employeeId),
  group: (groupId) => directory.groups.peek(groupId) ?? directory.groups.get(groupId),
  parents: () => directory.departments.peek(ALL_DEPARTMENTS) ?? directory.departments.get(ALL_DEPARTMENTS),
})

/** What a transaction has read, and nobody can change before it ends. */
export interface LockedFacts {
  readonly employee?: Employee
  readonly group?: Group
  /** Of the group. */
  readonly members?: ReadonlyMap<string, GroupRole>
  /** The owner of the session that the request is about. */
  readonly sessionOwner?: Employee
  readonly parents?: Parents
}

/** What is in the database for this transaction, which alone may use it: what is remembered could have to be read first. */
export const lockedFacts = (tx: Db, locked: LockedFacts): Facts => {
  const read = [locked.employee, locked.sessionOwner].filter((employee) => employee !== undefined)
  let parents: Parents | Promise<Parents> | undefined = locked.parents
  return {
    async employee(employeeId) {
      const row = read.find((employee) => employee.employee_id === employeeId) ?? (await employees.find(tx, employeeId))
      return row === undefined ? undefined : knownEmployee(row)
    },
    async group(groupId) {
      const { group } = locked
      if (group?.group_id === groupId && locked.members !== undefined) return { members: locked.members }
      if ((await groups.find(tx, groupId)) === undefined) return undefined
      const all = await members.all(tx, groupId)
      return { members: new Map(all.map((member) => [member.employee_id, member.role])) }
    },
    parents: () => (parents ??= departments.parents(tx)),
  }
}

/** What was read for many judgements at once, and nobody can change meanwhile: of these people, and of no group. */
export const givenFacts = (people: ReadonlyMap<string, Employee>, parents: Parents): Facts => ({
  employee(employeeId) {
    const row = people.get(employeeId)
    return row === undefined ? undefined : knownEmployee(row)
  },
  group: () => undefined,
  parents: () => parents,
})

const knownEmployee = (row: Employee): KnownEmployee => ({
  employeeId: row.employee_id,
  isAgent: row.is_ai_agent,
  departmentId: row.department_id,
  roles: row.roles,
})
