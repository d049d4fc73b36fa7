import type { Parents } from '../../policies/facts.ts'
import { notFound } from '../rights.ts'

/**
 * To be asked once the right over it is known, so that it does not tell which departments exist.
 * @throws MChatError `department_not_found`
 */
export const requireParent = (parents: Parents, parentId: string | null): void => {
  if (parentId !== null && !parents.has(parentId)) throw notFound('department_not_found', 'parent_id')
}
