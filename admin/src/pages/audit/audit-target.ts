import { ACTION_TARGETS } from '@mchat/schema/action-ids'
import { ownerOf } from '@mchat/schema/ids'

export interface TargetPlace {
  readonly kind: 'person' | 'group' | 'department' | 'unknown'
  readonly id: string
}

/** Of what is no request but is written down as well. */
const OWN_TARGETS: Readonly<Record<string, string>> = { 'admin.create': 'employee_id', 'admin.reset': 'employee_id' }

/** What the target of a row is the id of; of a device, whose it is. */
export const placeOfTarget = (action: string, target: string): TargetPlace => {
  switch (ACTION_TARGETS[action] ?? OWN_TARGETS[action]) {
    case 'employee_id':
      return { kind: 'person', id: target }
    case 'client_id':
      return { kind: 'person', id: ownerOf(target) }
    case 'group_id':
      return { kind: 'group', id: target }
    case 'department_id':
      return { kind: 'department', id: target }
    default:
      return { kind: 'unknown', id: target }
  }
}
