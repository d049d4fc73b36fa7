import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Compile } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { asyncApi } from '../generate/asyncapi.ts'
import { canonicalText, isJsonObject, type Json, type JsonObject } from '../generate/schema-form.ts'
import { ACTION_NAMES, ACTIONS, type ActionDefinition, TOPIC_EVENTS } from '../src/index.ts'
import { EVENT_EXAMPLES, EXAMPLES } from './examples.ts'

const document = asyncApi()
/** The official schema; the copy whose references are all local. */
const specification = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
) as JsonObject

const object = (value: Json | undefined): JsonObject =>
  isJsonObject(value) ? value : expect.fail(`${JSON.stringify(value)} is no object`)
const at = (...path: string[]): JsonObject => path.reduce((inner, key) => object(inner[key]), document)
const resolve = (reference: string): Json | undefined =>
  reference
    .slice(2)
    .split('/')
    .reduce<Json | undefined>((inner, key) => (isJsonObject(inner) ? inner[key] : undefined), document)

const referencesIn = (value: Json): string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesIn)
  if (!isJsonObject(value)) return []
  return typeof value.$ref === 'string' ? [value.$ref] : Object.values(value).flatMap(referencesIn)
}

describe('the AsyncAPI document', () => {
  const validator = Compile(specification)

  it('is valid AsyncAPI 3.0', () => {
    expect(document.asyncapi).toBe('3.0.0')
    expect(validator.Errors(document)[1]).toEqual([])
  })

  it.each([
    ['an unknown key in a channel', { channels: { inbox: { topic: 'x' } } }],
    [
      'a QoS that does not exist',
      { operations: { x: { action: 'send', channel: {}, bindings: { mqtt: { qos: 3 } } } } },
    ],
    ['a schema of no known type', { components: { schemas: { X: { type: 'strin' } } } }],
  ])('would not be valid with %s', (_name, broken) => {
    expect(validator.Check({ ...document, ...broken })).toBe(false)
  })

  it('has no reference that leads nowhere', () => {
    expect(referencesIn(document).filter((reference) => resolve(reference) === undefined)).toEqual([])
  })

  it('has no component that nothing uses, and none twice', () => {
    const used = new Set(referencesIn(document))
    for (const kind of ['messages', 'parameters', 'schemas']) {
      const names = Object.keys(at('components', kind))
      expect(names.filter((name) => !used.has(`#/components/${kind}/${name}`))).toEqual([])
    }
    const texts = Object.values(at('components', 'schemas')).map((schema) => canonicalText(object(schema)))
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('has a channel for every topic, with its parameters', () => {
    const addresses = Object.values(at('channels')).map((channel) => object(channel).address)
    expect(addresses).toEqual([
      'mchat/msg/req/{client_id}/{seq_id}',
      'mchat/msg/resp/{client_id}/{seq_id}',
      ...Object.keys(TOPIC_EVENTS).map((topic) => `mchat/${topic}`),
    ])
    for (const channel of Object.values(at('channels')).map(object)) {
      const inAddress = [...String(channel.address).matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(Object.keys(object(channel.parameters ?? {}))).toEqual(inAddress)
    }
  })

  it('sends every action and names its reply', () => {
    for (const name of ACTION_NAMES) {
      const definition: ActionDefinition = ACTIONS[name]
      const operation = at('operations', name)
      expect(operation.action).toBe('send')
      expect(referencesIn(operation.messages ?? null)).toEqual([`#/channels/msg.req/messages/${name}.request`])
      const reply = definition.answered === false ? [] : [`#/channels/msg.resp/messages/${name}.response`]
      expect(referencesIn(object(operation.reply ?? {}).messages ?? null)).toEqual(reply)
      expect(object(object(operation.bindings).mqtt).qos).toBe(definition.answered === false ? 0 : 1)
    }
  })

  it('receives every event, and sends nothing else but presence', () => {
    const operations = Object.entries(at('operations')).filter(([name]) => !Object.hasOwn(ACTIONS, name))
    const received = operations.filter(([, operation]) => object(operation).action === 'receive')
    const withEvents = Object.entries(TOPIC_EVENTS).filter(([, { events }]) => Object.keys(events).length > 0)
    expect(received).toHaveLength(withEvents.length)
    expect(operations.filter((entry) => !received.includes(entry)).map(([name]) => name)).toEqual(['send.status'])
  })

  it('describes payloads that exist', () => {
    const { schemas } = at('components')
    const accepts = (name: string, value: unknown): boolean =>
      Compile({ ...object(object(schemas)[name]), components: { schemas } }).Check(value)
    for (const [name, { input, output }] of Object.entries(EXAMPLES)) {
      expect(accepts(`${name}.request`, { action: name, ...input }), name).toBe(true)
      expect(accepts(`${name}.request`, { action: 'other', ...input }), name).toBe(false)
      if ((ACTIONS as Record<string, ActionDefinition>)[name]?.answered === false) continue
      expect(accepts(`${name}.response`, { seq_id: 's1', code: 0, message: '', data: output }), name).toBe(true)
      expect(accepts(`${name}.response`, { seq_id: 's1', code: 0, message: '', data: null }), name).toBe(false)
    }
    for (const [name, example] of Object.entries(EVENT_EXAMPLES)) {
      expect(accepts(name, example), name).toBe(true)
      expect(accepts(name, {}), name).toBe(false)
    }
  })
})
