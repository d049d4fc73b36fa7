import { expect, test } from 'vitest'
import { fieldsOf, rowsFor } from '../src/pages/permissions/fields-of.ts'

test('rows are fields of a request, and those of a field', () => {
  const rows = [
    { name: 'group_id', value: 'g1' },
    { name: ' updates.roles ', value: '["auditor"]' },
    { name: 'updates.note', value: 'a text' },
    { name: '__proto__.x', value: '1' },
  ]
  const fields = fieldsOf(rows)
  expect(JSON.parse(JSON.stringify(fields))).toEqual(
    JSON.parse('{"group_id":"g1","updates":{"roles":["auditor"],"note":"a text"},"__proto__":{"x":1}}'),
  )
  expect({}).not.toHaveProperty('x')
})

test('a row without a name or a value counts for nothing', () => {
  expect(Object.keys(fieldsOf([{ name: 'group_id', value: ' ' }, { value: 'g1' }, {}]))).toEqual([])
})

test('an action asks for the ids that its requests hold, and what was filled in stays', () => {
  expect(rowsFor('group.set_role', [])).toEqual([
    { name: 'group_id', value: '' },
    { name: 'employee_id', value: '' },
  ])
  const filled = [{ name: 'group_id', value: 'g1' }]
  expect(rowsFor('group.dismiss', [...filled, { name: 'employee_id', value: '' }, {}])).toEqual(filled)
  expect(rowsFor('config.server', [])).toEqual([])
})
