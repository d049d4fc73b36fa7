import { ACTIONS, type ActionName } from '@mchat/schema'
import { Value } from 'typebox/value'
import { expect, test } from 'vitest'
import { declaredOutput } from '#src/router/declared-output.ts'
import { EXAMPLES } from '../../../schema/test/examples.ts'

/** With a field that nothing declares in every object, those in lists included. */
const grown = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(grown)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries([...Object.entries(value).map(([key, each]) => [key, grown(each)]), ['grown', 'secret']])
}

const examples = Object.entries(EXAMPLES).map(([action, { output }]) => [action as ActionName, output] as const)

test.each(examples)('of %s leaves what is declared, and nothing else', (action, output) => {
  const declared = declaredOutput({ action }, grown(output) as object)
  expect(declared).toEqual(Value.Clean(ACTIONS[action].output, grown(output)))
  expect(declared).toMatchObject(output)
})

test('whatever is in a list goes too, wherever it is in it', () => {
  const person = {
    employee_id: 'ann',
    name: 'Ann',
    department_id: null,
    manager_id: 'bo',
    is_ai_agent: false,
    skills_badge: [],
  }
  const employees = [person, { ...person, phone: '1' }, { ...person, roles: [{ role: 'owner' }] }]
  expect(declaredOutput({ action: 'org.tree' }, { version: 1, departments: [], employees, secret: 1 })).toEqual({
    version: 1,
    departments: [],
    employees: [person, person, person],
  })
})
