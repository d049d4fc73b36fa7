import { MChatError } from '@mchat/schema'
import { counters } from '../../db/repositories/counters.ts'
import { departments } from '../../db/repositories/departments.ts'
import { newId } from '../../platform/random.ts'
import { defineHandler } from '../../router/define-handler.ts'
import { requireParent } from './parent.ts'

export default defineHandler('department.create', async (context, input) => {
  const { tx, now, effects } = context
  // First, so that whatever changes the organisation waits here and judges what is really there.
  await counters.bump(tx, 'org')
  const parents = await departments.parents(tx)
  const parent_id = input.parent_id ?? null
  await context.judge({ parents })
  requireParent(parents, parent_id)
  const department_id = input.department_id ?? newId('dept')
  if (parents.has(department_id)) throw new MChatError('id_taken')
  const department = await departments.insert(tx, {
    department_id,
    name: input.name,
    parent_id,
    sort_order: input.sort_order ?? 0,
    now,
  })
  effects.push({ kind: 'departments_changed' }, { kind: 'org_changed' })
  return department
})
