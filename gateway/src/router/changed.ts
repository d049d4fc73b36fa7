import { changedNounOf, LIMITS } from '@mchat/schema'
import type { Changed, ChangedTarget } from '../changes/changes.ts'
import { ALL_DEPARTMENTS, type Directory } from '../db/directory.ts'
import { targetOf } from '../policies/target.ts'
import type { Caller } from './context.ts'
import type { Effect } from './effects.ts'
import type { Request } from './request.ts'

export interface DoneChange {
  readonly request: Request
  readonly caller: Caller
  readonly data: object
  readonly effects: readonly Effect[]
  readonly at: string
}

/**
 * What those are told who administer what a change has changed: what its action is about, and what its effects name. What
 * it was before is read from what is remembered, so before the effects are settled.
 * @returns undefined: nobody is told of it
 */
export const changedBy = (
  directory: Pick<Directory, 'employees' | 'departments'>,
  { at, caller, data, effects, request }: DoneChange,
): Changed | undefined => {
  const things = new Map<string, ChangedTarget>()
  const add = (noun: ChangedTarget['noun'], id: string | undefined): void => {
    const from = id === undefined ? undefined : departmentBefore(directory, noun, id)
    things.set(`${noun} ${id}`, { noun, ...(id === undefined ? {} : { id }), ...(from === undefined ? {} : { from }) })
  }
  const { definition } = request
  const noun = changedNounOf(request.action)
  if (definition?.audited !== undefined && noun !== undefined) {
    add(noun, targetOf(definition, request.input, caller.employeeId, data as Record<string, unknown>) ?? undefined)
  }
  for (const effect of effects) for (const [noun, id] of thingsOf(effect)) add(noun, id)
  if (things.size === 0) return undefined
  const all = [...things.values()]
  const more = all.length - LIMITS.changesPerEvent
  return {
    action: request.action,
    operator_id: caller.employeeId,
    at,
    things: all.slice(0, LIMITS.changesPerEvent),
    ...(more > 0 ? { more } : {}),
  }
}

const thingsOf = (effect: Effect): readonly (readonly [ChangedTarget['noun'], string])[] => {
  switch (effect.kind) {
    case 'employees_changed':
      return effect.employee_ids.map((id) => ['employee', id])
    case 'group_changed':
      return [['group', effect.group_id]]
    case 'sessions_changed':
      return effect.client_ids.map((id) => ['session', id])
    case 'profile': {
      const { employee_id, event, fields } = effect.event
      const hasRoles = event === 'created' || fields.includes('roles')
      return [['employee', employee_id], ...(hasRoles ? [['role', employee_id] as const] : [])]
    }
    default:
      return []
  }
}

/** undefined: that is not remembered, or what it is in is in no department. */
const departmentBefore = (
  { departments, employees }: Pick<Directory, 'employees' | 'departments'>,
  noun: ChangedTarget['noun'],
  id: string,
): string | null | undefined => {
  if (noun === 'department') return departments.peek(ALL_DEPARTMENTS)?.get(id)
  return noun === 'employee' || noun === 'role' ? employees.peek(id)?.departmentId : undefined
}
