/**
 * Prints JSON Schema as TypeScript. Only what the contract's schemas use is understood; anything else stops the
 * generation, so that a type is never silently wider than the contract.
 */

export interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** `true`: others are tolerated; a schema: they are part of it. */
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly description?: string
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minimum?: number
  readonly maximum?: number
}

/** The plain JSON Schema of a TypeBox value. */
export const plain = (schema: object): JsonSchema => JSON.parse(JSON.stringify(schema)) as JsonSchema

/** Two schemas are the same type when only their descriptions differ. */
const identityOf = (schema: JsonSchema): string =>
  JSON.stringify(schema, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? undefined : value,
  )

/** Types that are printed once and referred to by name wherever the same schema appears. */
export class NamedTypes {
  readonly #names = new Map<string, string>()
  readonly #declarations = new Map<string, JsonSchema>()

  add(name: string, schema: JsonSchema): void {
    const identity = identityOf(schema)
    if (!this.#names.has(identity)) this.#names.set(identity, name)
    this.#declarations.set(name, schema)
  }

  nameOf(schema: JsonSchema): string | undefined {
    return this.#names.get(identityOf(schema))
  }

  /** `export interface` or `export type` for every named type, in the order they were added. */
  print(): string {
    const printed: string[] = []
    for (const [name, schema] of this.#declarations) printed.push(declare(name, schema, this))
    return printed.join('\n')
  }
}

/** One exported declaration. A schema that already has another name becomes an alias of it. */
export const declare = (name: string, schema: JsonSchema, named: NamedTypes): string => {
  const known = named.nameOf(schema)
  const doc = docOf(schema, '')
  if (known !== undefined && known !== name) return `${doc}export type ${name} = ${known}\n`
  const isInterface = schema.type === 'object' && Object.keys(schema.properties ?? {}).length > 0
  if (isInterface) {
    return `${doc}export interface ${name} ${printObject(schema, named, '')}\n`
  }
  return `${doc}export type ${name} = ${printStructure(schema, named, '')}\n`
}

const printType = (schema: JsonSchema, named: NamedTypes, indent: string): string =>
  named.nameOf(schema) ?? printStructure(schema, named, indent)

const literal = (value: unknown): string => JSON.stringify(value).replaceAll('"', "'")

const printStructure = (schema: JsonSchema, named: NamedTypes, indent: string): string => {
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(literal).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((option) => printType(option, named, indent)).join(' | ')
  switch (schema.type) {
    case undefined: {
      const constraints = Object.keys(schema).filter((key) => key !== 'description')
      if (constraints.length > 0) throw new Error(`cannot print a schema with ${constraints.join(', ')}`)
      return 'unknown'
    }
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'integer':
    case 'number':
      return 'number'
    case 'array': {
      const items = schema.items === undefined ? 'unknown' : printType(schema.items, named, indent)
      return items.includes(' | ') ? `Array<${items}>` : `${items}[]`
    }
    case 'object':
      return printObject(schema, named, indent)
    default:
      throw new Error(`cannot print the type ${schema.type}`)
  }
}

const printObject = (schema: JsonSchema, named: NamedTypes, indent: string): string => {
  if (schema.patternProperties !== undefined) {
    const [values] = Object.values(schema.patternProperties)
    return `Record<string, ${values === undefined ? 'unknown' : printType(values, named, indent)}>`
  }
  const entries = Object.entries(schema.properties ?? {})
  if (entries.length === 0) return 'Record<string, never>'
  const inner = `${indent}  `
  const lines = entries.map(([key, value]) => {
    const optional = schema.required?.includes(key) === true ? '' : '?'
    return `${docOf(value, inner)}${inner}${key}${optional}: ${printType(value, named, inner)}\n`
  })
  const { additionalProperties: others } = schema
  if (typeof others === 'object') lines.push(`${inner}[field: string]: ${printType(others, named, inner)}\n`)
  return `{\n${lines.join('')}${indent}}`
}

const range = (min: number | undefined, max: number | undefined, unit: string): string | undefined => {
  if (min !== undefined && max !== undefined) return min === max ? `${min}${unit}` : `${min} to ${max}${unit}`
  if (max !== undefined) return `at most ${max}${unit}`
  if (min !== undefined) return `at least ${min}${unit}`
  return undefined
}

/** What the schema says about a value, as a doc comment: its description, then its limits. */
const docOf = (schema: JsonSchema, indent: string): string => {
  const limits = [
    range(schema.minLength, schema.maxLength, ' characters'),
    range(schema.minItems, schema.maxItems, ' entries'),
    range(schema.minimum, schema.maximum, ''),
  ].filter((limit) => limit !== undefined)
  const text = [schema.description, ...limits].filter((part) => part !== undefined).join('; ')
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n`
}
