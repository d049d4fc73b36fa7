import { ACTIONS, type ActionDefinition, MChatError } from '@mchat/schema'
import { Compile, type Validator } from 'typebox/compile'
import { Value } from 'typebox/value'
import type { ParsedObject } from '../../platform/strict-json.ts'
import { fieldErrors } from '../field-errors.ts'
import type { Request } from '../request.ts'

const MAX_REPORTED = 10

interface ActionInput {
  readonly validator: Validator
  readonly definition: ActionDefinition
}

const inputs = new Map<string, ActionInput>(
  Object.entries(ACTIONS).map(([name, definition]) => [
    name,
    { validator: Compile(definition.input) as unknown as Validator, definition },
  ]),
)

/** Checks the fields of the action and keeps those it declares; whatever else was sent is gone from here on. */
export const validate = (request: Request): void => {
  const { parsed } = request
  const input = inputs.get(request.action)
  if (parsed === undefined || input === undefined) throw new MChatError('internal')
  if (!input.validator.Check(parsed.value)) {
    throw new MChatError('invalid_fields', { fields: fieldErrors(input.validator, parsed.value, MAX_REPORTED) })
  }
  checkNumbers(parsed, input.definition)
  request.input = declaredFields(parsed.value, input.definition)
  request.isValid = true
}

/** 1e2 and -0 are numbers JSON writes and integers nobody means: refused where an integer could be wanted. */
const checkNumbers = (parsed: ParsedObject, definition: ActionDefinition): void => {
  const fields = parsed.oddNumbers
    .filter((name) => Object.hasOwn(definition.input.properties, name) && !(definition.opaque ?? []).includes(name))
    .map((name) => ({
      field: name,
      rule: 'number',
      message: 'Numbers are written without exponent and negative zero.',
    }))
  if (fields.length > 0) throw new MChatError('invalid_fields', { fields })
}

const declaredFields = (value: Record<string, unknown>, definition: ActionDefinition): Record<string, unknown> => {
  const fields: Record<string, unknown> = {}
  for (const name of Object.keys(definition.input.properties)) {
    if (value[name] !== undefined) fields[name] = value[name]
  }
  // Relays name the few fields they pass on themselves; what is stored is cleaned to the last level.
  return definition.kind === 'relay' ? fields : (Value.Clean(definition.input, fields) as Record<string, unknown>)
}
