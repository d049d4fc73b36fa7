import type { Database } from '../../gateway/src/db/database.ts'
import { counters } from '../../gateway/src/db/repositories/counters.ts'
import { departments as departmentRows, type NewDepartment } from '../../gateway/src/db/repositories/departments.ts'
import { employeeBatches, type NewPerson } from '../../gateway/src/db/repositories/employee-batches.ts'

/** `deep`: four levels of departments, whose heads report to the one above; `flat`: one department with one manager. */
export type Shape = 'deep' | 'flat'

export interface LargeOrganisation {
  readonly departments: readonly NewDepartment[]
  /** Managers come before those who report to them. */
  readonly people: readonly NewPerson[]
}

/** Departments directly below each. */
const FAN_OUT = 10
/** In each department of a deep one, its head included. */
const PEOPLE_EACH = 18
const ROWS_AT_ONCE = 1000

const SYLLABLES = 'an be co da el fi go ha il jo ka lu mi no or pe ra so ti va'.split(' ')
const CHARACTERS = [...'安博晨丹恩菲冠昊佳凯兰明宁欧佩睿思婷伟雅']
const SKILLS = ['accounting', 'Chinese', 'design', 'first aid', 'Kubernetes', 'law', 'negotiation', 'painting', 'SQL']

/** The same for the same number: what is measured is sorted, searched and shown alike in every run. */
export const largeOrganisation = (count: number, shape: Shape, now: Date): LargeOrganisation => {
  const size = shape === 'flat' ? 1 : Math.max(1, Math.floor(count / PEOPLE_EACH))
  const departments = Array.from({ length: size }, (_, i) => ({
    department_id: departmentId(i),
    name: i === 0 ? 'Everything' : `${capital(syllable(i))} ${i}`,
    parent_id: i === 0 ? null : departmentId(above(i)),
    sort_order: i,
    now,
  }))
  const people = Array.from({ length: count }, (_, i) => ({
    employee_id: employeeId(i),
    name: nameOf(i),
    department_id: departmentId(i % size),
    manager_id: managerOf(i, size),
    is_ai_agent: false,
    agent_profile: null,
    skills_badge: SKILLS.filter((_skill, at) => (i * 7 + at * 3) % 9 === 0 || (i + at) % 13 === 0),
    roles: [],
    now,
  }))
  return { departments, people }
}

/** Into the tables, as one change; for a gateway that starts afterwards. */
export const fill = (database: Database, { departments, people }: LargeOrganisation): Promise<void> =>
  database.transaction(async (tx) => {
    await counters.bump(tx, 'org')
    for (const department of departments) await departmentRows.insert(tx, department)
    for (let from = 0; from < people.length; from += ROWS_AT_ONCE)
      await employeeBatches.insert(tx, people.slice(from, from + ROWS_AT_ONCE))
  })

export const departmentId = (i: number): string => `dept_${String(i).padStart(4, '0')}`
export const employeeId = (i: number): string => `emp_${String(i).padStart(5, '0')}`

const above = (i: number): number => Math.floor((i - 1) / FAN_OUT)

/** The first of each department is its head, and reports to the head of the one above. */
const managerOf = (i: number, departments: number): string | null => {
  if (i === 0) return null
  return employeeId(i < departments ? above(i) : i % departments)
}

const syllable = (i: number): string => SYLLABLES[i % SYLLABLES.length] ?? ''
const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** Hardly any twice, and every fourth in characters: names are put in order by what is written. */
const nameOf = (i: number): string => {
  const [a, b, c, d] = [0, 1, 2, 3].map((place) => Math.floor((i * 7919) / SYLLABLES.length ** place)) as [
    number,
    number,
    number,
    number,
  ]
  if (i % 4 === 3) return [a, b, c].map((at) => CHARACTERS[at % CHARACTERS.length]).join('')
  return `${capital(syllable(a) + syllable(b))} ${capital(syllable(c) + syllable(d))}`
}
