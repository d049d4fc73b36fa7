import { readFileSync } from 'node:fs'
import { type ActionDefinition, errorsOf } from '../../schema/src/action.ts'
import { ACTIONS } from '../../schema/src/actions/index.ts'
import * as changes from '../../schema/src/changes.ts'
import * as content from '../../schema/src/content.ts'
import * as entities from '../../schema/src/entities.ts'
import * as envelope from '../../schema/src/envelope.ts'
import { COMMON_ERRORS, ERRORS } from '../../schema/src/errors.ts'
import { SYSTEM_ACTIONS, TOPIC_EVENTS } from '../../schema/src/events.ts'
import { LIMITS } from '../../schema/src/limits.ts'
import { RULES } from '../../schema/src/rules.ts'
import { declare, type JsonSchema, NamedTypes, plain } from './json-schema.ts'

const HEADER =
  '// Generated from schema/ by sdk-ts/generate/main.ts. Do not edit; run `npm run generate -w @mchat/sdk`.\n\n'

const upperFirst = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

/** `group.member_add` → `GroupMemberAdd` */
const pascal = (action: string): string => action.split(/[._]/).map(upperFirst).join('')

/** `member_add` → `memberAdd` */
const camel = (verb: string): string => {
  const [first = '', ...rest] = verb.split('_')
  return first + rest.map(upperFirst).join('')
}

const common: ReadonlySet<string> = new Set(COMMON_ERRORS)

const actions: readonly [string, ActionDefinition][] = Object.entries(ACTIONS)

const isSchema = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value || 'enum' in value)

const namedTypes = (): NamedTypes => {
  const named = new NamedTypes()
  for (const source of [content, entities, envelope, changes]) {
    // Sorted: a module's own order of names differs between Node and a bundler.
    for (const [name, value] of Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (!isSchema(value)) continue
      const schema = plain(value)
      // Scalars and arrays stay written out: `string` says more in an editor than a chain of aliases.
      if (schema.type === 'object' || schema.anyOf?.every((option) => option.const !== undefined))
        named.add(name, schema)
      if (name === 'Content') named.add(name, schema)
    }
  }
  for (const { events } of Object.values(TOPIC_EVENTS)) {
    for (const [name, value] of Object.entries(events)) named.add(name, plain(value))
  }
  return named
}

const printTypes = (named: NamedTypes): string => {
  const declarations = actions.flatMap(([action, definition]) => [
    declare(`${pascal(action)}Input`, plain(definition.input), named),
    declare(`${pascal(action)}Output`, plain(definition.output), named),
  ])
  const map = actions.map(
    ([action]) => `  '${action}': { input: ${pascal(action)}Input; output: ${pascal(action)}Output }\n`,
  )
  return [
    HEADER,
    named.print(),
    '\n',
    declarations.join('\n'),
    '\n/** Input and answer of every action (contract section 5). */\n',
    `export interface ActionMap {\n${map.join('')}}\n\n`,
    'export type ActionName = keyof ActionMap\n',
    "export type InputOf<A extends ActionName> = ActionMap[A]['input']\n",
    "export type OutputOf<A extends ActionName> = ActionMap[A]['output']\n\n",
    '/** Every `reason` of this version of the contract (contract section 3). A gateway may know more. */\n',
    `export type ErrorReason =\n${Object.keys(ERRORS)
      .map((key) => `  | '${key}'`)
      .join('\n')}\n\n`,
    `export type SystemAction = ${SYSTEM_ACTIONS.map((action) => `'${action}'`).join(' | ')}\n`,
  ].join('')
}

const methodDoc = (definition: ActionDefinition): string => {
  const lines = [definition.summary, '', `Who: ${RULES[definition.rule].text}.`]
  if (definition.sensitive !== undefined) lines.push('Sensitive: needs a second factor; see `ClientOptions.confirm`.')
  if (definition.answered === false) {
    lines.push('Sent once at QoS 0 and never answered; resolves when it has been handed to the connection, or at once')
    lines.push('when there is none.')
  }
  if (definition.secrets !== undefined) {
    lines.push('')
    lines.push(
      `\`${definition.secrets.join('`, `')}\` is in the first answer only (contract 3.1, 3). When that answer was lost and`,
    )
    lines.push(
      'the request was repeated, the result has `secret_withheld: true` in its place: the change is made, and the',
    )
    lines.push('secret is gone. Make a new one (`employee.resetCredentials`, or `device.add` again).')
  }
  const errors = errorsOf(definition)
    .filter((key) => !common.has(key))
    .map((key) => `\`${key}\``)
  lines.push('')
  lines.push(
    errors.length === 0
      ? '@throws {RequestRejectedError} with a common reason (contract section 3)'
      : `@throws {RequestRejectedError} ${errors.join(', ')}, or a common reason (contract section 3)`,
  )
  return ['    /**', ...lines.map((line) => (line === '' ? '     *' : `     * ${line}`)), '     */'].join('\n')
}

