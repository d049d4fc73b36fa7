import Type from 'typebox'
import { expect, it } from 'vitest'
import { canonicalText, plainSchema } from '../generate/schema-form.ts'

it('a choice of strings has one form, however it was declared', () => {
  const choice = { type: 'string', enum: ['a', 'b'] }
  expect(plainSchema(Type.Union([Type.Literal('a'), Type.Literal('b')]))).toEqual(choice)
  expect(plainSchema(Type.Enum(['a', 'b']))).toEqual(choice)
  expect(plainSchema(Type.Array(Type.Enum(['a', 'b']))).items).toEqual(choice)
})

it('a choice of anything else stays as it is', () => {
  const union = Type.Union([Type.Literal('a'), Type.Null()])
  expect(plainSchema(union)).toEqual({ anyOf: [{ type: 'string', const: 'a' }, { type: 'null' }] })
  expect(plainSchema(Type.Object({}, { anyOf: [{ required: ['a'] }] })).anyOf).toEqual([{ required: ['a'] }])
})

it('a map is written with additionalProperties', () => {
  expect(plainSchema(Type.Record(Type.String(), Type.Number()))).toEqual({
    type: 'object',
    additionalProperties: { type: 'number' },
  })
})

it('a field named like a keyword is a field', () => {
  const fields = { anyOf: Type.String(), enum: Type.String(), patternProperties: Type.String(), const: Type.String() }
  const { properties } = plainSchema(Type.Object(fields))
  expect(properties).toEqual({
    anyOf: { type: 'string' },
    enum: { type: 'string' },
    patternProperties: { type: 'string' },
    const: { type: 'string' },
  })
})

it('the order of keywords makes no difference to what a schema is', () => {
  const text = canonicalText({ type: 'object', properties: { a: { minLength: 1, type: 'string' } } })
  expect(canonicalText({ properties: { a: { type: 'string', minLength: 1 } }, type: 'object' })).toBe(text)
  expect(canonicalText({ properties: { b: { type: 'string', minLength: 1 } }, type: 'object' })).not.toBe(text)
})
