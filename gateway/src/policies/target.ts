import type { ActionDefinition } from '@mchat/schema'
import type { Fields } from './conditions.ts'

/**
 * The id of what a request is about: the field that the action names, in the request or, of something that was made, in the
 * answer. The caller, where a request leaves it out that could name somebody else.
 */
export const targetOf = (
  { target }: Pick<ActionDefinition, 'target'>,
  input: Fields,
  callerId: string,
  answer: Fields = {},
): string | null => {
  if (target === undefined) return null
  const id = input[target] ?? answer[target]
  if (typeof id === 'string') return id
  return target === 'employee_id' ? callerId : null
}
