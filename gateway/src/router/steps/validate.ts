import { ACTIONS, type ActionDefinition, type FieldError, MChatError } from '@mchat/schema'
import { Compile, type Validator } from 'typebox/compile'
import { Value } from 'typebox/value'
import type { ParsedObject } from '../../platform/strict-json.ts'
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
    throw new MChatError('invalid_fields', { fields: fieldErrors(input, parsed.value) })
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

/** One entry per field: of a union every member fails, which is one mistake of the sender. */
const fieldErrors = (input: ActionInput, value: unknown): FieldError[] => {
  const errors = new Map<string, FieldError>()
  const add = (field: string, rule: string, message: string): void => {
    if (!errors.has(field) && errors.size < MAX_REPORTED) errors.set(field, { field, rule, message })
  }
  for (const error of input.validator.Errors(value)) {
    const path = error.instancePath
      .slice(1)
      .replaceAll(/\/(\d+)(?=\/|$)/g, '[$1]')
      .replaceAll('/', '.')
    if (error.keyword !== 'required') {
      add(path, error.keyword, error.message)
      continue
    }
    for (const name of error.params.requiredProperties) {
      add(path === '' ? name : `${path}.${name}`, 'required', 'is required')
    }
  }
  return [...errors.values()]
}
