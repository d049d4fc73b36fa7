import { EmployeeRecord, LIMITS } from '@mchat/schema'
import { Compile, type Validator } from 'typebox/compile'
import { expect, test } from 'vitest'
import { fieldErrors } from '../../gateway/src/router/field-errors.ts'
import { fieldRuleOf } from '../src/calls/field-rule.ts'

const validator = Compile(EmployeeRecord) as unknown as Validator
/** What is understood of what the gateway says of one field. */
const ruleOf = (field: string, value: unknown) => {
  const [error] = fieldErrors(validator, { [field]: value }, 1)
  return error === undefined ? undefined : fieldRuleOf(error)
}

test.each([
  ['employee_id', '<script>', 'id', 0],
  ['department_id', 'a b', 'id', 0],
  ['manager_id', 7, 'kind', 0],
  ['name', 'x'.repeat(1000), 'tooLong', LIMITS.nameChars],
  ['name', '\t', 'form', 0],
  ['status', 'away', 'choice', 0],
  ['roles', [{}], 'missing', 0],
  ['skills_badge', Array.from({ length: 999 }, (_, i) => `s${i}`), 'tooMany', LIMITS.skills],
])('what the gateway says of %s is understood as it words it', (field, value, rule, limit) => {
  expect(ruleOf(field, value)).toEqual({ rule, limit })
})

test('what no rule of the schema says keeps its own words', () => {
  expect(fieldRuleOf({ message: 'The line of managers leads back here.' })).toBeUndefined()
})
