import { Compile, Meta } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { jsonSchemas } from '../generate/json-schema.ts'
import { isJsonObject, type Json, type JsonObject } from '../generate/schema-form.ts'
import { ACTIONS, type ActionDefinition } from '../src/index.ts'
import { EVENT_EXAMPLES, EXAMPLES, without } from './examples.ts'

const files = jsonSchemas()
const schemas = [...files].filter(([path]) => path !== 'index.json')
const schemaAt = (path: string): JsonObject => files.get(path) ?? expect.fail(`${path} is not generated`)
const errorsOf = (path: string, value: unknown) => Compile(schemaAt(path)).Errors(value)[1]
const accepts = (path: string, value: unknown): boolean => Compile(schemaAt(path)).Check(value)

const stringsIn = (value: Json | undefined): string[] => {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(stringsIn)
  return isJsonObject(value) ? Object.values(value).flatMap(stringsIn) : []
}

describe('the generated schemas', () => {
  const metaSchema = Compile(Meta['https://json-schema.org/draft/2020-12/schema'])

  it.each(schemas)('%s is valid JSON Schema 2020-12', (_path, schema) => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(metaSchema.Errors(schema)[1]).toEqual([])
  })

  it('have an id each', () => {
    const ids = schemas.map(([, schema]) => schema.$id)
    expect(new Set(ids).size).toBe(schemas.length)
    expect(ids.filter((id) => !/^urn:mchat:1:(actions|events):[A-Za-z_.]+$/.test(String(id)))).toEqual([])
  })

  it('are in the index, all of them and nothing else', () => {
    const index = schemaAt('index.json')
    const indexed = stringsIn([index.actions ?? null, index.events ?? null]).filter((text) => text.endsWith('.json'))
    expect(indexed.toSorted()).toEqual(schemas.map(([path]) => path).toSorted())
  })
})

describe('a request of', () => {
  it.each(Object.entries(EXAMPLES))('%s is told from others', (name, { input }) => {
    const path = `actions/${name}.request.json`
    expect(errorsOf(path, { action: name, ...input })).toEqual([])
    expect(errorsOf(path, { action: name, seq_id: 's1', ...input, unknown_field: 1 })).toEqual([])
    expect(accepts(path, input)).toBe(false)
    expect(accepts(path, { action: `${name}x`, ...input })).toBe(false)
    expect(accepts(path, { action: name, seq_id: 's/1', ...input })).toBe(false)
  })
})

describe('a response of', () => {
  const answered = Object.entries(EXAMPLES).filter(
    ([name]) => (ACTIONS as Record<string, ActionDefinition>)[name]?.answered !== false,
  )
  it.each(answered)('%s is success or failure', (name, { output }) => {
    const path = `actions/${name}.response.json`
    const success = { seq_id: 's1', code: 0, message: 'ok', data: output }
    const failure = { seq_id: 's1', code: 500, message: 'failed', data: null, reason: 'internal' }
    expect(errorsOf(path, success)).toEqual([])
    expect(errorsOf(path, failure)).toEqual([])
    const errors = [{ field: 'name', rule: 'required', message: 'is missing' }]
    expect(errorsOf(path, { ...failure, code: 400, reason: 'invalid_fields', data: { errors } })).toEqual([])
    expect(errorsOf(path, { ...failure, code: 429, reason: 'rate_limited', retry_after_ms: 50 })).toEqual([])
    expect(accepts(path, { ...success, data: null })).toBe(false)
    expect(accepts(path, { ...failure, code: 418 })).toBe(false)
    expect(accepts(path, { ...failure, reason: 'teapot' })).toBe(false)
    expect(accepts(path, { ...failure, data: { errors: [{ field: 'name' }] } })).toBe(false)
  })

  it('an action nobody waits for does not exist', () => {
    expect([...files.keys()].filter((path) => path.startsWith('actions/msg.typing.'))).toEqual([
      'actions/msg.typing.request.json',
    ])
  })
})

describe('the event', () => {
  const names = schemas.filter(([path]) => path.startsWith('events/')).map(([path]) => path.slice(7, -5))

  it.each(names)('%s is what is pushed', (name) => {
    const path = `events/${name}.json`
    const example = EVENT_EXAMPLES[name] ?? expect.fail(`${name} has no example`)
    expect(errorsOf(path, example)).toEqual([])
    expect(errorsOf(path, { ...example, unknown_field: 1 })).toEqual([])
    for (const field of schemaAt(path).required as string[]) {
      expect(accepts(path, without(example, field)), `${field} missing`).toBe(false)
    }
  })
})
