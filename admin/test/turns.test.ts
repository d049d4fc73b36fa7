import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createTurns } from '../src/calls/turns.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

test('turns come one after the other, and whoever goes away takes none', async () => {
  const turn = createTurns(100)
  const told: string[] = []
  const wait = (name: string, signal = new AbortController().signal): void =>
    void turn(signal).then(
      () => told.push(name),
      () => told.push(`${name} left`),
    )
  const leaving = new AbortController()
  wait('first')
  wait('second')
  wait('third', leaving.signal)
  wait('fourth')
  wait('too late', AbortSignal.abort())
  await vi.advanceTimersByTimeAsync(0)
  expect(told).toEqual(['first', 'too late left'])
  leaving.abort()
  await vi.advanceTimersByTimeAsync(99)
  expect(told).toEqual(['first', 'too late left', 'third left'])
  await vi.advanceTimersByTimeAsync(1)
  expect(told.at(-1)).toBe('second')
  await vi.advanceTimersByTimeAsync(100)
  expect(told.at(-1)).toBe('fourth')
  await vi.advanceTimersByTimeAsync(1000)
  wait('later')
  await vi.advanceTimersByTimeAsync(0)
  expect(told.at(-1)).toBe('later')
})
