import { type ActionDefinition, type ErrorKey, findAction, invalidField, MChatError, RULES } from '@mchat/schema'
import { explain } from '../../policies/explain.ts'
import { rememberedFacts } from '../../policies/facts.ts'
import { isSensitive } from '../../policies/sensitivity.ts'
import { defineHandler } from '../../router/define-handler.ts'

const DISABLED: ErrorKey = 'session_revoked'

export default defineHandler('authz.explain', async ({ caller, config, directory }, input) => {
  const definition: ActionDefinition | undefined = findAction(input.for_action)
  if (definition === undefined) throw invalidField('for_action', 'action', 'there is no such action')
  const employeeId = input.employee_id ?? caller.employeeId
  const employee = await directory.employees.get(employeeId)
  if (employee === undefined) throw new MChatError('employee_not_found')
  const { membersMayCreateGroups } = config
  const context = { employee, facts: rememberedFacts(directory), membersMayCreateGroups }
  const { allowed, alternatives, fields, grantedBy, reason } = await explain(definition, context, input.fields ?? {})
  return {
    employee_id: employeeId,
    for_action: input.for_action,
    allowed: allowed && employee.active,
    reason: employee.active ? reason : DISABLED,
    rule: definition.rule,
    who: RULES[definition.rule].text,
    alternatives,
    fields,
    granted_by: grantedBy,
    sensitive: isSensitive(definition, input.fields ?? {}),
  }
})
