import { readFileSync } from 'node:fs'
import type * as schema from '@mchat/schema'
import { ACTION_NAMES, createTopics as schemaTopics } from '@mchat/schema'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { generateSources } from '../generate/sources.ts'
import { createTopics } from '../src/generated/topics.ts'
import type * as sdk from '../src/index.ts'
import { createClient } from '../src/index.ts'
import { TestBroker } from './kit/broker.ts'

/** `{}` in the schema lets anything pass in TypeScript; the SDK says that nothing is expected. */
type Same<T, S> = keyof S extends never ? true : [T] extends [S] ? ([S] extends [T] ? true : false) : false

describe('what is generated from the schema', () => {
  it('is up to date: npm run generate -w @mchat/sdk', () => {
    for (const [name, source] of generateSources()) {
      const committed = readFileSync(new URL(`../src/generated/${name}`, import.meta.url), 'utf8')
      expect(committed === source, `${name} is out of date`).toBe(true)
    }
  })

  it('has no dependency at run time', () => {
    for (const [name, source] of generateSources()) {
      const imports = [...source.matchAll(/^import (?!type)[^']*'([^']+)'/gm)].map((match) => match[1])
      expect(
        imports.filter((module) => !module?.startsWith('./')),
        name,
      ).toEqual([])
    }
  })

  it('has the types of the schema, action by action', () => {
    expectTypeOf<sdk.ActionName>().toEqualTypeOf<schema.ActionName>()
    type Differing = {
      [A in sdk.ActionName]: Same<sdk.InputOf<A>, schema.InputOf<A>> &
        Same<sdk.OutputOf<A>, schema.OutputOf<A>> extends true
        ? never
        : A
    }[sdk.ActionName]
    expectTypeOf<Differing>().toEqualTypeOf<never>()
    expectTypeOf<sdk.Message>().toEqualTypeOf<schema.Message>()
    expectTypeOf<sdk.SystemMessage>().toEqualTypeOf<schema.SystemMessage>()
    expectTypeOf<sdk.ErrorReason>().toEqualTypeOf<schema.ErrorKey>()
  })

  it('names the topics of the schema', () => {
    for (const serviceId of [undefined, 'acme']) {
      expect(createTopics(serviceId).request('c', 's')).toBe(schemaTopics(serviceId).request('c', 's'))
      expect(createTopics(serviceId).capability('a/b')).toBe(schemaTopics(serviceId).capability('a/b'))
    }
  })

  it('has a method for every action', async () => {
    const broker = await TestBroker.start()
    const client = createClient(broker.connectionOf('alice')) as unknown as Record<string, Record<string, unknown>>
    for (const action of ACTION_NAMES) {
      const [noun = '', verb = ''] = action.split('.')
      const method = verb.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
      expect(typeof client[noun]?.[method], action).toBe('function')
    }
    await broker.stop()
  })
})
