import { type Employee, MChatError } from '@mchat/schema'
import type { Tables } from '@mchat/schema/tables'
import type { Transaction } from 'kysely'
import { counters } from '../../db/repositories/counters.ts'
import { employees } from '../../db/repositories/employees.ts'
import { isActiveOwner } from '../role-grants.ts'

/**
 * Somebody must remain who may do everything.
 * @throws MChatError `last_owner` when the change would take the last one away
 */
export const requireRemainingOwner = async (
  tx: Transaction<Tables>,
  before: Employee,
  after: Employee,
): Promise<void> => {
  if (!isActiveOwner(before) || isActiveOwner(after)) return
  // Locks the row, so that two owners who take each other away come one after the other.
  await counters.bump(tx, 'owners')
  if ((await employees.countActiveOwners(tx)) <= 1) throw new MChatError('last_owner')
}
