import { type ActionDefinition, errorsOf, type Sensitivity } from '../src/action.ts'
import { ACTIONS } from '../src/actions/index.ts'
import { RUN_FAILURES } from '../src/agent-run.ts'
import { CONTENT_TYPES } from '../src/content.ts'
import { Request, Response } from '../src/envelope.ts'
import { COMMON_ERRORS, ERRORS } from '../src/errors.ts'
import { LIMIT_TEXTS } from '../src/limit-texts.ts'
import { LIMITS } from '../src/limits.ts'
import { PERMISSIONS, ROLES, SCOPED_ROLES } from '../src/roles.ts'
import { type Alternatives, CONDITIONS, RULES } from '../src/rules.ts'
import { fieldTable, formText, limitsText, typeText } from './fields.ts'
import { anchor, code, GENERATED_MARK, paragraphs, table } from './markdown.ts'
import { nameOf, SHARED_SCHEMAS } from './named-schemas.ts'
import { type JsonObject, plainSchema } from './schema-form.ts'

const KINDS: Readonly<Record<ActionDefinition['kind'], string>> = {
  read: 'changes nothing in the organisation',
  change: `is remembered for ${LIMITS.retryHours} h: the same request again gets the same answer`,
  relay: 'passes something on and stores nothing',
  connection: 'may run without a session',
}

const common: ReadonlySet<string> = new Set(COMMON_ERRORS)

const errorLine = (definition: ActionDefinition): string => {
  const own = errorsOf(definition).filter((key) => !common.has(key))
  const listed = own.map((key) => `${ERRORS[key].code} ${code(key)}`)
  return `Errors: ${[...listed, 'the [common ones](#common-errors)'].join(', ')}.`
}

const whenText = (anyOf: Alternatives): string =>
  anyOf.map((all) => all.map((condition) => CONDITIONS[condition].text).join(', and ')).join('; or ')

const sensitiveText = (sensitive: Sensitivity): string => {
  if (sensitive === 'always') return '- Sensitive: needs a second factor (`auth.challenge`).'
  if (sensitive === 'once_enrolled') return '- Sensitive: of whoever has a second factor already, it needs that one.'
  return `- Sensitive: needs a second factor (\`auth.challenge\`) with ${sensitive.fields.map(code).join(' or ')}.`
}

const auditText = (fields: readonly string[]): string =>
  fields.length === 0
    ? '- Audited, without any of its fields.'
    : `- Audited, with the values of ${fields.map(code).join(', ')}.`

const facts = (definition: ActionDefinition): string => {
  const list = (paths: readonly string[]): string => paths.map(code).join(', ')
  return [
    `- Who may: ${RULES[definition.rule].text}.`,
    ...Object.entries(definition.fields ?? {}).map(([path, anyOf]) => `- ${code(path)} only when ${whenText(anyOf)}.`),
    `- Kind: \`${definition.kind}\`, ${KINDS[definition.kind]}.`,
    ...(definition.heavy === true ? ['- Heavy: it counts towards `heavyRequestsPerSecondPerEmployee`, too.'] : []),
    ...(definition.sensitive === undefined ? [] : [sensitiveText(definition.sensitive)]),
    ...(definition.audited === undefined ? [] : [auditText(definition.audited)]),
    ...(definition.opaque === undefined ? [] : [`- Passed on as it came: ${list(definition.opaque)}.`]),
    ...(definition.secrets === undefined ? [] : [`- Shown in the first answer only: ${list(definition.secrets)}.`]),
    ...(definition.answered === false ? ['- Published at QoS 0; there is no answer.'] : []),
  ].join('\n')
}

const fieldsOr = (schema: JsonObject, none: string): string => {
  if (nameOf(schema) !== undefined) return `${typeText(schema, 'actions.md')}.`
  const fields = fieldTable(schema, 'actions.md')
  return fields === '' ? none : fields
}

const actionSection = ([name, definition]: [string, ActionDefinition]): string =>
  paragraphs(
    `### ${name}`,
    definition.summary,
    facts(definition),
    'Request:',
    fieldsOr(plainSchema(definition.input), 'No fields beside `action`.'),
    ...(definition.answered === false
      ? []
      : ['`data` of the answer:', fieldsOr(plainSchema(definition.output), 'An empty object.'), errorLine(definition)]),
  )

