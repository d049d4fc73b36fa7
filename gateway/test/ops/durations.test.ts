import { expect, test } from 'vitest'
import { addDuration, BOUNDS, bucketNames, noDurations, percentile } from '#src/ops/durations.ts'
import { createRandom } from '../random.ts'

const counted = (seconds: readonly number[]): ReadonlyMap<string, number> => {
  const durations = noDurations()
  for (const each of seconds) addDuration(durations, each)
  return new Map(durations.map((count, bucket) => [bucketNames[bucket] ?? '', count]))
}

test('buckets follow each other closely enough for 10 %', () => {
  expect([BOUNDS[0], BOUNDS.at(-1)]).toEqual([0.0001, 250])
  for (const [i, bound] of BOUNDS.slice(1).entries()) {
    const ratio = bound / (BOUNDS[i] ?? 0)
    expect(ratio).toBeGreaterThan(1)
    expect(Math.sqrt(ratio)).toBeLessThan(1.1)
  }
})

test('a duration counts in the bucket whose upper end it does not exceed', () => {
  for (const [i, bound] of BOUNDS.entries()) {
    expect([...counted([bound]).values()].indexOf(1)).toBe(i)
    expect([...counted([bound * 1.000001]).values()].indexOf(1)).toBe(i + 1)
  }
  expect([...counted([0]).values()].indexOf(1)).toBe(0)
})

test.each([1, 2, 3, 10, 999])('percentiles of %i durations are within 10 %% of the true ones', (size) => {
  const random = createRandom(size)
  for (let run = 0; run < 20; run++) {
    // From 0.1 ms to 100 s, most of them short.
    const seconds = Array.from({ length: size }, () => 10 ** (-4 + 6 * (random.below(1_000_000) / 1_000_000) ** 2))
    const sorted = [...seconds].sort((a, b) => a - b)
    for (const part of [0.01, 0.5, 0.95, 0.99, 1]) {
      const exact = sorted[Math.max(1, Math.ceil(part * size)) - 1] ?? 0
      const told = percentile(counted(seconds), part) ?? 0
      expect(Math.max(told / exact, exact / told)).toBeLessThan(1.1)
    }
  }
})

test('percentiles of nothing are nothing, and what is outside is told as the ends', () => {
  expect(percentile(counted([]), 0.5)).toBeUndefined()
  expect(percentile(new Map([['0.5', 0]]), 0.5)).toBeUndefined()
  expect(percentile(counted([0.00001]), 0.5)).toBe(0.0001)
  expect(percentile(counted([1000]), 0.5)).toBe(250)
  expect(percentile(counted([0.001, 1000]), 0.5)).toBeLessThan(0.0011)
})
