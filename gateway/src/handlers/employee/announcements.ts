import type { Employee } from '@mchat/schema'
import type { Effect } from '../../router/effects.ts'
import { type ChangeableField, changedSkills } from './differences.ts'
import { publicProfile } from './present.ts'

/**
 * What everybody hears of a change to an employee.
 * @param before undefined: the employee is new
 * @param changesTree does `org.tree` answer differently now?
 */
export const announcements = (
  before: Employee | undefined,
  after: Employee,
  changed: Iterable<ChangeableField>,
  changesTree: boolean,
): Effect[] => {
  const isDisabled = before?.status === 'active' && after.status === 'disabled'
  const effects: Effect[] = [
    {
      kind: 'profile',
      event: {
        employee_id: after.employee_id,
        event: before === undefined ? 'created' : isDisabled ? 'disabled' : 'updated',
        fields: [...changed],
        profile: publicProfile(after),
        updated_at: after.updated_at,
      },
    },
  ]
  if (changesTree) effects.push({ kind: 'org_changed' })
  const skills = changedSkills(before, after)
  if (skills.length > 0) effects.push({ kind: 'capabilities_changed', skills })
  return effects
}
