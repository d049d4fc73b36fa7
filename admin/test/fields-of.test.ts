import { expect, test } from 'vitest'
import { fieldsOf, kindOfField, rowsFor } from '../src/pages/permissions/fields-of.ts'

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

test('an id that looks like a number is a text all the same', () => {
  const rows = [
    { name: 'employee_id', value: ' 1001 ' },
    { name: 'updates.department_id', value: '7' },
    { name: 'limit', value: '7' },
    { name: 'manager_id', value: null },
  ]
  expect(JSON.stringify(fieldsOf(rows))).toBe('{"employee_id":"1001","updates":{"department_id":"7"},"limit":7}')
})

test('people and departments are chosen, but for those that are to be made', () => {
  const kinds = [
    ['employee.update', 'employee_id', 'person'],
    ['msg.send_private', 'to_employee_id', 'person'],
    ['employee.update', 'updates.manager_id', 'person'],
    ['group.list', 'member_id', 'person'],
    ['employee.delete', 'hand_over_to', 'person'],
    ['employee.create', 'employee_id', 'text'],
    ['employee.create', 'department_id', 'department'],
    ['department.create', 'parent_id', 'department'],
    ['department.create', 'department_id', 'text'],
    ['group.get', 'group_id', 'text'],
    [undefined, undefined, 'text'],
  ] as const
  for (const [action, field, kind] of kinds) expect([field, kindOfField(action, field)]).toEqual([field, kind])
})