const inputIsOptional = (schema: JsonSchema): boolean => (schema.required ?? []).length === 0

const printMethods = (): string => {
  const nouns = new Map<string, [string, string, ActionDefinition][]>()
  for (const [action, definition] of actions) {
    const dot = action.indexOf('.')
    const noun = action.slice(0, dot)
    nouns.set(noun, [...(nouns.get(noun) ?? []), [action, camel(action.slice(dot + 1)), definition]])
  }
  const imports = actions.flatMap(([action]) => [`${pascal(action)}Input`, `${pascal(action)}Output`])
  const interfaces: string[] = []
  const fields: string[] = []
  const assignments: string[] = []
  for (const [noun, members] of nouns) {
    const methods = members.map(([action, method, definition]) => {
      const input = inputIsOptional(plain(definition.input)) ? 'input?' : 'input'
      const types = `${input}: ${pascal(action)}Input, options?: RequestOptions`
      return `${methodDoc(definition)}\n    ${method}(${types}): Promise<${pascal(action)}Output>\n`
    })
    interfaces.push(`export interface ${upperFirst(noun)}Actions {\n${methods.join('').replaceAll(/^ {2}/gm, '')}}\n`)
    fields.push(`  readonly ${noun}: ${upperFirst(noun)}Actions\n`)
    const entries = members.map(([action, method, definition]) => {
      const input = inputIsOptional(plain(definition.input)) ? 'input = {}' : 'input'
      return `      ${method}: (${input}, options) => this.request('${action}', input, options),\n`
    })
    assignments.push(`    this.${noun} = {\n${entries.join('')}    }\n`)
  }
  return [
    HEADER,
    "import type { RequestOptions } from '../requests.ts'\n",
    `import type {\n  ActionName,\n  InputOf,\n  OutputOf,\n${imports.map((name) => `  ${name},\n`).join('')}} from './types.ts'\n\n`,
    interfaces.join('\n'),
    '\n/** Every action of the contract as a method: `group.member_add` is `group.memberAdd`. */\n',
    `export abstract class ActionMethods {\n${fields.join('')}\n`,
    '  abstract request<A extends ActionName>(action: A, input: InputOf<A>, options?: RequestOptions): Promise<OutputOf<A>>\n\n',
    `  constructor() {\n${assignments.join('')}  }\n}\n`,
  ].join('')
}

const printContract = (): string =>
  [
    HEADER,
    '/** Limits of the contract that the client itself keeps to (contract sections 3 and 7). */\n',
    'export const LIMITS = {\n',
    '  /** Largest request payload, in bytes of UTF-8. */\n',
    `  requestBytes: ${LIMITS.requestBytes},\n`,
    '  /** Most entries a list answers with at once. */\n',
    `  pageSize: ${LIMITS.pageSize},\n`,
    '  /** Most characters of why an agent failed. */\n',
    `  agentReasonChars: ${LIMITS.agentReasonChars},\n`,
    '  /** Largest file that is put in one piece, in bytes. */\n',
    `  filePutBytes: ${LIMITS.filePutBytes},\n`,
    '  /** How long a challenge is good, and how many wrong codes it takes. */\n',
    `  challengeMinutes: ${LIMITS.challengeMinutes},\n`,
    `  challengeTries: ${LIMITS.challengeTries},\n`,
    '} as const\n\n',
    '/** Actions that are published at QoS 0 and get no answer. */\n',
    `export const UNANSWERED: readonly string[] = [${actions
      .filter(([, { answered }]) => answered === false)
      .map(([action]) => `'${action}'`)
      .join(', ')}]\n\n`,
    '/** Actions that may need a second factor, and the field with the id that it is bound to (contract section 5, S). */\n',
    'export const SENSITIVE: Readonly<Record<string, string | undefined>> = {\n',
    ...actions
      .filter(([, { sensitive }]) => sensitive !== undefined)
      .map(([action, { target }]) => `  '${action}': ${target === undefined ? 'undefined' : `'${target}'`},\n`),
    '}\n',
  ].join('')

const schemaFile = (name: string): string => readFileSync(new URL(`../../schema/src/${name}`, import.meta.url), 'utf8')

const printIds = (): string => {
  const source = schemaFile('ids.ts')
  if (/\bimport\b/.test(source)) throw new Error('schema/src/ids.ts imports something')
  return HEADER + source
}

const printTopics = (): string => {
  const source = schemaFile('topics.ts')
  const imported = [...source.matchAll(/from '(.+?)'/g)].map((match) => match[1])
  if (imported.some((module) => module !== './ids.ts')) throw new Error('schema/src/topics.ts imports more than ids.ts')
  return HEADER + source
}

/** The content of every generated file, by name. */
export const generateSources = (): ReadonlyMap<string, string> =>
  new Map([
    ['types.ts', printTypes(namedTypes())],
    ['action-methods.ts', printMethods()],
    ['contract.ts', printContract()],
    ['ids.ts', printIds()],
    ['topics.ts', printTopics()],
  ])
