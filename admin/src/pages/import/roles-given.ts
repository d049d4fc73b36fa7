import { withoutApostrophe } from '@mchat/schema/csv'
import { ROLE_NAMES, type RoleName } from '@mchat/schema/roles'
import { rolesIn } from '@mchat/schema/sheet-text'
import type { RowResult } from './import-run.ts'
import type { PlannedRow } from './plan-rows.ts'

/**
 * How many rows give each role, beyond what everybody has. Only somebody new is given any: the roles of those who are there
 * are compared, and where they differ the row is refused.
 */
export const rolesGiven = (
  rows: readonly PlannedRow[],
  results: ReadonlyMap<number, RowResult>,
): ReadonlyMap<RoleName, number> => {
  const given = rows
    .filter(({ number }) => results.get(number)?.outcome === 'created')
    .flatMap(({ row }) => [...new Set(grantsOf(row.roles).map(({ role }) => role))])
  const counts = ROLE_NAMES.filter((role) => role !== 'member').map(
    (role) => [role, given.filter((each) => each === role).length] as const,
  )
  return new Map(counts.filter(([, count]) => count > 0))
}

const grantsOf = (roles: PlannedRow['row']['roles']): readonly { readonly role: string }[] =>
  typeof roles === 'string' ? rolesIn(withoutApostrophe(roles)) : (roles ?? [])
