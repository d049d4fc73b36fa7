import { ACTIONS, type ActionName } from '@mchat/schema'
import {
  IsArray,
  IsBoolean,
  IsInteger,
  IsLiteral,
  IsNull,
  IsNumber,
  IsObject,
  IsString,
  IsUnion,
  type TSchema,
} from 'typebox'
import { Value } from 'typebox/value'
import type { Request } from './request.ts'

/** Takes out of a value what its schema does not declare. */
type Cleaner = (value: unknown) => unknown

const ofActions = new Map<string, Cleaner | undefined>()

/** Only what the action declares leaves the gateway, whatever a handler or a table has grown. */
export const declaredOutput = (request: Pick<Request, 'action'>, data: object): object => {
  const { action } = request
  if (!ofActions.has(action)) ofActions.set(action, cleanerFor(ACTIONS[action as ActionName].output))
  return (ofActions.get(action)?.(data) ?? data) as object
}

/**
 * Made once for a schema: typebox looks at the whole schema again for each of 20,000 people, and copies and checks whatever
 * may be null. What is not an object, a list or one of these or null is left to it. undefined: there is nothing to take out.
 */
const cleanerFor = (schema: TSchema): Cleaner | undefined => {
  if (isPlain(schema)) return undefined
  if (IsArray(schema)) return listCleaner(schema.items)
  if (IsObject(schema) && !('additionalProperties' in schema && schema.additionalProperties !== false))
    return objectCleaner(schema.properties)
  if (IsUnion(schema)) {
    const [only, ...others] = schema.anyOf.filter((each) => !IsNull(each))
    if (only !== undefined && others.length === 0) return cleanerFor(only)
  }
  return (value) => Value.Clean(schema, value)
}

/** Has nothing in it that could be taken out. */
const isPlain = (schema: TSchema): boolean =>
  IsString(schema) ||
  IsNumber(schema) ||
  IsInteger(schema) ||
  IsBoolean(schema) ||
  IsNull(schema) ||
  IsLiteral(schema) ||
  (IsArray(schema) && isPlain(schema.items)) ||
  (IsUnion(schema) && schema.anyOf.every(isPlain))

const listCleaner = (items: TSchema): Cleaner => {
  const clean = cleanerFor(items)
  return (value) => (clean === undefined || !Array.isArray(value) ? value : value.map(clean))
}

const objectCleaner = (properties: Readonly<Record<string, TSchema>>): Cleaner => {
  const cleaners = new Map(Object.entries(properties).map(([key, schema]) => [key, cleanerFor(schema)]))
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const object = value as Record<string, unknown>
    for (const key of Object.keys(object)) {
      if (!cleaners.has(key)) delete object[key]
      else {
        const clean = cleaners.get(key)
        if (clean !== undefined) object[key] = clean(object[key])
      }
    }
    return object
  }
}
