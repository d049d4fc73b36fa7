import { ACTION_TARGETS } from '@mchat/schema/action-ids'
import { expect, test } from 'vitest'
import { placeOfTarget } from '../src/pages/audit/audit-target.ts'

test('what a row is about is known by its action, and of a device whose it is', () => {
  expect(placeOfTarget('employee.update', 'amy')).toEqual({ kind: 'person', id: 'amy' })
  expect(placeOfTarget('session.revoke', 'amy_lee_phone_1')).toEqual({ kind: 'person', id: 'amy_lee' })
  expect(placeOfTarget('admin.reset', 'root')).toEqual({ kind: 'person', id: 'root' })
  expect(placeOfTarget('group.rename', 'g1')).toEqual({ kind: 'unknown', id: 'g1' })
  for (const action of Object.keys(ACTION_TARGETS)) expect(placeOfTarget(action, 'x').kind, action).not.toBe('unknown')
})
