import type { Static, TObject } from 'typebox'
import { COMMON_ERRORS, ERRORS, type ErrorKey } from './errors.ts'

/**
 * Who may call an action: each name stands for one rule, checked in one step that no action can skip. The sentences are
 * what the reference page prints; the code is in gateway/src/policies/.
 */
export const RULES = {
  connection: 'Any connection; the action itself checks the credential',
  everyone: 'Any employee with a session',
  self_or_org_manage: 'The employee it is about, or `org.manage` over that employee',
  session_owner_or_org_manage: "The session's owner, or `org.manage` over that employee",
  employee_create: '`org.manage` over the department; for AI agents also `agent.manage`',
  employee_update:
    '`org.manage` over the employee (`agent.manage` for AI agents); everybody for their own `name` and `skills_badge`',
  employee_manage: '`org.manage` over the employee (`agent.manage` for AI agents)',
  department_manage: '`org.manage` over the department',
  group_create: 'Whoever holds `group.create`',
  group_list: 'Any employee for their own groups; `group.manage` for all',
  group_view: 'Members of the group, or `group.manage`',
  group_admin: 'The owner or an admin of the group, or `group.manage`',
  group_owner: 'The owner of the group, or `group.manage`',
  group_member: 'Members of the group',
  conversation: 'Any employee in a private conversation; members in a group',
} as const
export type RuleName = keyof typeof RULES

export interface ActionDefinition<I extends TObject = TObject, O extends TObject = TObject> {
  /** One sentence for the reference page. */
  readonly summary: string
  readonly input: I
  /** Only what is declared here leaves the gateway. */
  readonly output: O
  readonly rule: RuleName
  /**
   * `change`: runs in a transaction and is remembered for 24 h, so that a repetition answers the same (contract 3.1, 3).
   * `relay`: passes something on without the database. `read`: changes nothing. `connection`: may run without a session.
   */
  readonly kind: 'read' | 'change' | 'relay' | 'connection'
  /** Errors beside those that come with being an action of this kind; errorsOf has all. */
  readonly errors: readonly ErrorKey[]
  /** Is to need a second factor (contract 5, S). Declared; the gateway does not ask for one yet. */
  readonly sensitive?: true
  /** Is to leave a row in the audit log (contract 5, A). Declared; the gateway keeps no such log yet. */
  readonly audited?: true
  /** Input fields that are passed on as they came: only their size and nesting are looked at. */
  readonly opaque?: readonly string[]
  /** Output paths that hold a secret: shown in the first answer, never remembered, logged or repeated. */
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
  const keys = new Set<string>([...COMMON_ERRORS, ...definition.errors])
  if (definition.kind === 'change') keys.add('seq_id_reused')
  return (Object.keys(ERRORS) as ErrorKey[]).filter((key) => keys.has(key))
}

export type InputOfDefinition<D extends ActionDefinition> = Static<D['input']>
export type OutputOfDefinition<D extends ActionDefinition> = Static<D['output']>
