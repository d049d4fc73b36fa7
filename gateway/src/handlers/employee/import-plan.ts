import type { Employee, EmployeeRecord, FieldError } from '@mchat/schema'
import { type ChangeableField, changedFields } from './differences.ts'
import type { ReadRow } from './import-row.ts'

/** What is to become of one row. */
export interface Draft {
  readonly record: EmployeeRecord
  /** undefined: somebody new. */
  readonly before: Employee | undefined
  /** How the employee would be afterwards. */
  readonly after: Employee
  /** Empty: it can be done. */
  readonly errors: FieldError[]
}

export interface Known {
  /** Everybody whom a row names, as themselves or as a manager. */
  readonly people: ReadonlyMap<string, Employee>
  /** manager_id by employee_id, of those people and everybody above them. */
  readonly managersAbove: ReadonlyMap<string, string | null>
}

export type Outcome = 'created' | 'updated' | 'unchanged' | 'error'

/** What a draft changes; undefined: it is somebody new. */
export const changesOf = ({ before, after }: Draft): ReadonlySet<ChangeableField> | undefined =>
  before === undefined ? undefined : changedFields(before, after)

export const outcomeOf = (draft: Draft): Outcome => {
  if (draft.errors.length > 0) return 'error'
  const changes = changesOf(draft)
  if (changes === undefined) return 'created'
  return changes.size === 0 ? 'unchanged' : 'updated'
}

/** A row as it would be done, judged by itself alone. */
export const draftOf = ({ record, errors }: ReadRow, known: Known, makeId: () => string, at: string): Draft => {
  const before = record.employee_id === undefined ? undefined : known.people.get(record.employee_id)
  const { name, department_id, manager_id, skills_badge, roles = [] } = record
  const after =
    before === undefined
      ? {
          employee_id: record.employee_id ?? makeId(),
          name: name ?? '',
          department_id: department_id ?? null,
          manager_id: manager_id ?? null,
          is_ai_agent: false,
          agent_profile: null,
          skills_badge: skills_badge ?? [],
          status: 'active' as const,
          roles,
          version: 1,
          created_at: at,
          updated_at: at,
        }
      : {
          ...before,
          name: name ?? before.name,
          department_id: department_id === undefined ? before.department_id : department_id,
          manager_id: manager_id === undefined ? before.manager_id : manager_id,
          skills_badge: skills_badge ?? before.skills_badge,
        }
  return { record, before, after, errors: [...errors] }
}

/**
 * Refuses those whose manager is not there, in the organisation or in another row that can be done, and those whose lines of
 * managers would lead back to where they start. What is refused may take others with it: it ends when nothing is refused
 * any more, so the order of the rows does not matter.
 */
export const refuseManagers = (drafts: readonly Draft[], known: Known): void => {
  const givesManager = ({ before, after }: Draft): boolean => before?.manager_id !== after.manager_id
  const managed = drafts.filter((draft) => givesManager(draft) && draft.after.manager_id !== null)
  for (;;) {
    const good = new Map(
      drafts.filter(({ errors }) => errors.length === 0).map((draft) => [draft.after.employee_id, draft]),
    )
    const refused = absentManagers(managed, good, known)
    if (refused.length === 0) {
      const managerOf = (id: string): string | null =>
        (good.get(id)?.after ?? { manager_id: known.managersAbove.get(id) ?? null }).manager_id
      const circles = inCircles(
        managed.map(({ after }) => after.employee_id),
        managerOf,
      )
      refused.push(...managed.filter((draft) => draft.errors.length === 0 && circles.has(draft.after.employee_id)))
      for (const { errors } of refused) {
        errors.push({ field: 'manager_id', rule: 'manager_cycle', message: 'The line of managers leads back here.' })
      }
      if (refused.length === 0) return
    }
  }
}

/** Refuses those who would report to nobody, and whoever would report to them. @returns whom it has refused */
const absentManagers = (managed: readonly Draft[], good: Map<string, Draft>, known: Known): Draft[] => {
  const reports = Map.groupBy(managed, ({ after }) => after.manager_id)
  const isThere = (id: string | null): boolean =>
    id !== null && (known.people.get(id)?.status === 'active' || isNew(good.get(id)))
  const refused: Draft[] = []
  const due = managed.filter((draft) => draft.errors.length === 0 && !isThere(draft.after.manager_id))
  for (let draft = due.pop(); draft !== undefined; draft = due.pop()) {
    if (draft.errors.length > 0) continue
    draft.errors.push({ field: 'manager_id', rule: 'exists', message: 'There is no such one.' })
    refused.push(draft)
    good.delete(draft.after.employee_id)
    if (draft.before === undefined) due.push(...(reports.get(draft.after.employee_id) ?? []))
  }
  return refused
}

const isNew = (draft: Draft | undefined): boolean => draft !== undefined && draft.before === undefined

/** Those who stand in a circle themselves, of everybody on the lines upwards from these. */
const inCircles = (from: readonly string[], managerOf: (id: string) => string | null): ReadonlySet<string> => {
  const known = new Set<string>()
  const circles = new Set<string>()
  for (const start of from) {
    const line: string[] = []
    let id: string | null = start
    while (id !== null && !known.has(id)) {
      known.add(id)
      line.push(id)
      id = managerOf(id)
    }
    const begin = id === null ? -1 : line.indexOf(id)
    if (begin >= 0) for (const each of line.slice(begin)) circles.add(each)
  }
  return circles
}
