import { expect, test } from 'vitest'
import { createTokenBuckets } from '#src/limits/token-bucket.ts'

const manualClock = () => {
  let now = 1000
  return {
    now: () => 0,
    monotonic: () => now,
    timestamp: () => '',
    date: () => new Date(0),
    advance: (milliseconds: number) => {
      now += milliseconds
    },
  }
}

test('gives the burst at once and then as many as are refilled', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 20, 60)
  for (let i = 0; i < 60; i++) expect(buckets.take('a')).toBe(0)
  expect(buckets.take('a')).toBeCloseTo(50)
  clock.advance(49)
  expect(buckets.take('a')).toBeCloseTo(1)
  clock.advance(1)
  expect(buckets.take('a')).toBe(0)
  expect(buckets.take('a')).toBeGreaterThan(0)
})

test('whoever waits as long as told gets one', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 3, 1)
  for (let i = 0; i < 50; i++) {
    const wait = buckets.take('a')
    if (wait > 0) clock.advance(Math.ceil(wait))
    else continue
    expect(buckets.take('a')).toBe(0)
  }
})

test('asking in vain costs nothing', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 1, 1)
  buckets.take('a')
  for (let i = 0; i < 1000; i++) expect(buckets.take('a')).toBeGreaterThan(0)
  clock.advance(1000)
  expect(buckets.take('a')).toBe(0)
})

test('never holds more than the burst', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 100, 5)
  buckets.take('a')
  clock.advance(3_600_000)
  const taken = Array.from({ length: 10 }, () => buckets.take('a')).filter((wait) => wait === 0)
  expect(taken).toHaveLength(5)
})

test('over a long time gives no more than the rate and the burst', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 20, 60)
  let taken = 0
  for (let millisecond = 0; millisecond < 10_000; millisecond++) {
    if (buckets.take('a') === 0) taken++
    clock.advance(1)
  }
  expect(taken).toBeGreaterThanOrEqual(258)
  expect(taken).toBeLessThanOrEqual(260)
})

test('keys do not share', () => {
  const buckets = createTokenBuckets(manualClock(), 1, 1)
  expect(buckets.take('a')).toBe(0)
  expect(buckets.take('a')).toBeGreaterThan(0)
  expect(buckets.take('b')).toBe(0)
})

test('what was spent elsewhere is owed, and refilled before anything is given', () => {
  const clock = manualClock()
  const buckets = createTokenBuckets(clock, 10, 5)
  buckets.charge('a', 3)
  expect([buckets.take('a'), buckets.take('a')]).toEqual([0, 0])
  buckets.charge('a', 10)
  expect(buckets.take('a')).toBeCloseTo(1100)
  clock.advance(1100)
  expect(buckets.take('a')).toBe(0)
})
