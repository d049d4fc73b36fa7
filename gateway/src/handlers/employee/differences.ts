import { isDeepStrictEqual } from 'node:util'
import type { Employee } from '@mchat/schema'
import { skillsOf } from '../skills.ts'

/** What `employee.update` can set. */
export const CHANGEABLE_FIELDS = [
  'name',
  'department_id',
  'manager_id',
  'agent_profile',
  'skills_badge',
  'status',
  'roles',
] as const
export type ChangeableField = (typeof CHANGEABLE_FIELDS)[number]

/** What `org.tree` shows of an employee; it shows active ones only. */
const TREE_FIELDS: ReadonlySet<ChangeableField> = new Set(['name', 'department_id', 'manager_id', 'skills_badge'])

export const changedFields = (before: Employee, after: Employee): ReadonlySet<ChangeableField> =>
  new Set(CHANGEABLE_FIELDS.filter((field) => !isDeepStrictEqual(before[field], after[field])))

/** Does `org.tree` answer differently after this? */
export const changesTree = (after: Employee, changed: ReadonlySet<ChangeableField>): boolean =>
  changed.has('status') || (after.status === 'active' && !changed.isDisjointFrom(TREE_FIELDS))

/** The skills whose list of agents this changes; `undefined` for an employee who was not there before. */
export const changedSkills = (before: Employee | undefined, after: Employee): string[] =>
  [...skillsOf(before).symmetricDifference(skillsOf(after))].sort()
