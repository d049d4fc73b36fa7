import { anchor, code, paragraphs, table } from './markdown.ts'
import { EVENT_SCHEMAS, nameOf } from './named-schemas.ts'
import { isJsonObject, type Json, type JsonObject } from './schema-form.ts'

const schemasIn = (value: Json | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : [])
const propertiesOf = (schema: JsonObject): [string, JsonObject][] =>
  isJsonObject(schema.properties) ? (Object.entries(schema.properties) as [string, JsonObject][]) : []

/** Beside a `type`, anyOf adds a condition and is no choice between types. */
const isUnion = (schema: JsonObject): boolean => schema.anyOf !== undefined && schema.type === undefined

/** The pages that describe types: the shared ones, and the events. */
export type Page = 'actions.md' | 'topics.md'

const link = (name: string, from: Page): string => {
  const page: Page = Object.hasOwn(EVENT_SCHEMAS, name) ? 'topics.md' : 'actions.md'
  return `[${name}](${page === from ? '' : page}#${anchor(name)})`
}

/** The type as a reader says it; `page` is where it is said. */
export const typeText = (schema: JsonObject, page: Page): string => {
  const name = nameOf(schema)
  return name === undefined ? formText(schema, page) : link(name, page)
}

/** The same where a shared type itself is described. */
export const formText = (schema: JsonObject, page: Page): string => {
  if (isUnion(schema)) {
    return schemasIn(schema.anyOf)
      .map((inner) => typeText(inner, page))
      .join(' or ')
  }
  if (Array.isArray(schema.enum)) return schema.enum.map((value: Json) => code(JSON.stringify(value))).join(' or ')
  if (schema.const !== undefined) return code(JSON.stringify(schema.const))
  if (schema.type === 'array') return isJsonObject(schema.items) ? `array of ${typeText(schema.items, page)}` : 'array'
  const values = schema.additionalProperties
  if (isJsonObject(values) && Object.keys(values).length > 0) return `map to ${typeText(values, page)}`
  return typeof schema.type === 'string' ? schema.type : 'any JSON'
}

/** `unit` is a plural, or empty for plain numbers. */
const range = (min: Json | undefined, max: Json | undefined, unit: string): string[] => {
  const many = (count: Json): string => [count, count === 1 ? unit.replace(/s$/, '') : unit].join(' ').trimEnd()
  if (min !== undefined && max !== undefined) return [min === max ? many(min) : `${min} to ${many(max)}`]
  if (min !== undefined) return [`at least ${many(min)}`]
  return max === undefined ? [] : [`at most ${many(max)}`]
}

/** What a value must satisfy beside its type; nothing for a shared type, which is described in its own place. */
export const limitsText = (schema: JsonObject): string => {
  if (nameOf(schema) !== undefined) return ''
  const own = [
    ...range(schema.minLength, schema.maxLength, 'characters'),
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minItems, schema.maxItems, 'elements'),
    ...range(schema.minProperties, schema.maxProperties, 'fields'),
    ...(schema.uniqueItems === true ? ['all different'] : []),
    ...(typeof schema.pattern === 'string' ? [code(schema.pattern)] : []),
  ]
  const inner = isJsonObject(schema.items) ? limitsText(schema.items) : ''
  return [...own, ...(inner === '' ? [] : [`each ${inner}`])].join(', ')
}

const noteText = (schema: JsonObject): string =>
  nameOf(schema) === undefined && typeof schema.description === 'string' ? schema.description : ''

/** The objects inside a field whose own fields are worth rows: neither shared nor free-form. */
const nested = (schema: JsonObject, path: string): [JsonObject, string][] => {
  if (nameOf(schema) !== undefined) return []
  if (isJsonObject(schema.items)) return nested(schema.items, `${path}[]`)
  if (isUnion(schema)) return schemasIn(schema.anyOf).flatMap((inner) => nested(inner, path))
  return propertiesOf(schema).length > 0 ? [[schema, `${path}.`]] : []
}

const rows = (schema: JsonObject, prefix: string, page: Page): string[][] => {
  const required = Array.isArray(schema.required) ? schema.required : []
  return propertiesOf(schema).flatMap(([field, inner]) => [
    [
      code(prefix + field),
      typeText(inner, page),
      required.includes(field) ? 'yes' : '',
      [limitsText(inner), noteText(inner)].filter((text) => text !== '').join('. '),
    ],
    ...nested(inner, prefix + field).flatMap(([object, path]) => rows(object, path, page)),
  ])
}

const requiredOneOf = (schema: JsonObject): string => {
  const choices = isUnion(schema) ? [] : schemasIn(schema.anyOf).flatMap(({ required }) => required ?? [])
  return choices.length === 0
    ? ''
    : `At least one of ${choices.map((field) => code(String(field))).join(', ')} is required.`
}

/** One row for each field of an object, those of nested objects under dotted paths. */
export const fieldTable = (schema: JsonObject, page: Page): string =>
  paragraphs(table(['Field', 'Type', 'Required', 'Limits and notes'], rows(schema, '', page)), requiredOneOf(schema))
