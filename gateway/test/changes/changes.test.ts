import { LIMITS } from '@mchat/schema'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Changes, createChanges } from '#src/changes/changes.ts'
import type { Gathered } from '#src/changes/pending.ts'
import type { Tell } from '#src/changes/tell.ts'
import { type Log, silentLog } from '#src/ops/log.ts'
import { systemClock } from '#src/platform/clock.ts'

const AT = '2026-01-01T00:00:00.000Z'
const idsIn = ({ changes }: Gathered) => changes.map(({ change }) => ('target_id' in change ? change.target_id : ''))

let told: { readonly at: number; readonly ids: readonly (string | undefined)[]; readonly dropped: number }[] = []
let answer: () => boolean | Promise<boolean> = () => true
let changes: Changes
let warnings: string[] = []

const tell: Tell = async (gathered) => {
  const dropped = [...gathered.dropped.values()].reduce((sum, count) => sum + count, 0)
  told.push({ at: performance.now(), ids: idsIn(gathered), dropped })
  return await answer()
}
const change = (...ids: string[]): void =>
  changes.changed({
    action: 'group.update',
    operator_id: 'admin',
    at: AT,
    things: ids.map((id) => ({ noun: 'group', id })),
  })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  told = []
  warnings = []
  answer = () => true
  const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) }
  changes = createChanges(tell, systemClock(), log)
})
afterEach(() => {
  vi.useRealTimers()
})

test('nothing is told before the link publishes, and nothing is lost until then', async () => {
  change('g1')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toEqual([])
  changes.start()
  await vi.advanceTimersByTimeAsync(LIMITS.changesEveryMs)
  expect(told.map(({ ids }) => ids)).toEqual([['g1']])
})

test('the first change is told at once, and what follows together, no sooner than twice a second', async () => {
  changes.start()
  const start = performance.now()
  for (let i = 0; i < 20; i++) {
    change(`g${i}`)
    await vi.advanceTimersByTimeAsync(100)
  }
  await vi.advanceTimersByTimeAsync(1000)
  expect((told[0]?.at ?? 0) - start).toBeLessThan(100)
  expect(told.flatMap(({ ids }) => ids)).toEqual(Array.from({ length: 20 }, (_, i) => `g${i}`))
  const gaps = told.slice(1).map(({ at }, i) => at - (told[i]?.at ?? 0))
  expect(gaps.length).toBeGreaterThan(1)
  expect(gaps.filter((gap) => gap < LIMITS.changesEveryMs)).toEqual([])
})

test('without changes nothing is asked or told', async () => {
  changes.start()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toEqual([])
})

test('while the database is away everything is kept, with one line in the log, and told when it is back', async () => {
  changes.start()
  answer = () => Promise.reject(new Error('away'))
  change('g1')
  await vi.advanceTimersByTimeAsync(LIMITS.changesEveryMs)
  change('g2')
  await vi.advanceTimersByTimeAsync(4 * LIMITS.changesEveryMs)
  expect(warnings).toHaveLength(1)
  answer = () => true
  await vi.advanceTimersByTimeAsync(LIMITS.changesEveryMs)
  expect(told.at(-1)?.ids).toEqual(['g1', 'g2'])
  const calls = told.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(calls)
})

test('whoever has missed something is told so without a further change', async () => {
  changes.start()
  answer = () => false
  change('g1')
  await vi.advanceTimersByTimeAsync(3 * LIMITS.changesEveryMs)
  expect(told.length).toBeGreaterThan(2)
  answer = () => true
  await vi.advanceTimersByTimeAsync(LIMITS.changesEveryMs)
  const calls = told.length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(calls)
})

test('what one change has changed beside what is listed is counted', async () => {
  changes.start()
  const things = [{ noun: 'employee', id: 'e1' }] as const
  changes.changed({ action: 'employee.delete', operator_id: 'admin', at: AT, things, more: 40 })
  await vi.advanceTimersByTimeAsync(LIMITS.changesEveryMs)
  expect(told.map(({ dropped }) => dropped)).toEqual([40])
})

test('what is pending is told at the end, and nothing after it', async () => {
  changes.start()
  change('g1')
  await changes.stop()
  expect(told.map(({ ids }) => ids)).toEqual([['g1']])
  await changes.stop()
  change('g2')
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toHaveLength(1)
})
