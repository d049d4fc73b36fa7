import { isDeepStrictEqual } from 'node:util'
import { ACTIONS, type FieldError, MChatError, RESERVED_EMPLOYEE_IDS } from '@mchat/schema'
import { authorise } from '../../policies/authorise.ts'
import type { RuleContext } from '../../policies/conditions.ts'
import type { Parents } from '../../policies/facts.ts'
import { normaliseGrants } from '../../policies/grants.ts'
import { checkGrants } from '../role-grants.ts'
import type { Draft } from './import-plan.ts'

const error = (field: string, rule: string, message: string): FieldError => ({ field, rule, message })

/** What speaks against a row whatever the caller may do. */
export const rowErrors = ({ before, after, record }: Draft, parents: Parents): FieldError[] => {
  const errors: FieldError[] = []
  if (before?.is_ai_agent === true) errors.push(error('employee_id', 'people_only', 'This is an AI agent.'))
  if (before === undefined) {
    if (RESERVED_EMPLOYEE_IDS.includes(after.employee_id))
      errors.push(error('employee_id', 'id_taken', 'This id is taken.'))
    if (record.name === undefined) errors.push(error('name', 'required', 'Somebody new needs a name.'))
  }
  if (
    before?.department_id !== after.department_id &&
    after.department_id !== null &&
    !parents.has(after.department_id)
  ) {
    errors.push(error('department_id', 'exists', 'There is no such one.'))
  }
  if (record.status !== undefined && record.status !== after.status) {
    const message =
      before === undefined
        ? 'Somebody new is active.'
        : 'Change it with employee.update, which asks for a second factor.'
    errors.push(error('status', 'challenge_required', message))
  }
  if (before === undefined) errors.push(...thrownBy(() => checkGrants(record.roles ?? [], parents, 'roles')))
  else if (record.roles !== undefined && !isDeepStrictEqual(normaliseGrants(record.roles), before.roles)) {
    const message = 'Change them with employee.update, which asks for a second factor.'
    errors.push(error('roles', 'challenge_required', message))
  }
  return errors
}

/** What the caller may not do of a row, as `employee.create` or `employee.update` would judge it. */
export const forbiddenIn = async ({ before, after, record }: Draft, context: RuleContext): Promise<FieldError[]> => {
  const { employee_id, roles, status: _, ...updates } = record
  const judged =
    before === undefined
      ? authorise(ACTIONS['employee.create'], context, given({ ...updates, employee_id: after.employee_id, roles }))
      : authorise(ACTIONS['employee.update'], context, { employee_id, updates: given(updates) })
  try {
    await judged
    return []
  } catch (thrown) {
    if (!(thrown instanceof MChatError)) throw thrown
    const place = before === undefined ? 'department_id' : 'employee_id'
    return namedBy(thrown, place).map(({ field, ...rest }) => ({ field: field.replace(/^updates\./, ''), ...rest }))
  }
}

const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const thrownBy = (check: () => void): readonly FieldError[] => {
  try {
    check()
    return []
  } catch (thrown) {
    if (thrown instanceof MChatError) return namedBy(thrown, 'roles')
    throw thrown
  }
}

const namedBy = ({ fields = [], key }: MChatError, place: string): readonly FieldError[] =>
  fields.length > 0 ? fields : [error(place, key, 'You do not manage the people there.')]
