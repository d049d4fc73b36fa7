import {
  type ActionDefinition,
  type Alternatives,
  CONDITIONS,
  type ConditionName,
  type ErrorKey,
  type FieldError,
  MChatError,
  RULES,
} from '@mchat/schema'
import { conditions, type Fields, type RuleContext, type Verdict } from './conditions.ts'

/** The first condition of an alternative that is not met. */
interface Lack {
  readonly condition: ConditionName
  /** Its place in the alternative. */
  readonly index: number
  /** The values it is not met for, where it looks at several. */
  readonly fields: readonly string[]
}

const lackIn = (
  alternative: readonly ConditionName[],
  context: RuleContext,
  input: Fields,
  from = 0,
): Lack | undefined | Promise<Lack | undefined> => {
  for (let i = from; i < alternative.length; i++) {
    const condition = alternative[i] as ConditionName
    const lack = (verdict: Verdict): Lack | undefined =>
      verdict === true ? undefined : { condition, index: i, fields: verdict === false ? [] : verdict }
    const verdict = conditions[condition](context, input)
    if (verdict instanceof Promise) {
      return verdict.then((known) => lack(known) ?? lackIn(alternative, context, input, i + 1))
    }
    if (verdict !== true) return lack(verdict)
  }
  return undefined
}

/**
 * What is lacking for any of the alternatives; undefined when one is met. At once where everything is remembered, as it is
 * for messages.
 */
const lackOfAll = (
  alternatives: Alternatives,
  context: RuleContext,
  input: Fields,
  from = 0,
  first?: Lack,
): Lack | undefined | Promise<Lack | undefined> => {
  let why = first
  for (let i = from; i < alternatives.length; i++) {
    const weigh = (lack: Lack): Lack => (why === undefined || lack.index > 0 ? lack : why)
    const lack = lackIn(alternatives[i] ?? [], context, input)
    if (lack instanceof Promise) {
      return lack.then((known) =>
        known === undefined ? undefined : lackOfAll(alternatives, context, input, i + 1, weigh(known)),
      )
    }
    if (lack === undefined) return undefined
    why = weigh(lack)
  }
  return why
}

const refuse = ({ condition, fields }: Lack): never => {
  const key: ErrorKey = CONDITIONS[condition].denied
  if (fields.length === 0) throw new MChatError(key)
  throw new MChatError(key, { fields: fields.map((field) => fieldError(field, condition)) })
}

const fieldError = (field: string, rule: ConditionName): FieldError => ({
  field,
  rule,
  message: 'You are not allowed to set this.',
})

/** What stands at a path such as `updates.roles`; undefined: nothing. */
export const valueAt = (input: Fields, path: string): unknown =>
  path.split('.').reduce<unknown>((holder, name) => (isRecord(holder) ? (holder[name] as unknown) : undefined), input)

const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null

const authoriseFields = async (
  rights: NonNullable<ActionDefinition['fields']>,
  context: RuleContext,
  input: Fields,
): Promise<void> => {
  const forbidden: FieldError[] = []
  for (const [path, alternatives] of Object.entries(rights)) {
    if (valueAt(input, path) === undefined) continue
    const lack = await lackOfAll(alternatives, context, input)
    if (lack !== undefined) forbidden.push(fieldError(path, lack.condition))
  }
  if (forbidden.length > 0) throw new MChatError('field_forbidden', { fields: forbidden })
}

/**
 * The one place where a request is allowed or refused: by the rule of its action and the rights of its fields.
 * @throws MChatError with the reason, code 403 (404 where a caller who may see everything asks for what is not there)
 */
export const authorise = (
  definition: Pick<ActionDefinition, 'rule' | 'fields'>,
  context: RuleContext,
  input: Fields,
): void | Promise<void> => {
  const { fields, rule } = definition
  const lack = lackOfAll(RULES[rule].anyOf, context, input)
  const goOn = (known: Lack | undefined): void | Promise<void> => {
    if (known !== undefined) refuse(known)
    if (fields !== undefined) return authoriseFields(fields, context, input)
  }
  return lack instanceof Promise ? lack.then(goOn) : goOn(lack)
}
