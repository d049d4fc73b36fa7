import type { Employee } from '@mchat/sdk'
import type { Reach } from '../../directory/use-reach.ts'

/** What the reader may do with a person; the rules of the gateway (schema/src/rules.ts) say the same. */
export interface PersonRights {
  readonly isSelf: boolean
  readonly edits: boolean
  /** Department and manager. */
  readonly places: boolean
  readonly givesRoles: boolean
  readonly seesDevices: boolean
  readonly managesDevices: boolean
  readonly disables: boolean
}

export const personRights = (reach: Reach, person: Employee): PersonRights => {
  const isSelf = reach.isSelf(person)
  const manages = reach.person(person)
  const covers = reach.covers(person.roles)
  return {
    isSelf,
    edits: isSelf || manages,
    places: manages,
    givesRoles: reach.place(person.department_id),
    seesDevices: isSelf || manages,
    managesDevices: (isSelf || (manages && covers)) && person.status === 'active',
    // Nobody shuts themselves out by a slip.
    disables: !isSelf && manages && covers,
  }
}
