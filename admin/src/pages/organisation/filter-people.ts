import type { RoleGrant, RoleName } from '@mchat/schema/roles'
import type { Directory, DirectoryPerson } from '../../directory/directory.ts'

/** Somebody in the list: out of the directory, or disabled. */
export interface ListedPerson extends DirectoryPerson {
  readonly status?: 'active' | 'disabled'
  readonly roles?: readonly RoleGrant[]
}

/** Stands for those in no department; no department has such an id. */
export const NO_DEPARTMENT = '.none'

export const SORTS = ['name', 'id', 'department', 'manager'] as const
export type Sort = (typeof SORTS)[number]

export interface PeopleFilter {
  readonly query: string
  /** null: everywhere */
  readonly departmentId: string | null
  /** Without what is below the department. */
  readonly isDirect: boolean
  readonly kind: 'all' | 'people' | 'agents'
  readonly status: 'active' | 'disabled' | 'all'
  readonly role: RoleName | undefined
  readonly sort: Sort
  readonly isDescending: boolean
}

/** Those the filter lets through, in the order of the directory. */
export const filterPeople = (
  directory: Directory,
  people: readonly ListedPerson[],
  { departmentId, isDirect, kind, query }: PeopleFilter,
  holders: ReadonlySet<string> | undefined,
): readonly ListedPerson[] => {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  const isUnknown = departmentId !== null && departmentId !== NO_DEPARTMENT && !directory.departments.has(departmentId)
  if (isUnknown) return []
  const within =
    departmentId === null || departmentId === NO_DEPARTMENT
      ? undefined
      : isDirect
        ? new Set([departmentId])
        : directory.within(departmentId)
  return people.filter((person) => {
    if (kind !== 'all' && person.is_ai_agent !== (kind === 'agents')) return false
    if (departmentId === NO_DEPARTMENT && person.department_id !== null) return false
    if (within !== undefined && (person.department_id === null || !within.has(person.department_id))) return false
    if (holders !== undefined && !holders.has(person.employee_id)) return false
    if (words.length === 0) return true
    const text = directory.searchText(person)
    return words.every((word) => text.includes(word))
  })
}

/** @param language how names are put in order */
export const sortPeople = (
  directory: Directory,
  people: readonly ListedPerson[],
  { isDescending, sort }: Pick<PeopleFilter, 'isDescending' | 'sort'>,
  language: string,
): readonly ListedPerson[] => {
  if (sort === 'id') return isDescending ? people.toReversed() : people
  const { compare } = new Intl.Collator(language, { numeric: true })
  const keyOf = (person: ListedPerson): string => {
    if (sort === 'department') return directory.departments.get(person.department_id ?? '')?.name ?? ''
    if (sort === 'manager') return directory.person(person.manager_id)?.name ?? ''
    return person.name
  }
  // Each text has its place once: there are far fewer departments than people.
  // By their characters first, which is quick, they are nearly in order: half of the comparisons are saved, which are not.
  const texts = [...new Set(people.map(keyOf))].sort().sort(compare)
  const places = new Map(texts.map((text, i) => [text, text === '' ? texts.length : i]))
  const sign = isDescending ? -1 : 1
  return people.toSorted((a, b) => sign * ((places.get(keyOf(a)) ?? 0) - (places.get(keyOf(b)) ?? 0)))
}
