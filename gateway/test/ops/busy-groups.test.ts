import { expect, test } from 'vitest'
import { createBusyGroups } from '#src/ops/busy-groups.ts'

const addMany = (busy: ReturnType<typeof createBusyGroups>, counts: Readonly<Record<string, number>>): void => {
  for (const [groupId, count] of Object.entries(counts)) for (let i = 0; i < count; i++) busy.add(groupId)
}

test('what a group has had is told once', () => {
  const busy = createBusyGroups()
  addMany(busy, { a: 3, b: 1 })
  expect(busy.take(false)).toEqual(
    new Map([
      ['a', 3],
      ['b', 1],
    ]),
  )
  expect(busy.take(false)).toEqual(new Map())
  addMany(busy, { a: 1 })
  expect(busy.take(true)).toEqual(new Map([['a', 1]]))
  addMany(busy, { a: 2 })
  expect(busy.take(true)).toEqual(new Map([['a', 2]]))
})

test('25 groups are told of, and one that comes to be among them with all it has had in the minute', () => {
  const busy = createBusyGroups()
  addMany(busy, Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`g${String(i).padStart(2, '0')}`, 100 - i])))
  const first = busy.take(false)
  expect([first.size, first.get('g00'), first.get('g24'), first.get('g25')]).toEqual([25, 100, 76, undefined])
  addMany(busy, { g29: 10 })
  expect(busy.take(false)).toEqual(new Map([['g29', 81]]))
})

test('however many groups there are, few are remembered, and the busiest are not forgotten', () => {
  const busy = createBusyGroups()
  for (let i = 0; i < 50_000; i++) {
    busy.add(`once-${i}`)
    if (i % 10 === 0) busy.add('busy')
  }
  const told = busy.take(false)
  expect(told.size).toBe(25)
  expect(told.get('busy')).toBe(5000)
})
