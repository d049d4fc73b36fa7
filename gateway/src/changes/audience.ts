import { type Change, type ChangeNoun, changeNoun, ownerOf, type Permission, ROLE_NAMES, ROLES } from '@mchat/schema'
import { type EmployeeEntry, holds } from '../db/directory.ts'
import type { PendingChange } from './pending.ts'

/** Where employees are now, and what the departments are below; what is not there is nowhere. */
export interface Places {
  readonly employees: ReadonlyMap<string, EmployeePlace>
  readonly parents: ReadonlyMap<string, string | null>
}
export interface EmployeePlace {
  readonly departmentId: string | null
  readonly isAgent: boolean
}

type Watcher = Pick<EmployeeEntry, 'roles'>

const permissionsFor = (nouns: Iterable<ChangeNoun>): ReadonlySet<Permission> =>
  new Set([...nouns].flatMap((noun) => changeNoun(noun).toldTo.map(({ permission }) => permission)))

/** The roles whose holders are told of one of these, whatever it is about. */
export const rolesToldOf = (nouns: Iterable<ChangeNoun>): readonly string[] => {
  const told = permissionsFor(nouns)
  return ROLE_NAMES.filter((role) => ROLES[role].some((permission) => told.has(permission)))
}

/** The employee whose place is that of the change. */
export const employeeOf = (change: Change): string | undefined => {
  const { place } = changeNoun(change.noun)
  if (!('target_id' in change) || change.target_id === undefined) return undefined
  if (place === 'employee') return change.target_id
  return place === 'session' ? ownerOf(change.target_id) : undefined
}

/** Does it take a look at where things are to say whether this one is told of them? */
export const needsPlaces = (watcher: Watcher): boolean => !holds(watcher, 'org.manage', undefined, null)

/** Is this one told of a change? Where a grant is limited, of what is in its department, or was when the change began. */
export const isToldOf = (watcher: Watcher, pending: PendingChange, places: Places): boolean =>
  changeNoun(pending.change.noun).toldTo.some(({ only, permission }) => {
    if (only === 'agents' && placeOf(pending.change, places)?.isAgent !== true) return false
    return departmentsOf(pending, places).some((id) => holds(watcher, permission, places.parents, id))
  })

/** Does this one hold what it takes to be told of such changes, be it of few of them? */
export const isToldOfSome = (watcher: Watcher, noun: ChangeNoun): boolean =>
  changeNoun(noun).toldTo.some(({ permission }) => holds(watcher, permission, undefined, undefined))

const placeOf = (change: Change, { employees }: Places): EmployeePlace | undefined =>
  employees.get(employeeOf(change) ?? '')

/** null: nowhere, which only a grant without a limit covers. */
const departmentsOf = ({ change, from }: PendingChange, places: Places): readonly (string | null)[] => {
  const before = from ?? null
  switch (changeNoun(change.noun).place) {
    case 'employee':
    case 'session':
      return [placeOf(change, places)?.departmentId ?? null, before]
    case 'department':
      return ['target_id' in change ? (change.target_id ?? null) : null, before]
    default:
      return [null]
  }
}
