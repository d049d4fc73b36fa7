import { MChatError } from '@mchat/schema'
import { employees } from '../../db/repositories/employees.ts'
import { members } from '../../db/repositories/members.ts'
import type { ChangeContext } from '../../router/context.ts'
import { notFound } from '../rights.ts'

/**
 * Whoever is to join a group must be there, active, and not in too many groups already; none of them can be disabled
 * before the transaction ends.
 * @param fields the field that names each of them, by employee_id
 * @throws MChatError `employee_not_found`, `too_many_groups`, naming the fields
 */
export const requireJoiners = async (context: ChangeContext, fields: ReadonlyMap<string, string>): Promise<void> => {
  const { tx, config } = context
  const ids = [...fields.keys()]
  const found = await employees.findManyForShare(tx, ids)
  const absent = ids.filter((id) => found.get(id)?.status !== 'active')
  if (absent.length > 0) throw notFound('employee_not_found', ...absent.map((id) => fields.get(id) ?? ''))

  const limit = config.limits.groupsPerEmployee
  const counts = await members.countGroupsOf(tx, ids)
  const busy = ids.filter((id) => (counts.get(id) ?? 0) >= limit)
  if (busy.length === 0) return
  throw new MChatError('too_many_groups', {
    fields: busy.map((id) => ({
      field: fields.get(id) ?? '',
      rule: 'groupsPerEmployee',
      message: `is in ${limit} groups already`,
    })),
  })
}
