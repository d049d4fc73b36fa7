import type { TSchema } from 'typebox'
import type { ActionDefinition } from '../src/action.ts'
import { ACTIONS } from '../src/actions/index.ts'
import { CLIENT_ID_PATTERN, ID_PATTERN } from '../src/ids.ts'

/** Not called so, and yet ids. */
const OTHERS: readonly string[] = ['hand_over_to']

const isId = (name: string, schema: TSchema): boolean =>
  (name.endsWith('_id') || OTHERS.includes(name)) && holdsId(schema)

/** Also one that may be null. */
const holdsId = (schema: TSchema): boolean =>
  'anyOf' in schema
    ? (schema.anyOf as TSchema[]).some(holdsId)
    : 'pattern' in schema && (schema.pattern === ID_PATTERN || schema.pattern === CLIENT_ID_PATTERN)

/** A module of its own, for whoever must not load every schema to know them: the console. */
export const actionIds = (): string => {
  const rows = Object.entries(ACTIONS).flatMap(([action, { input }]) => {
    const fields = Object.entries(input.properties as Record<string, TSchema>).flatMap(([name, schema]) =>
      isId(name, schema) ? [`'${name}'`] : [],
    )
    return fields.length === 0 ? [] : [`  '${action}': [${fields.join(', ')}],\n`]
  })
  const targets = Object.entries<ActionDefinition>(ACTIONS).flatMap(([action, { target }]) =>
    target === undefined ? [] : [`  '${action}': '${target}',\n`],
  )
  return [
    '// Generated from schema/src by schema/generate/main.ts. Do not edit; run `npm run generate`.\n\n',
    '/** Fields of the requests of an action that hold the id of somebody or something. */\n',
    'export const ACTION_IDS: Readonly<Record<string, readonly string[]>> = {\n',
    ...rows,
    '}\n\n',
    '/** What the target of an action in the audit log is the id of, called like the field of the request. */\n',
    'export const ACTION_TARGETS: Readonly<Record<string, string>> = {\n',
    ...targets,
    '}\n',
  ].join('')
}
