import { RESOURCE_PREFIX } from './account.ts'
import { Refusal } from './refusal.ts'

const ACTIONS = ['iot:Connect', 'iot:Publish', 'iot:RetainPublish', 'iot:Subscribe', 'iot:Receive'] as const
export type Action = (typeof ACTIONS)[number]

const ATTRIBUTES = ['PersistentConnect', 'LastWill'] as const
/** What a CONNECT asks for beyond the connection itself. */
export type ConnectAttribute = (typeof ATTRIBUTES)[number]

/** After the prefix of the account. */
export type Resource = `${'client' | 'topic' | 'topicfilter'}/${string}`

interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly Action[]
  readonly resources: readonly string[]
  /** Of `ForAllValues:StringEquals` on `iot:ConnectAttributes`. */
  readonly attributes: readonly ConnectAttribute[] | undefined
}

const CLIENT_ID_VARIABLE = /\$\{iot:ClientId\}/g
const MAXIMUM_DOCUMENTS = 10
const MAXIMUM_CHARACTERS = 2048
const RESOURCE = new RegExp(`^(\\*|${RESOURCE_PREFIX}(client|topic|topicfilter)/.+)$`, 's')

/** What one connection may do, by the policy documents that the authorizer answered for it. */
export class Policy {
  readonly #statements: readonly Statement[]
  readonly #clientId: string

  /** @throws {Refusal} when one of the documents is nothing that AWS IoT Core would take */
  constructor(documents: readonly unknown[], clientId: string) {
    if (documents.length > MAXIMUM_DOCUMENTS) throw new Refusal(`more than ${MAXIMUM_DOCUMENTS} policy documents`)
    this.#statements = documents.flatMap(parseDocument)
    this.#clientId = clientId
  }

  /** An explicit Deny wins; what nobody allows is denied. */
  allows(action: Action, resource: Resource, attributes: readonly ConnectAttribute[] = []): boolean {
    const matching = this.#statements.filter(
      (one) =>
        one.actions.includes(action) &&
        one.resources.some((pattern) => covers(pattern, RESOURCE_PREFIX + resource, this.#clientId)) &&
        isMet(one, attributes),
    )
    return matching.some(({ effect }) => effect === 'Allow') && matching.every(({ effect }) => effect === 'Allow')
  }
}

/** An Allow without a condition allows no attribute: "there are no attributes passed for this connection". */
const isMet = ({ attributes, effect }: Statement, wanted: readonly ConnectAttribute[]): boolean =>
  attributes === undefined
    ? effect === 'Deny' || wanted.length === 0
    : wanted.every((attribute) => attributes.includes(attribute))

/**
 * `*` and `?` are the only wildcards, and go across slashes; `+` and `#` are characters like others. A client id is put
 * in first, so that wildcards in it widen the resource, as they do at AWS.
 */
const covers = (pattern: string, resource: string, clientId: string): boolean => {
  const source = pattern
    .replaceAll(CLIENT_ID_VARIABLE, () => clientId)
    .replaceAll(/[\\^$.*+?()[\]{}|]/g, (character) =>
      character === '*' ? '.*' : character === '?' ? '.' : `\\${character}`,
    )
  return new RegExp(`^${source}$`, 's').test(resource)
}

const parseDocument = (document: unknown, index: number): Statement[] => {
  const fail = (reason: string): never => {
    throw new Refusal(`policy document ${index + 1}: ${reason}`)
  }
  const parsed = typeof document === 'string' ? parseJson(document) : document
  if (!isRecord(parsed)) return fail('is no JSON object')
  const length = JSON.stringify(parsed).length
  if (length > MAXIMUM_CHARACTERS) fail(`has ${length} characters`)
  const { Statement: statements, Version: version, ...others } = parsed
  if (Object.keys(others).length > 0) fail(`unknown element ${Object.keys(others).join()}`)
  if (version !== '2012-10-17') fail('Version is not 2012-10-17')
  if (!Array.isArray(statements) || statements.length === 0) return fail('Statement is no array with anything in it')
  return statements.map((statement) => parseStatement(statement, fail))
}

const parseStatement = (statement: unknown, fail: (reason: string) => never): Statement => {
  if (!isRecord(statement)) return fail('a statement is no object')
  const { Action: action, Condition: condition, Effect: effect, Resource: resource, ...others } = statement
  if (Object.keys(others).length > 0) fail(`unknown element ${Object.keys(others).join()}`)
  if (effect !== 'Allow' && effect !== 'Deny') return fail('Effect is neither Allow nor Deny')
  const actions = stringsOf(action)
  if (!actions.every(isAction) || actions.length === 0) return fail(`unknown action in ${JSON.stringify(action)}`)
  const resources = stringsOf(resource)
  const foreign = resources.find((one) => !RESOURCE.test(one) || hasUnknownVariable(one))
  if (resources.length === 0) fail('Resource names nothing')
  if (foreign !== undefined) fail(`resource ${foreign} is not of this account and region`)
  const attributes = condition === undefined ? undefined : parseCondition(condition)
  if (attributes === 'unknown' || (attributes !== undefined && actions.some((one) => one !== 'iot:Connect'))) {
    return fail(`unknown condition ${JSON.stringify(condition)}`)
  }
  return { effect, actions, resources, attributes }
}

const parseCondition = (condition: unknown): ConnectAttribute[] | 'unknown' => {
  const operators = isRecord(condition) ? Object.entries(condition) : []
  const [operator, keys] = operators[0] ?? []
  if (operators.length !== 1 || operator !== 'ForAllValues:StringEquals' || !isRecord(keys)) return 'unknown'
  const values = keys['iot:ConnectAttributes']
  if (Object.keys(keys).length !== 1 || !Array.isArray(values) || !values.every(isAttribute)) return 'unknown'
  return values
}

/** An array with anything but strings in it counts as nothing. */
const stringsOf = (value: unknown): string[] => {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.every((one) => typeof one === 'string') ? list : []
}

const isAction = (value: string): value is Action => ACTIONS.some((one) => one === value)

const isAttribute = (value: unknown): value is ConnectAttribute => ATTRIBUTES.some((one) => one === value)

const hasUnknownVariable = (resource: string): boolean => resource.replaceAll(CLIENT_ID_VARIABLE, '').includes('${')

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
