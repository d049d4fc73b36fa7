import { MChatError } from '@mchat/schema'
import { isWithin } from '../../db/directory.ts'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireParent } from './parent.ts'

export default defineHandler('department.update', async (context, input) => {
  const { tx, now, effects } = context
  const { department_id, name, parent_id, sort_order } = input
  const before = await departments.find(tx, department_id)
  if (before === undefined) throw new MChatError('department_not_found')
  const isSame =
    (name ?? before.name) === before.name &&
    (parent_id === undefined || parent_id === before.parent_id) &&
    (sort_order ?? before.sort_order) === before.sort_order
  if (isSame) return before

  // Before looking at the tree, so that two moves that would close a circle together come one after the other.
  await counters.bump(tx, 'org')
  const parents = await departments.parents(tx)
  const currentParent = parents.get(department_id)
  if (currentParent === undefined) throw new MChatError('department_not_found')
  await context.judge({ parents })
  if (parent_id !== undefined && parent_id !== currentParent) {
    requireParent(parents, parent_id)
    if (parent_id !== null && isWithin(parent_id, department_id, parents)) throw new MChatError('department_cycle')
  }
  const department = await departments.update(tx, department_id, { name, parent_id, sort_order }, now)
  effects.push({ kind: 'departments_changed' }, { kind: 'org_changed' })
  return department
})
