import { type ChangedThing, LIMITS } from '@mchat/schema'
import { expect, test } from 'vitest'
import { createPendingChanges } from '#src/changes/pending.ts'

const AT = '2026-01-01T00:00:00.000Z'
const thing = (noun: ChangedThing['noun'], target_id: string, action = `${noun}.update`): ChangedThing => ({
  noun,
  action,
  target_id,
  operator_id: 'admin',
  at: AT,
})
const row = (seq: number) => ({
  seq,
  at: AT,
  operator_employee_id: 'admin',
  client_id: 'admin_web_1',
  seq_id: `s${seq}`,
  action: 'employee.update',
  target: null,
  code: 0,
  reason: null,
  instance: 'gateway-1',
  hash: 'h',
})

test('of several changes of one kind to one thing the last is told, where it came', () => {
  const pending = createPendingChanges()
  pending.add({ change: thing('group', 'g1') })
  pending.add({ change: thing('group', 'g2') })
  pending.add({ change: { ...thing('group', 'g1'), at: 'later' } })
  pending.add({ change: thing('group', 'g1', 'group.member_add') })
  expect(pending.take().changes.map(({ change }) => change)).toEqual([
    thing('group', 'g2'),
    { ...thing('group', 'g1'), at: 'later' },
    thing('group', 'g1', 'group.member_add'),
  ])
  expect(pending.isEmpty).toBe(true)
})

test('where it was is where it was before the first of them', () => {
  const pending = createPendingChanges()
  pending.add({ change: thing('employee', 'e1'), from: 'sales' })
  pending.add({ change: thing('employee', 'e1'), from: 'support' })
  expect(pending.take().changes.map(({ from }) => from)).toEqual(['sales'])
})

test('rows of the audit log come in their order, each of them', () => {
  const pending = createPendingChanges()
  for (const seq of [3, 1, 2]) pending.add({ change: { noun: 'audit', row: row(seq) } })
  pending.add({ change: thing('group', 'g1') })
  const told = pending.take().changes.map(({ change }) => (change.noun === 'audit' ? change.row.seq : change.noun))
  expect(told).toEqual(['group', 1, 2, 3])
})

test('what could not be told is told before what came since, as far as there is room', () => {
  const pending = createPendingChanges()
  const ids = Array.from({ length: LIMITS.changesPerEvent }, (_, i) => `e${i}`)
  for (const id of [...ids, 'one more']) pending.add({ change: thing('employee', id) })
  const taken = pending.take()
  pending.add({ change: thing('employee', 'since') })
  pending.add({ change: { ...thing('employee', 'e0'), at: 'since' } })
  pending.giveBack(taken)
  const { changes, dropped } = pending.take()
  const told = changes.map(({ change }) => ('target_id' in change ? change.target_id : ''))
  expect(told).toEqual([...ids.slice(1), 'e0'])
  expect([...dropped]).toEqual([['employee', 2]])
})

test('a flood of one noun is counted and leaves room for the others', () => {
  const pending = createPendingChanges()
  for (let i = 0; i < LIMITS.changesPerEvent + 7; i++) pending.add({ change: thing('employee', `e${i}`) })
  pending.add({ change: thing('group', 'g1') })
  const { changes, dropped } = pending.take()
  expect(changes).toHaveLength(LIMITS.changesPerEvent + 1)
  expect([...dropped]).toEqual([['employee', 7]])
  expect(pending.take()).toEqual({ changes: [], dropped: new Map() })
})
