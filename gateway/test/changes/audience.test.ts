import type { Change, RoleGrant } from '@mchat/schema'
import { expect, test } from 'vitest'
import { isToldOf, isToldOfSome, type Places, rolesToldOf } from '#src/changes/audience.ts'
import type { PendingChange } from '#src/changes/pending.ts'

const AT = '2026-01-01T00:00:00.000Z'

/** `sales` with `north` below it, and `support`. */
const places: Places = {
  parents: new Map([
    ['sales', null],
    ['north', 'sales'],
    ['support', null],
  ]),
  employees: new Map([
    ['seller', { departmentId: 'north', isAgent: false }],
    ['helper', { departmentId: 'support', isAgent: false }],
    ['free', { departmentId: null, isAgent: false }],
    ['bot', { departmentId: 'support', isAgent: true }],
  ]),
}

const of = (noun: 'employee' | 'role' | 'credential' | 'session' | 'department' | 'group' | 'agent', id: string) =>
  ({ noun, action: 'x', target_id: id, operator_id: null, at: AT }) satisfies Change
const isTold = (roles: readonly RoleGrant[], change: Change, from?: PendingChange['from']): boolean =>
  isToldOf({ roles }, { change, from }, places)

const HR: readonly RoleGrant[] = [{ role: 'hr' }]
const HR_OF_SALES: readonly RoleGrant[] = [{ role: 'hr', department_id: 'sales' }]

test.each(['employee', 'role', 'credential'] as const)('%s: org.manage over the employee', (noun) => {
  for (const id of ['seller', 'helper', 'free', 'bot', 'unknown']) expect(isTold(HR, of(noun, id))).toBe(true)
  expect(isTold(HR_OF_SALES, of(noun, 'seller'))).toBe(true)
  for (const id of ['helper', 'free', 'bot', 'unknown']) expect(isTold(HR_OF_SALES, of(noun, id))).toBe(false)
})

test('session: org.manage over the owner', () => {
  expect(isTold(HR_OF_SALES, of('session', 'seller_phone_1'))).toBe(true)
  expect(isTold(HR_OF_SALES, of('session', 'helper_phone_1'))).toBe(false)
  expect(isTold(HR, of('session', 'helper_phone_1'))).toBe(true)
})

test('department: what is in the one that a grant is limited to', () => {
  expect(isTold(HR_OF_SALES, of('department', 'sales'))).toBe(true)
  expect(isTold(HR_OF_SALES, of('department', 'north'))).toBe(true)
  expect(isTold(HR_OF_SALES, of('department', 'support'))).toBe(false)
})

test('whoever leaves a department, and what is taken out of it, is told there, too', () => {
  expect(isTold(HR_OF_SALES, of('employee', 'helper'), 'north')).toBe(true)
  expect(isTold(HR_OF_SALES, of('department', 'gone'), 'north')).toBe(true)
  expect(isTold(HR_OF_SALES, of('department', 'gone'), null)).toBe(false)
})

test('agent.manage is told of AI agents as employees, and of their runs', () => {
  const roles: readonly RoleGrant[] = [{ role: 'agent_manager' }]
  expect(isTold(roles, of('employee', 'bot'))).toBe(true)
  expect(isTold(roles, of('session', 'bot_web_1'))).toBe(true)
  expect(isTold(roles, of('employee', 'seller'))).toBe(false)
  expect(isTold(roles, of('agent', 'bot'))).toBe(true)
  expect(isTold(roles, { noun: 'run', run_id: 'r', agent_id: 'bot', state: 'done', at: AT })).toBe(true)
  expect(isTold(HR, { noun: 'run', run_id: 'r', agent_id: 'bot', state: 'done', at: AT })).toBe(false)
})

test('the log is for audit.read, groups are for group.manage, and a member is told nothing', () => {
  const row = { noun: 'audit', row: {} } as unknown as Change
  expect(isTold([{ role: 'auditor' }], row)).toBe(true)
  expect(isTold([{ role: 'admin' }], row)).toBe(false)
  expect(isTold([{ role: 'admin' }], of('group', 'g1'))).toBe(true)
  expect(isTold(HR, of('group', 'g1'))).toBe(false)
  for (const change of [row, of('group', 'g1'), of('employee', 'seller')]) {
    expect(isTold([], change)).toBe(false)
    expect(isTold([{ role: 'member' }], change)).toBe(false)
  }
})

test('only those are looked for who may be told', () => {
  expect(rolesToldOf(['audit'])).toEqual(['owner', 'auditor'])
  expect(rolesToldOf(['group'])).toEqual(['owner', 'admin'])
  expect(rolesToldOf(['department'])).toEqual(['owner', 'admin', 'hr'])
  expect(rolesToldOf([])).toEqual([])
})

test('a limited grant hears that something was dropped that it may have been told of', () => {
  expect(isToldOfSome({ roles: HR_OF_SALES }, 'employee')).toBe(true)
  expect(isToldOfSome({ roles: HR_OF_SALES }, 'audit')).toBe(false)
})
