import type { ActionDefinition } from '../src/action.ts'
import { ACTIONS } from '../src/actions/index.ts'
import { CONTRACT_VERSION } from '../src/envelope.ts'
import { requestFrame, responseFrame } from './frames.ts'
import { EVENT_SCHEMAS } from './named-schemas.ts'
import { type JsonObject, sortedEntries } from './schema-form.ts'
import { topicsOf } from './topic-table.ts'

const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

const standalone = (path: string, schema: JsonObject): JsonObject => ({
  $schema: DIALECT,
  $id: `urn:mchat:${CONTRACT_VERSION}:${path.replace(/\.json$/, '').replaceAll('/', ':')}`,
  ...schema,
})

/** One self-contained JSON Schema for each request, response and event, and an index of them, by path. */
export const jsonSchemas = (): Map<string, JsonObject> => {
  const files = new Map<string, JsonObject>()
  const add = (path: string, schema: JsonObject): string => {
    files.set(path, standalone(path, schema))
    return path
  }
  const actions: Record<string, JsonObject> = {}
  for (const [name, definition] of sortedEntries<ActionDefinition>(ACTIONS)) {
    const request = add(`actions/${name}.request.json`, requestFrame(name, definition))
    actions[name] =
      definition.answered === false
        ? { request }
        : { request, response: add(`actions/${name}.response.json`, responseFrame(name, definition)) }
  }
  const events: Record<string, JsonObject> = {}
  for (const [name, schema] of sortedEntries(EVENT_SCHEMAS)) {
    events[name] = { schema: add(`events/${name}.json`, { title: name, ...schema }), topics: topicsOf(name) }
  }
  files.set('index.json', { contract: CONTRACT_VERSION, dialect: DIALECT, actions, events })
  return files
}
