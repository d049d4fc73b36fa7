/** JSON as it is written to a file. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SCHEMA_KEYWORDS = new Set(['items', 'additionalProperties', 'not', 'if', 'then', 'else'])
const SCHEMA_LIST_KEYWORDS = new Set(['anyOf', 'allOf', 'oneOf'])
const SCHEMA_MAP_KEYWORDS = new Set(['properties', 'patternProperties'])

/** Applies `change` to every schema directly inside this one, and to nothing that only looks like a schema. */
export const mapSubschemas = (schema: JsonObject, change: (inner: JsonObject) => JsonObject): JsonObject => {
  const changed = (value: Json): Json => (isJsonObject(value) ? change(value) : value)
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      if (SCHEMA_KEYWORDS.has(keyword)) return [keyword, changed(value)]
      if (SCHEMA_LIST_KEYWORDS.has(keyword) && Array.isArray(value)) return [keyword, value.map(changed)]
      if (SCHEMA_MAP_KEYWORDS.has(keyword) && isJsonObject(value)) {
        return [keyword, Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, changed(inner)]))]
      }
      return [keyword, value]
    }),
  )
}

const constOf = (schema: Json): Json | undefined => (isJsonObject(schema) ? schema.const : undefined)

/** Strings to choose from are always written as an enumeration, whichever of TypeBox's two ways declared them. */
const choiceAsEnum = (schema: JsonObject): JsonObject => {
  const { anyOf, ...rest } = schema
  if ('type' in rest) return schema
  const values = Array.isArray(anyOf) ? anyOf.map(constOf) : rest.enum
  const isChoice = Array.isArray(values) && values.every((value) => typeof value === 'string')
  return isChoice ? { type: 'string', enum: values, ...rest } : schema
}

/** A pattern that every name matches says the same as additionalProperties. */
const recordAsAdditional = (schema: JsonObject): JsonObject => {
  const { patternProperties, ...rest } = schema
  if (!isJsonObject(patternProperties) || Object.keys(patternProperties).join() !== '^.*$') return schema
  return { ...rest, additionalProperties: patternProperties['^.*$'] ?? true }
}

const simplified = (schema: JsonObject): JsonObject =>
  recordAsAdditional(choiceAsEnum(mapSubschemas(schema, simplified)))

/** A TypeBox schema as plain JSON Schema, without what only TypeBox needs and in its shortest form. */
export const plainSchema = (schema: object): JsonObject => simplified(JSON.parse(JSON.stringify(schema)) as JsonObject)

const sortedKeys = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(sortedEntries(value).map(([key, inner]) => [key, sortedKeys(inner)]))
}

/** The same text for the same schema, however its keywords are ordered. */
export const canonicalText = (schema: JsonObject): string => JSON.stringify(sortedKeys(schema))

/** By code unit, so that no locale can change what is generated. */
export const sortedEntries = <V>(record: Readonly<Record<string, V>>): [string, V][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))

export const sortedRecord = <V>(record: Readonly<Record<string, V>>): Record<string, V> =>
  Object.fromEntries(sortedEntries(record))
