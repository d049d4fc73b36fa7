import type { Static, TObject } from 'typebox'
import { COMMON_ERRORS, ERRORS, type ErrorKey } from './errors.ts'
import { type Alternatives, CONDITIONS, RULES, type RuleName } from './rules.ts'

/**
 * `always`; where one of these fields is sent; or of whoever has a second factor already (making the first one takes none).
 */
export type Sensitivity = 'always' | 'once_enrolled' | { readonly fields: readonly string[] }

export interface ActionDefinition<I extends TObject = TObject, O extends TObject = TObject> {
  /** One sentence for the reference page. */
  readonly summary: string
  readonly input: I
  /** Only what is declared here leaves the gateway. */
  readonly output: O
  /** Who may call it: function and object. */
  readonly rule: RuleName
  /** Input fields that not everybody who may call it may set, by their path. A field that is not here follows the rule. */
  readonly fields?: Readonly<Record<string, Alternatives>>
  /**
   * `change`: runs in a transaction and is remembered for 24 h, so that a repetition answers the same (contract 3.1, 3).
   * `relay`: passes something on without the database. `read`: changes nothing. `connection`: may run without a session.
   */
  readonly kind: 'read' | 'change' | 'relay' | 'connection'
  /** Costs as much as many others: it has a limit of its own. */
  readonly heavy?: true
  /** Of a `read`: waits for somebody outside, and meanwhile holds up no other request. */
  readonly waits?: true
  /** Errors beside those that come with its kind, its rule and its fields; errorsOf has all. */
  readonly errors: readonly ErrorKey[]
  /** Needs a second factor (contract 5, S); its input has CHALLENGE_FIELDS and `target` says what it is bound to. */
  readonly sensitive?: Sensitivity
  /**
   * Leaves a row in the audit log (contract 5, A): the input fields, by their path, whose values may be written down. Of
   * every other field only that it was sent.
   */
  readonly audited?: readonly string[]
  /** The field that holds the id of what it is about: in the request or, of what is made, in the answer. */
  readonly target?: string
  /** Input fields that are passed on as they came: only their size and nesting are looked at. */
  readonly opaque?: readonly string[]
  /** Output paths, `[]` for every element, that hold a secret: shown in the first answer, never remembered, logged or repeated. */
  readonly secrets?: readonly string[]
  /** false: no answer is awaited or given (QoS 0 notices). */
  readonly answered?: false
}

/** Keeps the literal types of an entry while checking its shape. */
export const defineAction = <
  I extends TObject,
  O extends TObject,
  const D extends Omit<ActionDefinition<I, O>, 'input' | 'output'>,
>(
  definition: { readonly input: I; readonly output: O } & D,
): { readonly input: I; readonly output: O } & D => definition

/** Every error an action may answer with, in the order of the table. Only changes are remembered by their seq_id. */
export const errorsOf = (definition: ActionDefinition): readonly ErrorKey[] => {
  const conditions = RULES[definition.rule].anyOf.flat()
  const denials = conditions.map((condition) => CONDITIONS[condition].denied)
  const keys = new Set<string>([...COMMON_ERRORS, ...denials, ...definition.errors])
  if (definition.kind === 'change') keys.add('seq_id_reused')
  if (definition.fields !== undefined) keys.add('field_forbidden')
  if (definition.sensitive !== undefined) keys.add('challenge_required').add('challenge_failed')
  return (Object.keys(ERRORS) as ErrorKey[]).filter((key) => keys.has(key))
}

/** What a request counts as, beside counting as a request: each class has its limit (contract 7). */
export type ActionClass = 'message' | 'change' | 'read' | 'heavy'

export const classOf = ({ kind, heavy }: Pick<ActionDefinition, 'kind' | 'heavy'>): ActionClass => {
  if (heavy === true) return 'heavy'
  if (kind === 'relay') return 'message'
  // Opening a session is written down, too.
  return kind === 'change' || kind === 'connection' ? 'change' : 'read'
}

export type InputOfDefinition<D extends ActionDefinition> = Static<D['input']>
export type OutputOfDefinition<D extends ActionDefinition> = Static<D['output']>