const byNoun = (): [string, [string, ActionDefinition][]][] => {
  const nouns = new Map<string, [string, ActionDefinition][]>()
  for (const entry of Object.entries<ActionDefinition>(ACTIONS)) {
    const noun = entry[0].slice(0, entry[0].indexOf('.'))
    nouns.set(noun, [...(nouns.get(noun) ?? []), entry])
  }
  return [...nouns]
}

const flags = (definition: ActionDefinition): string =>
  [
    definition.kind,
    ...(definition.sensitive === undefined ? [] : ['sensitive']),
    ...(definition.audited === undefined ? [] : ['audited']),
    ...(definition.answered === false ? ['no answer'] : []),
  ].join(', ')

const overview = (): string =>
  table(
    ['Action', 'What it does', 'Flags'],
    Object.entries<ActionDefinition>(ACTIONS).map(([name, definition]) => [
      `[${code(name)}](#${anchor(name)})`,
      definition.summary,
      flags(definition),
    ]),
  )

const contentTypeSections = (): string[] => [
  ...Object.entries(CONTENT_TYPES).flatMap(([type, body]) => [
    `With \`type\` \`${type}\`, \`body\` is:`,
    fieldTable(plainSchema(body), 'actions.md'),
  ]),
  'A content of any other `type` is passed on untouched.',
]

/** Enumerations whose every value is worth a sentence. */
const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = { RunFailure: RUN_FAILURES }

const valueTable = (values: Readonly<Record<string, string>>): string =>
  table(
    ['Value', 'Meaning'],
    Object.entries(values).map(([value, text]) => [code(JSON.stringify(value)), text]),
  )

const formOf = (name: string, schema: JsonObject): string => {
  const values = VALUES[name]
  if (values !== undefined) return valueTable(values)
  if (schema.properties !== undefined) return fieldTable(schema, 'actions.md')
  const limits = limitsText(schema)
  return `${formText(schema, 'actions.md')}${limits === '' ? '' : `; ${limits}`}.`
}

const typeSections = (): string[] =>
  Object.entries(SHARED_SCHEMAS).flatMap(([name, schema]) => {
    const { description, ...unnamed } = schema
    const says = typeof description === 'string' ? `${description}.` : ''
    return [
      `### ${name}`,
      paragraphs(says, formOf(name, unnamed)),
      ...(name === 'Content' ? contentTypeSections() : []),
    ]
  })

const roleTable = (): string =>
  table(
    ['Role', ...PERMISSIONS.map(code), 'Limited to a department'],
    Object.entries(ROLES).map(([role, permissions]) => [
      code(role),
      ...PERMISSIONS.map((permission) => ((permissions as readonly string[]).includes(permission) ? 'yes' : '')),
      SCOPED_ROLES.some((scoped) => scoped === role) ? 'possible' : '',
    ]),
  )

const limitTable = (): string =>
  table(
    ['Limit', 'Default', 'Of what'],
    Object.entries(LIMITS).map(([name, value]) => [
      code(name),
      String(value),
      LIMIT_TEXTS[name as keyof typeof LIMITS],
    ]),
  )

/** docs/reference/actions.md */
export const actionsPage = (): string =>
  paragraphs(
    '# Actions',
    GENERATED_MARK,
    'A client publishes a request on `mchat/msg/req/{client_id}/{seq_id}` and receives the one answer to it on ' +
      '`mchat/msg/resp/{client_id}/{seq_id}`. [Topics](topics.md) says what else travels where, and ' +
      '[errors](errors.md) what a code other than 0 means. Fields a receiver does not know are ignored.',
    overview(),
    '## Request and answer',
    'Every request is a JSON object with these fields, and those of its action:',
    fieldTable(plainSchema(Request), 'actions.md'),
    'Every answer is a JSON object with these fields:',
    fieldTable(plainSchema(Response), 'actions.md'),
    'With `code` 0, `data` holds what the action promises. Otherwise `reason` is one of the errors, and `data` is null ' +
      'or [FailureData](#failuredata).',
    '### Common errors',
    'Any action may answer with these:',
    table(
      ['Code', 'Reason', 'Meaning'],
      COMMON_ERRORS.map((key) => [String(ERRORS[key].code), code(key), ERRORS[key].en]),
    ),
    ...byNoun().flatMap(([noun, entries]) => [`## ${noun}`, ...entries.map(actionSection)]),
    '## Types',
    ...typeSections(),
    '## Roles and permissions',
    'Everybody is a `member`. Nobody grants what they do not have, and one `owner` always remains.',
    roleTable(),
    '## Limits',
    'These are the defaults; `config.server` answers what a deployment really uses.',
    limitTable(),
  )
