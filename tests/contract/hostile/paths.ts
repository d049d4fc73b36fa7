import type { TSchema } from 'typebox'
import { ACTIONS, type ActionDefinition, type ActionName } from '../../../schema/src/index.ts'

export interface FieldPath {
  /** `updates.roles[].department_id` */
  readonly path: string
  readonly isRequired: boolean
}

interface Node {
  readonly type?: string
  readonly properties?: Readonly<Record<string, TSchema>>
  readonly required?: readonly string[]
  readonly items?: TSchema
}

/** Every field an action declares, down to the last level; what it passes on unread is one field. */
export const fieldsOf = (action: ActionName): FieldPath[] => {
  const definition: ActionDefinition = ACTIONS[action]
  const walk = (schema: TSchema, prefix: string): FieldPath[] => {
    const { properties = {}, required = [] } = schema as Node
    return Object.entries(properties).flatMap(([name, child]) => {
      const path = `${prefix}${name}`
      const own = { path, isRequired: required.includes(name) }
      return definition.opaque?.includes(path) === true ? [own] : [own, ...below(child, path)]
    })
  }
  const below = (schema: TSchema, path: string): FieldPath[] => {
    const { type, items } = schema as Node
    if (type === 'object') return walk(schema, `${path}.`)
    if (type !== 'array' || items === undefined) return []
    const element = { path: `${path}[]`, isRequired: false }
    return [element, ...below(items, element.path)]
  }
  return walk(definition.input, '')
}

/** As an error names it: the first element stands for all. */
export const nameOf = (path: string): string => path.replaceAll('[]', '[0]')

const steps = (path: string): (string | number)[] =>
  nameOf(path)
    .split(/\.|(?=\[)/)
    .map((step) => (step === '[0]' ? 0 : step))

/** A copy of the input with another value there; what is above it is made where it is missing. */
export const withValue = (input: object, path: string, value: unknown): object => {
  const copy: object = structuredClone(input)
  const keys = steps(path)
  const last = keys.pop() ?? ''
  let holder = copy as Record<string | number, unknown>
  keys.forEach((key, i) => {
    holder[key] ??= keys[i + 1] === 0 || (i + 1 === keys.length && last === 0) ? [] : {}
    holder = holder[key] as Record<string | number, unknown>
  })
  holder[last] = value
  return copy
}

export const withoutValue = (input: object, path: string): object => {
  const copy: object = withValue(input, path, undefined)
  return JSON.parse(JSON.stringify(copy)) as object
}
