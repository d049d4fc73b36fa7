import { type Clock, systemClock } from '../../gateway/src/platform/clock.ts'

/** The time of this machine, moved on by hand: what takes a month happens at once. */
export interface TestClock extends Clock {
  advance(milliseconds: number): void
}

export const createTestClock = (): TestClock => {
  const real = systemClock()
  let ahead = 0
  let last = 0
  const now = (): number => real.now() + ahead
  return {
    now,
    monotonic: () => real.monotonic() + ahead,
    timestamp() {
      last = Math.max(last, now())
      return new Date(last).toISOString()
    },
    date: () => new Date(now()),
    advance(milliseconds) {
      ahead += milliseconds
    },
  }
}
