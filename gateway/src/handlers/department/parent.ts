import type { EmployeeEntry } from '../../db/directory.ts'
import { forbiddenFields, managesPlace, notFound, type Parents } from '../rights.ts'

/**
 * A department may be put below whatever the caller manages, and at the top by whoever manages everything. The right is
 * looked at first, so that it does not tell which departments exist.
 * @throws MChatError `field_forbidden`, `department_not_found`
 */
export const requireParent = (caller: EmployeeEntry, parents: Parents, parentId: string | null): void => {
  if (!managesPlace(caller, parents, parentId)) throw forbiddenFields(['parent_id'])
  if (parentId !== null && !parents.has(parentId)) throw notFound('department_not_found', 'parent_id')
}
