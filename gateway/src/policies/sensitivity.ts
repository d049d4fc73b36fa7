import type { ActionDefinition } from '@mchat/schema'
import { valueAt } from './authorise.ts'
import type { Fields } from './conditions.ts'

/** Does this request need a second factor? Of `once_enrolled` it depends on whether there is one. */
export const isSensitive = ({ sensitive }: Pick<ActionDefinition, 'sensitive'>, input: Fields): boolean => {
  if (sensitive === undefined) return false
  if (typeof sensitive === 'string') return true
  return sensitive.fields.some((path) => valueAt(input, path) !== undefined)
}
