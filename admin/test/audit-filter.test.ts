import { expect, test } from 'vitest'
import { type AuditFilter, isShown } from '../src/pages/audit/audit-filter.ts'

const row = {
  at: '2030-01-02T00:00:00.000Z',
  operator_employee_id: 'ann',
  action: 'group.create',
  target: 'grp_1',
  code: 0,
}

test.each<readonly [AuditFilter, boolean]>([
  [{}, true],
  [{ from: '2030-01-02T00:00:00.000Z', to: '2030-01-03T00:00:00.000Z' }, true],
  [{ from: '2030-01-03T00:00:00.000Z' }, false],
  [{ to: '2030-01-02T00:00:00.000Z' }, false],
  [{ operator: 'ann', for_action: 'group.create', target: 'grp_1', code: 0 }, true],
  [{ operator: 'bob' }, false],
  [{ for_action: 'group.update' }, false],
  [{ target: 'grp_2' }, false],
  [{ code: 403 }, false],
  [{ changes_only: true }, true],
])('a row that comes by itself is shown as the list would show it: %j', (filter, isIt) => {
  expect(isShown(filter, row)).toBe(isIt)
})

test('what was only looked at, or was not done, is no change', () => {
  expect(isShown({ changes_only: true }, { ...row, action: 'session.list' })).toBe(false)
  expect(isShown({ changes_only: true }, { ...row, code: 403 })).toBe(false)
  expect(isShown({ changes_only: true }, { ...row, dry_run: true })).toBe(false)
})
